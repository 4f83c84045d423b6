"""What the settings of readers have in common."""

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from drivers.base import Role
from drivers.readers.output import Interpreter
from drivers.settings_base import CodePattern, DeviceModel
from drivers.transports.addresses import SerialAddress, parse_stream

_COULD_BE_A_CODE = re.compile(r"\d+|\][A-Za-z][0-9A-Za-z].*|\(\d{2,4}\).*|.*://.*")
_RENUMBERED = re.compile(r"/dev/tty(USB|ACM)\d+")


def _no_code(text: str) -> str:
    """A no-read text must be something that no code can be."""
    if _COULD_BE_A_CODE.fullmatch(text):
        raise ValueError(
            f"{text!r} could be the content of a code; set the reader to a word such"
            " as NOREAD, and give it here"
        )
    return text


def _one_stays(address: str) -> str:
    parsed = parse_stream(address)
    if isinstance(parsed, SerialAddress) and _RENUMBERED.fullmatch(parsed.path):
        raise ValueError(
            f"{parsed.path} changes when adapters are plugged in again, and another"
            " device may get it: use its path under /dev/serial/by-id/"
        )
    return address


NoReadText = Annotated[str, Field(min_length=1), AfterValidator(_no_code)]
StablePath = AfterValidator(_one_stays)
Encoding = Literal["utf-8", "latin-1", "gb18030"]


class OutputModel(DeviceModel):
    """A reader whose output is a text: how a frame of it is understood."""

    role: ClassVar[Role] = Role.READER
    no_read: NoReadText = Field(
        description="what the reader sends when it could not read"
    )
    pattern: CodePattern = Field(
        default="",
        description="whole output, with groups (?P<code>…) and perhaps (?P<item>…)",
    )
    aim: bool = Field(default=True, description="split off an AIM identifier (]d2)")
    encoding: Encoding = Field(default="utf-8", description="of the reader's output")
    max_frame: int = Field(
        default=1024, ge=1, le=65536, description="longest frame, bytes"
    )
    gap_ms: int = Field(
        default=500, ge=0, le=60_000, description="longest pause in a frame, ms; 0 any"
    )

    def interpreter(self) -> Interpreter:
        """Understands the output that these settings describe."""
        return Interpreter(
            no_read=self.no_read,
            encoding=self.encoding,
            pattern=self.pattern,
            split_aim=self.aim,
        )
