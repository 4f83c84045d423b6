"""What kinds of work there are, and what a pixel of the roughest picture costs."""

from collections.abc import Iterable
from typing import Final

from agent.vision.reading.linear import PRIOR_NS as LINEAR_NS
from agent.vision.reading.look import Decoder, Look
from agent.vision.symbology import Symbology

LOCATING: Final = "locating"

# Nanoseconds a pixel on pure noise, zxing-cpp 3.1 without inverting and shrinking; a
# quiet picture takes a tenth. One core of a 2020s x86 server, the highest of several.
_ZXING_NS: Final = {
    Symbology.QR: 4.5,
    Symbology.DATA_MATRIX: 21.0,
    Symbology.CODE_128: 6.5,
    Symbology.ITF: 5.0,
    Symbology.EAN_13: 5.0,
}
_LIKE: Final = {
    Symbology.GS1_QR: Symbology.QR,
    Symbology.GS1_DATA_MATRIX: Symbology.DATA_MATRIX,
    Symbology.GS1_128: Symbology.CODE_128,
}
_OTHER_NS: Final = 6.5
_PREPARING_NS: Final = 6.0
_THOROUGH: Final = 2.3  # times a plain pass
_LEVEL: Final = 0.7
_ZBAR_NS: Final = 75.0
_LOCATING_NS: Final = 9.0


_PLACE: Final = {decoder: f"{decoder} place" for decoder in Decoder}
_WHOLE: Final = {decoder: f"{decoder} whole" for decoder in Decoder}


def kind_of(look: Look, is_place: bool) -> str:
    """Looks of one kind share a pace: decoder, and whole pictures from places."""
    return (_PLACE if is_place else _WHOLE)[look.decoder]


def prior_ms(symbologies: Iterable[Symbology]) -> dict[str, float]:
    """Milliseconds a pixel by kind, before anything has been measured here."""
    formats = {_LIKE.get(each, each) for each in symbologies}
    zxing_ns = sum(_ZXING_NS.get(each, _OTHER_NS) for each in formats)
    by_decoder = {
        Decoder.ZXING: zxing_ns,
        Decoder.ZXING_LEVEL: zxing_ns * _LEVEL,
        Decoder.ZXING_THOROUGH: zxing_ns * _THOROUGH,
        Decoder.ZBAR: _ZBAR_NS,
    }
    prior = {kind: cost_ns * 1e-6 for kind, cost_ns in LINEAR_NS.items()}
    prior[LOCATING] = _LOCATING_NS * 1e-6
    for decoder, cost_ns in by_decoder.items():
        look = Look(name="", decoder=decoder)
        prior[kind_of(look, is_place=False)] = cost_ns * 1e-6
        prior[kind_of(look, is_place=True)] = (cost_ns + _PREPARING_NS) * 1e-6
    return prior
