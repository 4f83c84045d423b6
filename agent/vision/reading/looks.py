"""The looks there are, each table in the order found by greedy search.

Searched over the drawn set of `simulators.cameras.bench_set` (another seed than the one
results are quoted for): some 400 looks (2 to 10 pixels a module, six blurs, equalised,
one threshold, dots joined, unbent, turned over, mirrored, zbar) at every place found,
once with the module's size guessed from the place's and once known. Each line is the
look that reads most, for its time, of what all earlier ones left. Blur joins the dots
of an inkjet and harms fine print, equalisation lifts faint ink and noise with it: they
are alternatives, not filters. The guesses for whole pictures were found alike on prints
of 2.5 to 9 pixels a module and public photographs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from agent.vision.reading.look import Axis, Bend, Decoder, Look
from agent.vision.symbology import Symbology


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the looks are to find: QR, Data Matrix, bar codes."""

    qr: bool
    data_matrix: bool
    linear: bool

    @staticmethod
    def of(symbologies: Iterable[Symbology]) -> "Wanted":
        """Micro QR has the looks of a QR."""
        every = set(symbologies)
        matrix = {each for each in every if not each.is_linear}
        data_matrix = matrix & {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}
        return Wanted(
            qr=matrix != data_matrix,
            data_matrix=bool(data_matrix),
            linear=every != matrix,
        )

    @property
    def matrix(self) -> bool:
        """Whether a code of two dimensions is wanted."""
        return self.qr or self.data_matrix


RAW: Final = Look(name="raw")
THOROUGH: Final = Look(name="thorough", decoder=Decoder.ZXING_THOROUGH)
LEVEL: Final = ", level"
MOST_SHRUNK: Final = 8  # times that a picture may be and is still remembered
ZBAR: Final = Look(name="zbar", decoder=Decoder.ZBAR)


@lru_cache(maxsize=16)
def level(look: Look) -> Look:
    """The same along the rows only: for bar codes that lie so."""
    name = f"{look.name}{LEVEL}"
    return replace(look, name=name, decoder=Decoder.ZXING_LEVEL)


@lru_cache(maxsize=64)
def plain(name: str) -> Look | None:
    """The plain look of this name at the whole picture, whichever way it looked."""
    looks = (RAW, *map(shrunk, range(2, MOST_SHRUNK + 1)))
    return next((x for x in looks if x.name == name.removesuffix(LEVEL)), None)


def shrunk(factor: int) -> Look:
    """Everything smaller by a whole factor."""
    return Look(name=f"1/{factor} size", from_px=factor, to_px=1)


def _look(
    to_px: float, blur_px: float = 0.0, *, zbar: bool = False, **how: object
) -> Look:
    look = Look(
        name="",
        to_px=to_px,
        blur_px=blur_px,
        decoder=Decoder.ZBAR if zbar else Decoder.ZXING,
    )
    look = replace(look, **how)  # type: ignore[arg-type]
    return replace(look, name=_name(look))


def _name(look: Look) -> str:
    parts = [f"{look.to_px:g}px"]
    if look.from_px is not None:
        parts = [f"guess {look.from_px:g}px as {look.to_px:g}px"]
    if look.bend is not None:
        parts.append(f"unbent {look.bend.axis}{look.bend.half_deg:g}")
    parts += [f"dots joined {look.open_px}"] * (look.open_px > 1)
    parts += [f"blur {look.blur_px:g}"] * (look.blur_px > 0)
    parts += ["equalised"] * look.equalise + ["threshold"] * look.threshold
    parts += ["inverted"] * look.invert + ["mirrored"] * look.mirror
    return "zbar " * (look.decoder is Decoder.ZBAR) + ", ".join(parts)


def _x(half_deg: float) -> Bend:
    return Bend(axis=Axis.X, half_deg=half_deg)


def _y(half_deg: float) -> Bend:
    return Bend(axis=Axis.Y, half_deg=half_deg)


# At one place: a followed window, or a place found in the picture.
QR_LOOKS: Final = (
    _look(2.5),
    _look(4, 0.6),
    _look(4, 0.6, bend=_x(30)),
    _look(4, 0.6, invert=True),
    _look(2.5, 0.6, threshold=True),
    _look(5.5, 0.6, bend=_x(42)),
    _look(4, 0.6, zbar=True),
    _look(6.3, 1.3),
    _look(2.5, 0.6, equalise=True, zbar=True),
    _look(3.2, 0.9, equalise=True),
    _look(8, 1.0, bend=_y(30)),
    _look(10, open_px=5),
    _look(5, 1.3, equalise=True),
    _look(5.5, 1.0, zbar=True),
    _look(10, 0.7, open_px=2),
    _look(4, 0.6, bend=_y(42)),
    _look(2.5, invert=True),
    _look(8, 1.3),
)
DATA_MATRIX_LOOKS: Final = (
    _look(2.5),
    _look(2.5, threshold=True),
    _look(3.2, 0.6),
    _look(4, 0.6, invert=True),
    _look(5.5, 1.5, bend=_y(30)),
    _look(3.2, 0.6, threshold=True),
    _look(5, 0.6),
    _look(6.3, 1.8),
    _look(8, 1.0, bend=_x(42)),
    _look(4, 1.3, equalise=True),
    _look(6.3, open_px=3),
    _look(8, invert=True, threshold=True),
    _look(5.5, mirror=True),
    _look(8, 0.9, equalise=True),
    _look(10, open_px=5),
    _look(8, 1.0, bend=_y(30)),
    _look(4, invert=True),
    _look(8, 0.6, mirror=True),
)

# On the whole picture, the module's size a guess.
GUESSES: Final = (
    _look(4, 1.0, from_px=6),
    _look(4, 1.0, from_px=12),
    _look(4, 1.0, from_px=24),
    _look(4, 1.0, from_px=2),
    _look(4, 1.6, from_px=4, equalise=True),
    _look(4, 1.6, from_px=8),
    _look(4, 1.6, from_px=3),
    _look(4, 1.0, from_px=4),
    _look(4, 1.0, from_px=3, equalise=True),
    _look(3, from_px=2),
)
ZBAR_GUESSES: Final = (
    _look(4, 1.0, from_px=5, zbar=True),
    _look(4, 1.0, from_px=3, zbar=True),
    _look(4, 1.0, from_px=9, zbar=True),
)
SECOND_OPINIONS: Final = (ZBAR, ZBAR_GUESSES[0])
# Bars are as narrow as one or two pixels, and their modules are not measured.
LINEAR_GUESSES: Final = (
    _look(4, 1.0, from_px=4, equalise=True),
    _look(4, 1.6, from_px=3, equalise=True),
    _look(4, 1.0, from_px=4),
)


def place_looks(wanted: Wanted) -> tuple[Look, ...]:
    """The looks at one place; of both tables in turn where both are wanted."""
    if not (wanted.qr and wanted.data_matrix):
        return QR_LOOKS if wanted.qr else DATA_MATRIX_LOOKS if wanted.matrix else ()
    longest = max(len(QR_LOOKS), len(DATA_MATRIX_LOOKS))
    mixed = (
        table[place]
        for place in range(longest)
        for table in (QR_LOOKS, DATA_MATRIX_LOOKS)
        if place < len(table)
    )
    return tuple({look.name: look for look in mixed}.values())


def rescue_looks(wanted: Wanted) -> tuple[Look, ...]:
    """The looks at the whole picture when no place gave a code."""
    guesses = GUESSES if wanted.matrix else ()
    second_opinions = ZBAR_GUESSES if wanted.qr else ()
    last = (ZBAR,) if wanted.qr or wanted.linear else ()
    return (*guesses, THOROUGH, *second_opinions, *last)
