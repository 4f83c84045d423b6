"""From settings to a device. A family is imported only when a device wants it."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, overload

from drivers.base import CodePrinter, CodeReader, Device, LabelPrinter, LineIO
from drivers.errors import MisuseError
from drivers.settings import (
    LeibingerJetSettings,
    LineIOSettings,
    OpenCVCameraSettings,
    TextReaderSettings,
    ZebraZplSettings,
)
from drivers.transports.base import Dialer

if TYPE_CHECKING:
    from drivers.cameras.opencv_camera import OpenCvFolderCamera

AnySettings = (
    LeibingerJetSettings
    | ZebraZplSettings
    | TextReaderSettings
    | LineIOSettings
    | OpenCVCameraSettings
)

_BUILT_IN = "builtin:"


@overload
def open_device(
    name: str, settings: LeibingerJetSettings, dialer: Dialer, rng: random.Random
) -> CodePrinter: ...
@overload
def open_device(
    name: str, settings: ZebraZplSettings, dialer: Dialer, rng: random.Random
) -> LabelPrinter: ...
@overload
def open_device(
    name: str, settings: TextReaderSettings, dialer: Dialer, rng: random.Random
) -> CodeReader: ...
@overload
def open_device(
    name: str, settings: LineIOSettings, dialer: Dialer, rng: random.Random
) -> LineIO: ...
@overload
def open_device(
    name: str, settings: OpenCVCameraSettings, dialer: Dialer, rng: random.Random
) -> "OpenCvFolderCamera": ...
@overload
def open_device(
    name: str, settings: AnySettings, dialer: Dialer, rng: random.Random
) -> Device: ...


def open_device(
    name: str, settings: AnySettings, dialer: Dialer, rng: random.Random
) -> Device:
    """The device of `settings`, called `name`; its `run` then keeps it connected.

    Nothing is dialled yet. `MisuseError` when a file that settings name cannot be
    used. `rng` draws the jitter of reconnections and the agent's boot id.
    """
    match settings:
        case LeibingerJetSettings():
            return _leibinger_jet(name, settings, dialer, rng)
        case ZebraZplSettings():
            return _zebra_zpl(name, settings, dialer, rng)
        case TextReaderSettings():
            return _text_reader(name, settings, dialer, rng)
        case LineIOSettings():
            return _line_io(name, settings, dialer, rng)
        case OpenCVCameraSettings():
            return _opencv_camera(name, settings)


def _leibinger_jet(
    name: str, settings: LeibingerJetSettings, dialer: Dialer, rng: random.Random
) -> CodePrinter:
    from drivers.printers.leibinger_jet.driver import LeibingerJet  # noqa: PLC0415

    return LeibingerJet(
        name,
        address=settings.address,
        dialer=dialer,
        rng=rng,
        reply_timeout_s=settings.reply_timeout_s,
        settle_timeout_s=settings.settle_timeout_s,
        group_separator=settings.group_separator,
    )


def _zebra_zpl(
    name: str, settings: ZebraZplSettings, dialer: Dialer, rng: random.Random
) -> LabelPrinter:
    from drivers.printers.zebra_zpl.driver import ZebraZpl  # noqa: PLC0415
    from drivers.printers.zebra_zpl.formats import parse_format  # noqa: PLC0415

    try:
        formats = [
            parse_format(template, zpl, slot=slot)
            for slot, (template, zpl) in enumerate(_templates(settings), 1)
        ]
    except (OSError, ValueError) as error:
        raise MisuseError(name, str(error)) from None
    return ZebraZpl(
        name,
        address=settings.address,
        dialer=dialer,
        rng=rng,
        formats=formats,
        reply_timeout_s=settings.reply_timeout_s,
        print_timeout_s=settings.print_timeout_s,
    )


def _templates(settings: ZebraZplSettings) -> Iterator[tuple[str, str]]:
    from drivers.printers.zebra_zpl.formats import BUILT_IN  # noqa: PLC0415

    for template, source in settings.templates.items():
        if source.startswith(_BUILT_IN):
            built_in = source.removeprefix(_BUILT_IN)
            if built_in not in BUILT_IN:
                raise ValueError(
                    f"template {template!r}: there is no {source!r}, "
                    f"but {', '.join(_BUILT_IN + known for known in BUILT_IN)}"
                )
            yield template, BUILT_IN[built_in]
        elif source.lstrip("\ufeff \r\n\t").startswith("^XA"):
            yield template, source
        else:
            yield template, Path(source).read_text(encoding="utf-8-sig")


def _text_reader(
    name: str, settings: TextReaderSettings, dialer: Dialer, rng: random.Random
) -> CodeReader:
    from drivers.readers.text_reader.codec import Framer, Interpreter  # noqa: PLC0415
    from drivers.readers.text_reader.driver import TextReader  # noqa: PLC0415

    framer = Framer(
        terminators=[t.encode(settings.encoding) for t in settings.terminators],
        start=settings.start.encode(settings.encoding),
        max_frame=settings.max_frame,
        gap_s=settings.gap_ms / 1000,
        resync=settings.resync,
    )
    interpreter = Interpreter(
        no_read=settings.no_read,
        encoding=settings.encoding,
        pattern=settings.pattern,
        split_aim=settings.aim,
        ignore=settings.ignore,
        heartbeat=settings.heartbeat,
    )
    return TextReader(
        name,
        address=settings.address,
        dialer=dialer,
        rng=rng,
        framer=framer,
        interpreter=interpreter,
        silent_after_s=settings.silent_after_s,
    )


def _line_io(
    name: str, settings: LineIOSettings, dialer: Dialer, rng: random.Random
) -> LineIO:
    from drivers.io.line_io.driver import ModbusLineIO  # noqa: PLC0415

    return ModbusLineIO(
        name,
        address=settings.address,
        dialer=dialer,
        rng=rng,
        base=settings.base,
        exchange_timeout_s=settings.exchange_timeout_s,
    )


def _opencv_camera(name: str, settings: OpenCVCameraSettings) -> "OpenCvFolderCamera":
    from drivers.cameras.opencv_camera import (  # noqa: PLC0415
        DEFAULT_PATTERN,
        OpenCvFolderCamera,
    )

    return OpenCvFolderCamera(
        name,
        folder=settings.folder,
        pattern=settings.pattern or DEFAULT_PATTERN,
        poll_s=settings.poll_ms / 1000,
        keep=settings.keep,
    )
