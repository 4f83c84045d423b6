"""How the screen says a thing: Chinese first, English beside it, never colour alone."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One text in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh} {self.en}"


class Tone(StrEnum):
    """The colour that supports a symbol and a word."""

    GOOD = "good"
    BUSY = "busy"
    WARN = "warn"
    BAD = "bad"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A state to be seen from afar: symbol, word, and a colour in support."""

    symbol: str
    words: Words
    tone: Tone

    def __str__(self) -> str:
        return f"{self.symbol} {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A cause by name, what lies behind it (原因) and what to do (处理办法)."""

    name: Words
    cause: Words
    remedy: Words


def sign(symbol: str, zh: str, en: str, tone: Tone) -> Sign:
    """A `Sign` on one line."""
    return Sign(symbol=symbol, words=Words(zh=zh, en=en), tone=tone)
