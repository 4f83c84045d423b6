"""A text inside a PNG file: one file, so that picture and numbers cannot part.

An international text chunk (iTXt) right after the header: W3C, Portable Network
Graphics (third edition), 11.3.3.4.
"""

import struct
import zlib
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER_END: Final = len(SIGNATURE) + 12 + 13  # signature, IHDR with its 13 bytes
_END: Final = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
_KEYWORD: Final = b"line-agent"
# Keyword, not compressed, no language, no translated keyword.
_PREFIX: Final = _KEYWORD + b"\0\0\0\0\0"
# Beyond that it is not our chunk, whatever its length field says.
MOST_TEXT_BYTES: Final = 64 * 1024
# So much of a file holds header and text.
HEAD_BYTES: Final = _HEADER_END + 12 + MOST_TEXT_BYTES


def with_text(png: bytes, text: str) -> bytes:
    """`png` with `text` in it. ValueError if it is no PNG or the text too long."""
    if not is_whole(png[: len(SIGNATURE)], png[-len(_END) :]):
        raise ValueError("not a whole PNG file")
    data = _PREFIX + text.encode()
    if len(data) > MOST_TEXT_BYTES:
        raise ValueError(f"text of {len(data)} bytes: at most {MOST_TEXT_BYTES}")
    body = b"iTXt" + data
    chunk = struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return png[:_HEADER_END] + chunk + png[_HEADER_END:]


def text_in(head: bytes) -> str:
    """The text of a file that begins with `head`. ValueError if there is none whole."""
    at = _HEADER_END
    if not head.startswith(SIGNATURE) or len(head) < at + 12:
        raise ValueError("not a PNG file with a text of ours")
    (length,) = struct.unpack_from(">I", head, at)
    body = head[at + 4 : at + 8 + length]
    told = head[at + 8 + length : at + 12 + length]
    if not body.startswith(b"iTXt" + _PREFIX) or len(told) < 4:
        raise ValueError("no text of ours")
    if struct.unpack(">I", told)[0] != zlib.crc32(body):
        raise ValueError("its text is damaged")
    return body[4 + len(_PREFIX) :].decode()


def is_whole(first: bytes, last: bytes) -> bool:
    """Whether a file with these first and last bytes was written to its end."""
    return first.startswith(SIGNATURE) and last.endswith(_END)


END_BYTES: Final = len(_END)
