"""The typing scanner's driver over keyboards played from a list.

No real input device is used here (that needs /dev/uinput); what evdev does with one
is untested.
"""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import Identity, LinkState
from drivers.readers.keyboard_wedge.codec import KeyDecoder
from drivers.readers.keyboard_wedge.messages import US_LAYOUT, KeyEvent
from drivers.readers.output import Interpreter
from drivers.readers.reads import QUEUE_READS
from drivers.registry import open_reader
from drivers.settings import KeyboardWedgeSettings

pytest.importorskip("evdev", reason="the extra 'keyboard' is not installed")

from drivers.readers.keyboard_wedge.driver import KeyboardWedge

KIND = "keyboard_wedge"
GS_CODE = "0106141411234567\x1d21ABC"
KEYS = {
    character: (code, place == 1)
    for code, pair in US_LAYOUT.items()
    for place, character in enumerate(pair)
}


def strokes(code):
    return [KeyEvent(1, code, 1), KeyEvent(0, 0, 0), KeyEvent(1, code, 0)]


def typing(text):
    """The events of a scanner that types `text` and Enter; GS as Ctrl-]."""
    for character in text:
        held = 29 if character == "\x1d" else 42
        code, is_shifted = KEYS["]" if character == "\x1d" else character]
        holds = character == "\x1d" or is_shifted
        yield from [KeyEvent(1, held, 1)] * holds
        yield from strokes(code)
        yield from [KeyEvent(1, held, 0)] * holds
    yield from strokes(28)


class PlayedKeyboard:
    """A keyboard fed by `type`; `pull` unplugs it."""

    def __init__(self, identity=None):
        self.identity = identity or Identity(model="Symbol Barcode Scanner")
        self.closed = False
        self._queue = asyncio.Queue()

    def type(self, *events):
        self._queue.put_nowait(list(events))

    def pull(self):
        self._queue.put_nowait(OSError(19, "No such device"))

    async def events(self):
        events = await self._queue.get()
        if isinstance(events, OSError):
            raise events
        return events

    async def close(self):
        self.closed = True


class Desk:
    """Where the keyboard is plugged in."""

    def __init__(self, *keyboards):
        self.keyboards = list(keyboards)
        self.opened = 0

    async def __call__(self):
        if not self.keyboards:
            raise FileNotFoundError(2, "No such file or directory")
        self.opened += 1
        return self.keyboards.pop(0)


def wedge_on(desk, **settings):
    return KeyboardWedge(
        "wedge",
        desk,
        rng=random.Random(3),
        decoder=KeyDecoder(),
        interpreter=Interpreter(require_aim=True),
        **settings,
    )


def test_scans(virtual, running):
    async def story():
        keyboard = PlayedKeyboard()
        driver = wedge_on(Desk(keyboard))
        async with running(driver):
            keyboard.type(*typing(f"]d2{GS_CODE}"))
            for event in typing("]Q1https://example.com/?a=B_1"):
                keyboard.type(event)
            keyboard.type(*typing("NO-IDENTIFIER"))
            reads = [await driver.read() for _ in range(2)]
            await asyncio.sleep(0.1)
        assert [(read.aim, read.text) for read in reads] == [
            ("]d2", GS_CODE),
            ("]Q1", "https://example.com/?a=B_1"),
        ]
        assert driver.counts.refused == 1
        assert str(driver.identity) == "Symbol Barcode Scanner"
        assert driver.tap.frames()[-1].data.endswith(b"28:1 0:0 28:0")
        assert keyboard.closed

    virtual(story())


@pytest.mark.fault("F28")
def test_typed_twice_at_once_is_one_scan(virtual, running):
    async def story():
        keyboard = PlayedKeyboard()
        driver = wedge_on(Desk(keyboard))
        async with running(driver):
            keyboard.type(*typing("]Q1A"), *typing("]Q1A"))
            await asyncio.sleep(1)
            assert (driver.counts.reads, driver.counts.repeated) == (1, 1)

    virtual(story())


@pytest.mark.fault("F37")
def test_pulled_and_plugged_in_again_it_is_grabbed_anew(virtual, running):
    async def story():
        desk = Desk(PlayedKeyboard())
        first = desk.keyboards[0]
        driver = wedge_on(desk)
        async with running(driver):
            first.type(*list(typing("]Q1HALF"))[:-3], KeyEvent(1, 42, 1))
            first.pull()
            await asyncio.sleep(5)
            assert first.closed
            assert driver.status().link is not LinkState.READY
            assert driver.status().detail == "[Errno 2] No such file or directory"
            second = PlayedKeyboard()
            desk.keyboards.append(second)
            await driver.link.wait_ready()
            second.type(*typing("]q1next"), *typing("]Q1next"))
            assert (await driver.read()).text == "next"  # no Shift held any more
            assert (driver.session, desk.opened) == (2, 2)
            assert driver.broken_frames == 1

    virtual(story())


@pytest.mark.fault("F37")
def test_another_keyboard_is_noticed(virtual, running):
    async def story():
        stranger = PlayedKeyboard(Identity(model="USB Keyboard"))
        driver = wedge_on(Desk(stranger), identity="Symbol")
        async with running(driver, ready=False):
            await asyncio.sleep(0.05)
            assert stranger.closed
            assert driver.session == 0

    virtual(story())


@pytest.mark.fault("F38")
def test_a_flood_is_bounded_and_counted(virtual, running):
    async def story():
        keyboard = PlayedKeyboard()
        driver = wedge_on(Desk(keyboard), repeat_s=0)
        for number in range(2000):
            keyboard.type(*typing(f"]Q1{number}"))
        async with running(driver):
            ticks = 0
            while driver.counts.reads < 2000:
                await asyncio.sleep(0)
                ticks += 1
            assert ticks > 1000
            assert driver.counts.dropped == 2000 - QUEUE_READS

    virtual(story())


@pytest.mark.parametrize(
    ("name", "detail"),
    [("missing", "No such file or directory"), ("file", "Inappropriate ioctl")],
)
async def test_a_path_that_is_no_keyboard(tmp_path, running, name, detail):
    (tmp_path / "file").touch()
    settings = KeyboardWedgeSettings(kind=KIND, path=str(tmp_path / name))
    around = Around(dialer=None, rng=random.Random(1))
    driver = open_reader("wedge", settings, around)
    async with running(driver, ready=False):
        async with asyncio.timeout(30):
            while driver.status().link is not LinkState.BACKING_OFF:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert detail in driver.status().detail


@pytest.mark.parametrize("path", ["/dev/input/event3", "event3"])
def test_a_path_that_changes_is_refused(path):
    with pytest.raises(ValueError, match="/dev/input/by-id/"):
        KeyboardWedgeSettings(kind=KIND, path=path)
