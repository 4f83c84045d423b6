"""Key events to lines of text: fixed US layout, GS typed as Ctrl-] or Alt+029."""

from drivers.readers.keyboard_wedge.messages import (
    ALT,
    CONTROL,
    ENTER,
    EV_KEY,
    EV_SYN,
    KEYPAD_DIGITS,
    NUM_LOCK,
    PRESSED,
    RELEASED,
    SHIFT,
    SYN_DROPPED,
    US_LAYOUT,
    KeyEvent,
)

_MODIFIERS = SHIFT | CONTROL | ALT
# Ctrl with one of these types the control character 64 below it.
_CONTROLS = "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_"
_LINE_ENDS = "\r\n"


class KeyDecoder:
    """One line is one scan: Enter ends it (or CR, LF typed as Ctrl-M, Ctrl-J).

    A line is discarded whole, up to its Enter, and counted as `broken` when the
    kernel dropped events, when a key came that no scanner types, when it has more
    than `max_frame` characters, or a pause over `gap_s` (0: any will do).
    """

    def __init__(self, *, max_frame: int = 1024, gap_s: float = 0.5) -> None:
        self.broken = 0
        self._max_frame = max_frame
        self._gap_s = gap_s
        self._last_s = 0.0
        self._held: set[int] = set()
        self._text = ""
        self._digits = ""
        self._spoilt = False

    def restart(self) -> None:
        """A new connection begins: no key is held, no line begun."""
        self.broken += bool(self._text) or self._spoilt
        self._held.clear()
        self._begin()

    def feed(self, event: KeyEvent, *, at_s: float) -> str | None:
        """The line that `event` ends."""
        if event.kind == EV_SYN and event.code == SYN_DROPPED:
            self._held.clear()
            self._spoilt = True
        if event.kind != EV_KEY or event.value not in {PRESSED, RELEASED}:
            return None
        if self._text and 0 < self._gap_s < at_s - self._last_s:
            self._spoilt = True
        self._last_s = at_s
        if event.code in _MODIFIERS:
            return self._modify(event)
        if event.value == RELEASED:
            return None
        return self._press(event.code)

    def _begin(self) -> None:
        self._text, self._digits, self._spoilt = "", "", False

    def _modify(self, event: KeyEvent) -> str | None:
        if event.value == PRESSED:
            self._held.add(event.code)
            return None
        self._held.discard(event.code)
        if event.code not in ALT or not self._digits:
            return None
        number, self._digits = int(self._digits), ""
        if number < 128:  # above it depends on a code page
            return self._type(chr(number))
        self._spoilt = True
        return None

    def _press(self, code: int) -> str | None:
        if code in ENTER:
            return self._end()
        if self._held & ALT:
            self._press_with_alt(code)
            return None
        if code in KEYPAD_DIGITS:
            return self._type(KEYPAD_DIGITS[code])
        if code in US_LAYOUT:
            return self._type_key(*US_LAYOUT[code])
        self._spoilt = self._spoilt or code != NUM_LOCK
        return None

    def _press_with_alt(self, code: int) -> None:
        if code in KEYPAD_DIGITS and len(self._digits) < 4:
            self._digits += KEYPAD_DIGITS[code]
        else:
            self._spoilt = True

    def _type_key(self, plain: str, shifted: str) -> str | None:
        typed = shifted if self._held & SHIFT else plain
        if not self._held & CONTROL:
            return self._type(typed)
        if typed.upper() in _CONTROLS:
            return self._type(chr(ord(typed.upper()) - 64))
        self._spoilt = True
        return None

    def _type(self, character: str) -> str | None:
        if character in _LINE_ENDS:
            return self._end()
        if len(self._text) < self._max_frame:
            self._text += character
        else:
            self._spoilt = True
        return None

    def _end(self) -> str | None:
        text, spoilt = self._text, self._spoilt
        self._begin()
        self.broken += spoilt
        return text if text and not spoilt else None
