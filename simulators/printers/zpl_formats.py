"""What a label format says: stored formats, recalls, and the fields they fill."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulators.printers.zpl_text import (
    Command,
    code128,
    data_matrix,
    ean13,
    interleaved,
    qr,
    unhex,
)
from simulators.world.labels import Label


@dataclass(slots=True)
class _Field:
    """One field being described, up to its `^FS`."""

    bar_code: Command | None = None
    number: str | None = None
    data: str | None = None
    hexadecimal: int | None = None


@dataclass(slots=True)
class _Drawing:
    """A label being put together."""

    template: str = ""
    quantity: int = 1
    values: dict[str, str] = field(default_factory=dict)
    bar_codes: list[tuple[Command, str | None, str | None]] = field(
        default_factory=list
    )


class FormatMemory:
    """Formats kept by `^DF`, and labels made of what is sent."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[Command, ...]] = {}
        self._utf8 = False

    def print(self, commands: Sequence[Command]) -> list[Label]:
        """The labels of one format, from after `^XA` to before `^XZ`.

        None for a format that is only stored; as many as `^PQ` says otherwise.
        """
        for position, command in enumerate(commands):
            if command.code == "^DF":
                self.stored[_name(command)] = tuple(commands[position + 1 :])
                return []
        drawing = _Drawing()
        self._draw(commands, drawing)
        if not drawing.values and not drawing.bar_codes:
            return []
        return [_label(drawing)] * drawing.quantity

    def _draw(
        self, commands: Sequence[Command], drawing: _Drawing, *, recalled: bool = False
    ) -> None:
        part = _Field()
        for command in commands:
            match command.code:
                case "^XF" if not recalled:
                    drawing.template = _name(command)
                    kept = self.stored.get(drawing.template, ())
                    self._draw(kept, drawing, recalled=True)
                case "^CI":
                    self._utf8 = command.body.strip() == b"28"
                case "^PQ":
                    quantity = command.body.split(b",")[0].strip()
                    drawing.quantity = int(quantity) if quantity.isdigit() else 1
                case "^BC" | "^BX" | "^BQ" | "^BE" | "^B2":
                    part.bar_code = command
                case "^FN":
                    part.number = _digits(command.body)
                case "^FH":
                    part.hexadecimal = (command.body.strip(b"\r\n") or b"_")[0]
                case "^FD" | "^FV":
                    part.data = self._text(command.body, part.hexadecimal)
                case "^FS":
                    _finish(part, drawing)
                    part = _Field()

    def _text(self, body: bytes, hexadecimal: int | None) -> str:
        raw = body.replace(b"\r", b"").replace(b"\n", b"")
        if hexadecimal is not None:
            raw = unhex(raw, hexadecimal)
        return raw.decode("utf-8" if self._utf8 else "cp850", errors="replace")


def _finish(part: _Field, drawing: _Drawing) -> None:
    if part.number is not None and part.data is not None:
        drawing.values[part.number] = part.data
    if part.bar_code is not None:
        drawing.bar_codes.append((part.bar_code, part.number, part.data))
    elif part.number is None and part.data is not None:
        drawing.values[f"text{len(drawing.values)}"] = part.data


def _label(drawing: _Drawing) -> Label:
    text, aim = None, ""
    for command, number, data in drawing.bar_codes:
        content = drawing.values.get(number) if number is not None else data
        if content:
            text, aim = _read(command, content)
            break
    return Label(
        template=drawing.template, fields=dict(drawing.values), text=text, aim=aim
    )


def _read(command: Command, content: str) -> tuple[str, str]:
    parameters = command.body.decode("latin-1").split(",")
    match command.code:
        case "^BC":
            return code128(content, _at(parameters, 5).upper())
        case "^BX":
            return data_matrix(content, _at(parameters, 6) or "~")
        case "^BE":
            return ean13(content)
        case "^B2":
            return interleaved(content)
        case _:
            return qr(content)


def _at(parameters: list[str], position: int) -> str:
    return parameters[position].strip() if len(parameters) > position else ""


def _name(command: Command) -> str:
    """`R:NAME.ZPL` in capitals; device and extension default to those."""
    name = command.body.decode("latin-1").strip().upper()
    if ":" not in name:
        name = f"R:{name}"
    return name if "." in name else f"{name}.ZPL"


def _digits(body: bytes) -> str:
    text = body.decode("latin-1")
    return text[: len(text) - len(text.lstrip("0123456789"))]
