"""What is looked at in one picture, and in which order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from agent.vision.reading.linear import LinearLook
from agent.vision.reading.locating import is_light_on_dark
from agent.vision.reading.look import Look
from agent.vision.reading.looks import (
    LINEAR_GUESSES,
    RAW,
    SECOND_OPINIONS,
    Wanted,
    rescue_looks,
    shrunk,
)
from agent.vision.reading.pace import kind_of
from agent.vision.region import Image, Region

ENOUGH_PX: Final = 2.4  # pixels a module below which clean prints begin to fail
MANY_PIXELS: Final = 500 * 500  # a bigger picture is likely to have big modules
FEW_PIXELS: Final = 300 * 300  # zbar is quick enough there to be asked early
PLACE_PIXELS: Final = 250_000  # the most a look at one place hands to its decoder
EAGER_LOOKS: Final = 2  # at the expected place before the whole picture is looked at
ROUNDS: Final = (6, 6, 100)  # looks at each place found before the next place's turn
# Modules along the longer side of a place as it is found, margin included: a guess that
# the looks' tables were searched with.
ACROSS_MODULES: Final = 36
ALIKE: Final = 1.4  # times the guess that a learned size may be off it


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One look at one part. `place`: 0 the expected one, others found; None: whole."""

    look: Look
    region: Region
    module_px: float
    place: int | None = None
    single: bool = False
    is_light_on_dark: bool = False

    @property
    def pixels(self) -> float:
        """What the decoder will be given."""
        scale = self.look.scale(self.module_px)
        wanted = self.region.width * self.region.height * scale**2
        return wanted if self.place is None else min(wanted, PLACE_PIXELS)

    @property
    def kind(self) -> str:
        """What its time is foretold by."""
        return kind_of(self.look, is_place=self.place is not None)

    @property
    def name(self) -> str:
        """As it is reported."""
        if self.place is None:
            return self.look.name
        place = f"place {self.place}" if self.place else "expected"
        turned = " turned over" if self.is_light_on_dark else ""
        return f"{place}{turned}: {self.look.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a station has learned: window, size of a module, and its looks, best first.

    `holds_one`: the window has no room for a second code, so none need be looked for.
    `first_pixels` is what a look may have without putting the budget in danger.
    """

    window: Region | None
    holds_one: bool
    is_light_on_dark: bool
    module_px: float | None
    looks: tuple[Look, ...]
    first_pixels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked in the course of the looks: each only when its turn has come.

    `places`: where a matrix code may stand. `bars`: the looks at bar codes.
    """

    places: Callable[[], list[Region]]
    bars: Callable[[], Iterator[LinearLook]]


def steps(
    part: Image, wanted: Wanted, expected: Expected, ask: Ask
) -> Iterator[Step | LinearLook]:
    """The looks in turn: expected place, whole picture, places found, whole again."""
    rows, columns = part.shape
    whole = Region(x=0, y=0, width=columns, height=rows)
    yield from _eagerly(whole, expected)
    first, second = _plain(expected, part.size)
    yield Step(look=first, region=whole, module_px=1)
    if second is RAW and part.size <= MANY_PIXELS:
        yield Step(look=second, region=whole, module_px=1)
    if wanted.linear:
        yield from ask.bars()
        for look in LINEAR_GUESSES:
            yield Step(look=look, region=whole, module_px=1)
    opinions = SECOND_OPINIONS if wanted.qr and part.size <= FEW_PIXELS else ()
    if wanted.matrix:
        at_places = _rounds(part, ask.places(), expected)
        yield from next(at_places)
        for look in opinions:
            yield Step(look=look, region=whole, module_px=1)
        for each in at_places:
            yield from each
    if second is not RAW or part.size > MANY_PIXELS:
        yield Step(look=second, region=whole, module_px=1)
    done = {*opinions, *(LINEAR_GUESSES if wanted.linear else ())}
    for look in rescue_looks(wanted):
        if look not in done:
            yield Step(look=look, region=whole, module_px=1)


def _eagerly(whole: Region, expected: Expected) -> Iterator[Step]:
    """The best looks at the window, or at a picture that is itself no larger."""
    if expected.module_px is None:
        return
    region = expected.window or whole
    for look in expected.looks[:EAGER_LOOKS]:
        scale = look.scale(expected.module_px)
        if region.width * region.height * scale**2 <= PLACE_PIXELS:
            yield Step(
                look=look,
                region=region,
                module_px=expected.module_px,
                place=0,
                single=expected.holds_one,
                is_light_on_dark=expected.is_light_on_dark,
            )


def _rounds(
    part: Image, found: list[Region], expected: Expected
) -> Iterator[list[Step]]:
    """The looks at the places found: some at each, then the next at each."""
    is_light = [is_light_on_dark(region.crop(part)) for region in found]
    start = 0
    for count in ROUNDS:
        yield [
            Step(
                look=look,
                region=region,
                module_px=_module_px(region, expected.module_px),
                place=number + 1,
                is_light_on_dark=is_light[number],
            )
            for number, region in enumerate(found)
            for look in expected.looks[start : start + count]
        ]
        start += count


def _module_px(region: Region, known_px: float | None) -> float:
    """As learned, unless the place is far too small or large for such modules."""
    guess_px = max(region.width, region.height) / ACROSS_MODULES
    if known_px is not None and 1 / ALIKE <= known_px / guess_px <= ALIKE:
        return known_px
    return guess_px


def _plain(expected: Expected, pixels: int) -> tuple[Look, Look]:
    """The untouched picture and a smaller one, the likelier and cheaper first.

    At 5 pixels a module half the size reads as well for a quarter of the time; at 8
    and more the picture itself shows the gaps between dots and reads far worse.
    """
    fits = 2 if pixels > MANY_PIXELS else 1
    if expected.module_px is not None:
        fits = max(int(expected.module_px / ENOUGH_PX), 1)
    while pixels / fits**2 > expected.first_pixels:
        fits += 1
    return (shrunk(fits), RAW) if fits >= 2 else (RAW, shrunk(2))
