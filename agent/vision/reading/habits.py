"""What a station has learned from the pictures it has read."""

from collections.abc import Iterable, Sequence

from agent.vision.decoded import Decoded, Point
from agent.vision.reading.cascade import Expected, Step, whole_of
from agent.vision.reading.following import Following
from agent.vision.reading.look import Look
from agent.vision.reading.looks import level, plain
from agent.vision.reading.order import LookOrder
from agent.vision.region import Image

Tried = tuple[Step, float, bool]  # a look at a place, its milliseconds, whether it read


class Habits:
    """Where codes stand, how large and which way round they are, what reads them."""

    def __init__(
        self, looks: Iterable[Look], *, module_px: float | None, follow: bool
    ) -> None:
        self._looks = {look.name: look for look in looks}
        self._order = LookOrder(list(self._looks))
        self._ranked = (self._order.ranked(), tuple(self._looks.values()))
        self._following = Following() if follow else None
        self._bars_look: Look | None = None
        self._set_module_px = module_px
        self._seen_module_px: float | None = None
        self._is_light_on_dark = False

    @property
    def module_px(self) -> float | None:
        """Pixels a module: as set, else of the last good reading, else None."""
        return self._set_module_px or self._seen_module_px

    def expected(self, part: Image) -> Expected:
        """For the next picture."""
        rows, columns = part.shape
        following = self._following
        window = None if following is None else following.window(columns, rows)
        place = window or whole_of(rows, columns)
        return Expected(
            place=place,
            holds_one=following is not None and following.holds_one(place),
            is_light_on_dark=self._is_light_on_dark,
            module_px=self.module_px,
            looks=self._ranked_looks(),
            bars_look=self._bars_look,
        )

    def learn(
        self, codes: Iterable[Decoded], at_places: Sequence[Tried], origin: Point
    ) -> None:
        """From one picture whose part looked at began at `origin`."""
        # A place where nothing was read may hold nothing: it proves nothing.
        held, is_light_on_dark = set(), False
        for step, _, has_read in at_places:
            if has_read:
                held.add(step.place)
                is_light_on_dark |= step.is_light_on_dark != step.look.invert
        matrix = [code for code in codes if not code.symbology.is_linear]
        bars = [code for code in codes if code.symbology.is_linear]
        if bars:
            self._bars_look = self._look_for(bars)
        if matrix:
            self._see(matrix, origin)
            self._is_light_on_dark = is_light_on_dark
        for step, took_ms, has_read in at_places:
            if step.place in held:
                self._order.tell(step.look.name, has_read=has_read, took_ms=took_ms)

    def _see(self, matrix: Sequence[Decoded], origin: Point) -> None:
        for code in matrix:
            self._seen_module_px = code.module_px or self._seen_module_px
        if self._following is not None:
            self._following.saw([code.corners for code in matrix], origin)

    def _look_for(self, bars: Sequence[Decoded]) -> Look | None:
        """What read all of them; quicker where they lie level, unless any may come."""
        names = {code.variant for code in bars}
        look = plain(names.pop()) if len(names) == 1 else None
        is_level = self._following is not None and all(map(_is_level, bars))
        return level(look) if look is not None and is_level else look

    def _ranked_looks(self) -> tuple[Look, ...]:
        names = self._order.ranked()
        if names is not self._ranked[0]:
            self._ranked = (names, tuple(self._looks[name] for name in names))
        return self._ranked[1]


def _is_level(code: Decoded) -> bool:
    (left, top), (right, bottom), *_ = code.corners
    return abs(bottom - top) < abs(right - left)
