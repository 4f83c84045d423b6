"""The line's state as readings, the same for every kind of line I/O."""

import asyncio

from drivers.base import LineState
from drivers.readings import Category, ReadingBoard

# The line polls fifty times a second; nobody reads faster than this.
_SHOW_EVERY_S = 0.2


class StateReadings:
    """Puts a polled state on the board, now and then."""

    def __init__(self, board: ReadingBoard) -> None:
        self._board = board
        self._shown_s = -_SHOW_EVERY_S

    def show(self, state: LineState) -> None:
        """Take down `state` unless one was taken down a moment ago."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._shown_s < _SHOW_EVERY_S:
            return
        self._shown_s = now_s
        put, detail = self._board.put, Category.DETAIL
        put("running", state.running)
        put("estop", state.estop)
        put("air_ok", state.air_ok)
        put("bin_full", state.bin_full)
        put("confirm_ok", state.confirm_ok)
        put("manual", state.manual)
        put("needs_reset", state.needs_reset)
        put("belt_speed", state.belt_mm_s, unit="mm/s")
        put("items_at_trigger", state.items_at_trigger)
        put("items_at_gate", state.items_at_gate)
        put("rejects_fired", state.rejects_fired)
        put("rejects_confirmed", state.rejects_confirmed)
        put("encoder", state.encoder, category=detail)
        put("boot_id", state.boot_id, category=detail)
        put("map_version", state.map_version, category=detail)
