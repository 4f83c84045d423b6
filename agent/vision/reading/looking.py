"""One look at one part of a picture: make it ready, decode, find the way back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from agent.vision.decoded import Decoded, Point, moved
from agent.vision.decoders import bars, zbar, zxing
from agent.vision.decoders.zxing import AS_IS, Placing
from agent.vision.reading.cascade import PLACE_PIXELS, Step
from agent.vision.reading.linear import LinearLook, linear_looks
from agent.vision.reading.look import Decoder
from agent.vision.reading.preparing import prepare
from agent.vision.region import Image
from agent.vision.symbology import Symbology


class Looking:
    """The decoders, told what to look for."""

    def __init__(self, symbologies: Iterable[Symbology]) -> None:
        self._all = frozenset(symbologies)
        self._matrix = frozenset(each for each in self._all if not each.is_linear)
        self._formats = zxing.formats_of(self._all)
        self._matrix_formats = zxing.formats_of(self._matrix)
        bars.prepare(self._all)

    def bars(
        self, part: Image, waiting: Callable[[], Iterable[Decoded]], origin: Point
    ) -> Iterator[LinearLook]:
        """The looks at bar codes in `part`, which begins at `origin`."""
        x, y = origin
        for look in linear_looks(
            part, self._all, lambda: [moved(each, 1, -x, -y) for each in waiting()]
        ):
            yield replace(look, read=partial(_read_at, look, x, y))

    def look(self, part: Image, step: Step, origin: Point) -> list[Decoded]:
        """What stands in `part`, which begins at `origin`; corners of the picture.

        A place is looked at for matrix codes alone.
        """
        is_place = step.place is not None
        most = PLACE_PIXELS if is_place else float("inf")
        look = step.look
        if step.is_light_on_dark:
            look = replace(look, invert=not look.invert)
        view = prepare(step.region.crop(part), look, step.scale, most)
        x, y = step.region.x + origin[0], step.region.y + origin[1]
        if look.decoder is Decoder.ZBAR:
            wanted = self._matrix if is_place else self._all
            found = zbar.decode(view.picture, wanted, step.name)
            return [view.back(each, x, y) for each in found]
        is_flat = view.is_flat
        found = zxing.decode(
            view.picture,
            self._matrix_formats if is_place else self._formats,
            step.name,
            thorough=look.decoder is Decoder.ZXING_THOROUGH,
            single=step.single,
            level=look.decoder is Decoder.ZXING_LEVEL,
            placing=Placing(1 / view.scale, x, y) if is_flat else AS_IS,
        )
        return found if is_flat else [view.back(each, x, y) for each in found]


def _read_at(look: LinearLook, x: float, y: float) -> list[Decoded]:
    return [moved(each, 1, x, y) for each in look.read()]
