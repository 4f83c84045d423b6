"""CoLa-A: STX text ETX; results on the same wire are text, framed likewise or not."""

from drivers.readers.framing import Framer
from drivers.readers.sick_cola.messages import ANSWERS, Answer

STX, ETX = b"\x02", b"\x03"


def encode(text: str) -> bytes:
    """One command."""
    return STX + text.encode("ascii") + ETX


def framer(*, results_framed: bool, max_frame: int, gap_s: float) -> Framer:
    """Takes answers and results out of a stream."""
    if results_framed:
        return Framer(start=STX, terminators=(ETX,), max_frame=max_frame, gap_s=gap_s)
    return Framer(
        start=STX,
        start_optional=True,
        terminators=(ETX, b"\r", b"\n"),
        max_frame=max_frame,
        gap_s=gap_s,
    )


def decode_answer(frame: bytes) -> Answer | None:
    """A frame as an answer; None for a result. `ValueError` for an sFA without a
    hexadecimal code."""
    try:
        verb, *words = frame.decode("ascii").split(" ")
    except UnicodeDecodeError:
        return None
    if verb not in ANSWERS or not words:
        return None
    if verb == "sFA":
        return Answer(verb=verb, error=int(words[0], 16))
    name, *rest = words
    return Answer(verb=verb, name=name, words=tuple(rest))


def texts_of(words: tuple[str, ...]) -> list[str]:
    """Texts of an answer, each led by its length in hexadecimal (blanks inside
    count). What does not fit is left as words."""
    rest = " ".join(words)
    texts: list[str] = []
    while rest:
        length, _, after = rest.partition(" ")
        try:
            size = int(length, 16)
        except ValueError:
            return [*texts, rest]
        if size > len(after):
            return [*texts, rest]
        texts.append(after[:size])
        rest = after[size:].removeprefix(" ")
    return texts
