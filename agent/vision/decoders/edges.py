"""The two libraries that measure edges along lines, asked in one plain pass each."""

from collections.abc import Collection

from agent.vision.decoded import Decoded
from agent.vision.decoders import zbar, zxing
from agent.vision.region import Image
from agent.vision.symbology import Symbology


def decode(
    image: Image, symbologies: Collection[Symbology], variant: str
) -> list[Decoded]:
    """What zxing-cpp reads, then what zbar does, corners in `image` pixels."""
    formats = zxing.formats_of(symbologies)
    return [
        *zxing.decode(image, formats, variant, thorough=False),
        *zbar.decode(image, symbologies, variant),
    ]
