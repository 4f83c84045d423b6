"""A card of known reflectance, shown to the camera: what its grey values are worth.

A conformance card's certificate tells the reflectance of a white and of a black patch;
both are measured in one picture taken where codes are read, in their light. From then
on grey values are reflectance, until the light, the lens or the exposure changes.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from agent.vision.region import Image, Region, to_grey

_LEAST_PIXELS: Final = 100
# Patches nearer to one another than this tell noise from reflectance badly.
_LEAST_GREY_STEP: Final = 20
# A patch with a scratch, an edge or a glare in it is no patch.
_MOST_SPREAD_GREY: Final = 12.0
_BURNT_OUT: Final = 254.0
_BLACKED_OUT: Final = 1.0
# Light and optics drift and gather dust; verifiers ask for a card once a day to a
# month, a closed line station lies at the long end.
VALID_DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """`reflectance` 0 to 1 as the card's certificate says; `grey` as measured."""

    reflectance: float
    grey: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceCard:
    """Two measured patches, and when. `measured_at` knows its time zone."""

    white: Patch
    black: Patch
    measured_at: datetime
    name: str = ""

    def __post_init__(self) -> None:
        """ValueError where the two patches give no scale."""
        for patch in (self.white, self.black):
            if not 0 <= patch.reflectance <= 1:
                raise ValueError(
                    f"reflectance {patch.reflectance}: a share from 0 to 1 is needed "
                    "(0.85 for the 85 % of a certificate)"
                )
        if self.white.reflectance <= self.black.reflectance:
            raise ValueError(
                f"white patch {self.white.reflectance}, black patch "
                f"{self.black.reflectance}: white must reflect more"
            )
        if not self.white.grey - self.black.grey >= _LEAST_GREY_STEP:
            raise ValueError(
                f"the white patch measures {self.white.grey:.0f}, the black one "
                f"{self.black.grey:.0f}: at least {_LEAST_GREY_STEP} grey levels apart "
                "are needed; more light or exposure, and the right patches"
            )
        if self.measured_at.tzinfo is None:
            raise ValueError("the time of a reference card needs a time zone")

    @property
    def scale(self) -> tuple[float, float]:
        """Grey values of reflectance 0 and 1; either may lie beyond the camera's."""
        step = (self.white.grey - self.black.grey) / (
            self.white.reflectance - self.black.reflectance
        )
        black = self.black.grey - step * self.black.reflectance
        return black, black + step

    def age(self, now: datetime) -> timedelta:
        """How long ago the card was shown."""
        return now - self.measured_at

    def is_valid(self, now: datetime, days: float = VALID_DAYS) -> bool:
        """Whether it was shown within the last `days`, and not in the future."""
        return timedelta(0) <= self.age(now) <= timedelta(days=days)

    def save(self, path: Path) -> None:
        """Writes the card; an older one at `path` is replaced as a whole."""
        values = asdict(self) | {"measured_at": self.measured_at.isoformat()}
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a card. ValueError names the file and what is wrong with it."""
        try:
            return cls._read(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise ValueError(
                f"no reference card at {path}: show the card to the camera first"
            ) from error
        except (OSError, UnicodeDecodeError, ValueError, TypeError) as error:
            raise ValueError(f"reference card {path}: {error}") from error

    @classmethod
    def _read(cls, values: Any) -> Self:
        wanted = {"white", "black", "measured_at", "name"}
        if not isinstance(values, dict) or values.keys() != wanted:
            raise ValueError(f"an object with {', '.join(sorted(wanted))} is needed")
        return cls(
            white=_patch(values["white"], "white"),
            black=_patch(values["black"], "black"),
            measured_at=datetime.fromisoformat(values["measured_at"]),
            name=str(values["name"]),
        )


def measure_card(
    image: Image,
    *,
    white: Region,
    black: Region,
    white_reflectance: float,
    black_reflectance: float,
    name: str = "",
    at: datetime | None = None,
) -> ReferenceCard:
    """The card in a picture: where its two patches are, and what they reflect.

    Regions lie inside the patches, clear of their edges. ValueError says what is wrong
    with a patch: outside the picture, too small, burnt out, black, or not even.
    """
    grey = to_grey(image)
    return ReferenceCard(
        white=Patch(
            reflectance=white_reflectance, grey=_measured(grey, white, "white")
        ),
        black=Patch(
            reflectance=black_reflectance, grey=_measured(grey, black, "black")
        ),
        measured_at=at or datetime.now(UTC),
        name=name,
    )


def _measured(grey: Image, region: Region, name: str) -> float:
    """The mean of a patch; the middle of its grey values must lie close together."""
    part = region.crop(grey)
    if part.shape != (region.height, region.width):
        raise ValueError(
            f"the {name} patch ({region}) reaches outside of the picture of "
            f"{grey.shape[1]} x {grey.shape[0]} pixels"
        )
    if part.size < _LEAST_PIXELS:
        raise ValueError(
            f"the {name} patch has {part.size} pixels: mark at least {_LEAST_PIXELS}"
        )
    low, middle, high = np.percentile(part, [5, 50, 95])
    if middle >= _BURNT_OUT:
        raise ValueError(f"the {name} patch is burnt out: less light or exposure")
    if name == "white" and middle <= _BLACKED_OUT:
        raise ValueError("the white patch is black in the picture: more light")
    if (high - low) / 2 > _MOST_SPREAD_GREY:
        raise ValueError(
            f"the {name} patch is not even ({low:.0f} to {high:.0f}): mark it clear of "
            "edges, print and glare"
        )
    return float(part.mean())


def _patch(values: Any, name: str) -> Patch:
    if not isinstance(values, dict) or values.keys() != {"reflectance", "grey"}:
        raise ValueError(f"{name}: an object with reflectance and grey is needed")
    numbers = {key: values[key] for key in ("reflectance", "grey")}
    for key, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name}.{key}: a number is needed, not {value!r}")
    return Patch(**numbers)
