"""What is looked at in one picture, and in which order."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

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
MANY_BARS_PIXELS: Final = 450_000  # where a bar code is all: wide, modules small
FEW_PIXELS: Final = 300 * 300  # zbar is quick enough there to be asked early
PLACE_PIXELS: Final = 250_000  # the most a look at one place hands to its decoder
EAGER_LOOKS: Final = 2  # at the expected place before the whole picture is looked at
ROUNDS: Final = (6, 6, 100)  # looks at each place found before the next place's turn
# Modules along the longer side of a place as it is found, margin included: a guess that
# the looks' tables were searched with.
ACROSS_MODULES: Final = 36
ALIKE: Final = 1.4  # times the guess that a learned size may be off it


class Step(NamedTuple):
    """One look at one part. `place`: 0 the expected one, others found; None: whole.

    `scale`: pixels that the look makes of one, along one side.
    """

    look: Look
    region: Region
    scale: float
    place: int | None = None
    single: bool = False
    is_light_on_dark: bool = False

    @property
    def pixels(self) -> float:
        """What the decoder will be given."""
        wanted = self.region.width * self.region.height * self.scale**2
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


class Expected(NamedTuple):
    """What a station has learned: place, size of a module, and its looks, best first.

    `place`: the window, or the whole picture. `holds_one`: it has no room for a second
    code, so none need be looked for. `bars_look`: what read the last bar codes.
    """

    place: Region
    holds_one: bool
    is_light_on_dark: bool
    module_px: float | None
    looks: tuple[Look, ...]
    bars_look: Look | None = None


class Ask(Protocol):
    """What is asked in the course of the looks: each only when its turn has come."""

    def first_pixels(self) -> float:
        """What a look may have without putting the budget in danger."""

    def bars(self) -> Iterator[LinearLook]:
        """The looks at bar codes."""

    def has_weak(self) -> bool:
        """Whether a bar code that was read wants another witness."""

    def places(self) -> list[Region]:
        """Where a matrix code may stand."""


@lru_cache(maxsize=16)
def whole_of(rows: int, columns: int) -> Region:
    """All of a picture."""
    return Region(x=0, y=0, width=columns, height=rows)


def steps(
    part: Image, wanted: Wanted, expected: Expected, ask: Ask
) -> Iterator[Step | LinearLook]:
    """The looks in turn: expected place, whole picture, places found, whole again."""
    yield from _eagerly(expected)
    whole = whole_of(*part.shape)
    most_pixels = ask.first_pixels()
    many = MANY_PIXELS if wanted.matrix else MANY_BARS_PIXELS
    first, second = _plain(expected.module_px, part.size, most_pixels, many)
    is_small = second is RAW and part.size <= many
    usual = None if wanted.matrix else _usual(expected.bars_look, whole, most_pixels)
    yield from _plainly((first, second) if is_small else (first,), usual, whole, ask)
    if wanted.linear:
        for look in LINEAR_GUESSES:
            yield _at_whole(look, whole)
    opinions = SECOND_OPINIONS if wanted.qr and part.size <= FEW_PIXELS else ()
    if wanted.matrix:
        at_places = _rounds(part, ask.places(), expected)
        yield from next(at_places)
        if not is_small:
            yield _at_whole(second, whole)
        for look in opinions:
            yield _at_whole(look, whole)
        for each in at_places:
            yield from each
    elif not is_small:
        yield _at_whole(second, whole)
    done = {*opinions, *(LINEAR_GUESSES if wanted.linear else ())}
    for look in rescue_looks(wanted):
        if look not in done:
            yield _at_whole(look, whole)


def _plainly(
    looks: Iterable[Look], usual: Step | None, whole: Region, ask: Ask
) -> Iterator[Step | LinearLook]:
    """The plain looks and those at bars, which are made once: first at what is weak."""
    has_asked = False
    if usual is not None:
        yield usual
        has_asked = ask.has_weak()
        if has_asked:
            yield from ask.bars()
    for look in looks:
        if usual is None or look != usual.look:
            yield _at_whole(look, whole)
    if not has_asked:
        yield from ask.bars()


def _usual(look: Look | None, whole: Region, most_pixels: float) -> Step | None:
    """What read the last bar codes, if that is no danger to the budget."""
    if look is None:
        return None
    step = _at_whole(look, whole)
    return step if step.pixels <= most_pixels else None


def _at_whole(look: Look, whole: Region) -> Step:
    """Such looks know the size of a module beforehand, or need none."""
    return Step(look=look, region=whole, scale=look.scale(1))


def _eagerly(expected: Expected) -> Iterator[Step]:
    """The best looks at the window, or at a picture that is itself no larger."""
    place, module_px = expected.place, expected.module_px
    if module_px is None:
        return
    for look in expected.looks[:EAGER_LOOKS]:
        scale = look.scale(module_px)
        if place.width * place.height * scale**2 <= PLACE_PIXELS:
            yield Step(
                look=look,
                region=place,
                scale=scale,
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
                scale=look.scale(_module_px(region, expected.module_px)),
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


def _plain(
    module_px: float | None, pixels: int, most_pixels: float, many: int
) -> tuple[Look, Look]:
    """The untouched picture and a smaller one, the likelier and cheaper first.

    At 5 pixels a module half the size reads as well for a quarter of the time; at 8
    and more the picture itself shows the gaps between dots and reads far worse.
    """
    fits = 2 if pixels > many else 1
    if module_px is not None:
        fits = max(int(module_px / ENOUGH_PX), 1)
    while pixels / fits**2 > most_pixels:
        fits += 1
    return (shrunk(fits), RAW) if fits >= 2 else (RAW, shrunk(2))
