"""Remote I/O when things break: lost replies, silence, restarts (F32 to F35), in
virtual time."""

import asyncio
import random

import pytest

from drivers.around import Around
from drivers.base import LineCommand, Outcome, Verdict
from drivers.errors import LinkDown
from drivers.io.remote_io.settings import RemoteIOSettings
from drivers.registry import open_line_io
from drivers.transports.base import RegisterRefusedError
from simulators.io.remote_io import BRANDS, BoxBank, RemoteBox

KIND = "remote_io"
RUN = LineCommand(run=True, stop=False)
SPEED_MM_S = 500.0


def now():
    return asyncio.get_running_loop().time()


class Site:
    """A box beside a belt that moves while its permit is energised."""

    def __init__(self, brand="moxa_e1212", **box):
        # 1.5 windows and a look: 35 mm at 500 mm/s, and the width of a bottle.
        self.box = RemoteBox(BRANDS[brand](), sees_ahead_mm=40, pulse_s=0.1, **box)
        self.brand = brand
        self._from_mm, self._from_s, self._moves = 0.0, now(), False
        self.bank = BoxBank(self.box, lambda: (now(), self.mm), self.follow)

    @property
    def mm(self):
        return self._from_mm + (now() - self._from_s) * SPEED_MM_S * self._moves

    def follow(self):
        """The belt does what the permit says."""
        self.box.check_watchdog(now())
        self._from_mm, self._from_s = self.mm, now()
        self._moves = self.box.conveyor(occupied=True)

    def driver(self, wires, address, **settings):
        made = RemoteIOSettings.model_validate(
            {
                "kind": "remote_io",
                "address": address,
                "map": self.brand,
                "gate_mm": 400,
                "reject_mm": 40,
                "window_mm": 20,
                "min_pitch_mm": 50,
                "mm_per_count": 1,
                "watchdog_proven": "in a test",
                **settings,
            }
        )
        around = Around(dialer=wires.dialer, rng=random.Random(5))
        return open_line_io("io", made, around)


class Play:
    """The line's own loop beating, a bottle after another, and what became of them."""

    def __init__(self, site, driver):
        self.site, self.driver = site, driver
        self.good = True
        self.silent = False
        self.through = []

    async def beat(self):
        while True:
            try:
                state = await self.driver.poll()
                if not self.silent:
                    await self.driver.beat(RUN)
                if self.good:
                    last = state.items_at_trigger
                    await self.driver.write_verdicts({last: Verdict.PASS})
            except LinkDown:
                pass
            self.site.follow()
            await asyncio.sleep(0.05)

    async def bottle(self):
        """One bottle from the trigger to the end; whether it came through."""
        site = self.site
        site.box.trigger(site.mm)
        begun_mm = site.mm
        await self.way(begun_mm + 400)
        site.box.at_sensor(site.mm)
        await self.way(begun_mm + 440)
        through = site.box.gate(site.mm, now())
        if not through:
            site.box.reject_confirmed()
        self.through.append(through)
        await asyncio.sleep(0.3)
        return through

    async def way(self, end_mm):
        async with asyncio.timeout(60):
            while self.site.mm < end_mm:  # noqa: ASYNC110 (virtual time)
                await asyncio.sleep(0.001)


@pytest.fixture
def play(virtual, memory_wires, running):
    """Runs `story(play, wires, address)` with reset pressed and the belt running."""

    def run(story, *, brand="moxa_e1212", box=None, **settings):
        async def main():
            wires = memory_wires()
            site = Site(brand, **(box or {}))
            address = await wires.serve_registers(site.bank)
            driver = site.driver(wires, address, **settings)
            async with running(driver):
                stage = Play(site, driver)
                beating = asyncio.create_task(stage.beat())
                await asyncio.sleep(0.2)
                site.box.operator_reset(now())
                await asyncio.sleep(1.0)
                await story(stage, wires, address)
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)

        virtual(main())

    return run


@pytest.mark.parametrize("brand", sorted(BRANDS))
def test_good_bottles_come_through_and_others_do_not(play, brand):
    async def story(stage, _wires, _address):
        assert await stage.bottle()
        stage.good = False
        assert not await stage.bottle()
        stage.good = True
        assert await stage.bottle()
        state = await stage.driver.poll()
        assert [state.outcome(n) for n in (1, 2, 3)] == [
            Outcome.PASSED,
            Outcome.REJECTED,
            Outcome.PASSED,
        ]
        assert (state.rejects_fired, state.rejects_confirmed) == (1, 1)

    play(story, brand=brand)


@pytest.mark.fault("F35")
def test_a_reply_lost_after_the_reject_took_effect_fires_no_second_time(play):
    """The wire breaks between the box's act and its answer."""

    async def story(stage, wires, address):
        stage.good = False
        fired = len(stage.site.box.pulses)
        stage.site.box.on_reject = lambda: wires.dialer.cut(address)
        assert not await stage.bottle()
        stage.site.box.on_reject = lambda: None
        await asyncio.sleep(0.3)
        assert len(stage.site.box.pulses) == fired + 1
        state = await stage.driver.poll()
        assert (state.rejects_fired, state.rejects_confirmed) == (1, 1)
        assert not state.needs_reset, "the confirm sensor saw it fall"

    play(story)


@pytest.mark.fault("F35")
def test_a_reject_that_was_lost_with_its_wire_stops_the_line(play):
    """Before the box acted: nothing falls, and nothing is fired again."""

    async def story(stage, wires, address):
        stage.good = False
        fired = len(stage.site.box.pulses)
        pulse = stage.site.box.brand.coil_knobs[0x10]

        def dead(_box, _value):
            wires.dialer.cut(address)
            raise RegisterRefusedError(4)

        stage.site.box.brand.coil_knobs[0x10] = dead
        bottle = asyncio.create_task(stage.bottle())
        await asyncio.sleep(1.5)
        stage.site.box.brand.coil_knobs[0x10] = pulse
        await asyncio.sleep(1.0)
        bottle.cancel()
        assert len(stage.site.box.pulses) == fired
        assert (await stage.driver.poll()).needs_reset
        assert not stage.site.box.conveyor(occupied=True)

    play(story)


@pytest.mark.fault("F32")
def test_a_reject_that_nothing_confirms_drops_the_permit(play):
    async def story(stage, _wires, _address):
        stage.good = False
        stage.site.box.counting[3] = False
        await stage.bottle()
        await asyncio.sleep(1)
        assert (await stage.driver.poll()).needs_reset
        assert "not seen to fall" in stage.driver.register.stopped
        assert not stage.site.box.conveyor(occupied=True)
        assert stage.site.box.needs_reset, "the lamp is on"

    play(story)


@pytest.mark.fault("F33")
def test_a_hung_line_loop_drops_the_permit_though_the_box_is_still_asked(play):
    async def story(stage, _wires, _address):
        stage.silent = True
        await asyncio.sleep(0.7)
        assert not stage.site.box.conveyor(occupied=True)
        stage.silent = False
        await asyncio.sleep(0.5)
        assert (await stage.driver.poll()).needs_reset
        stage.site.box.operator_reset(now())
        await asyncio.sleep(0.2)
        assert stage.site.box.conveyor(occupied=True)

    play(story)


@pytest.mark.fault("F33")
def test_silence_is_link_down_in_time_and_the_box_drops_its_outputs(play):
    async def story(stage, wires, address):
        wires.dialer.freeze(address)
        await asyncio.sleep(0.75)
        with pytest.raises(LinkDown, match="not seen for"):
            await stage.driver.poll()
        await asyncio.sleep(0.5)
        assert not any(stage.site.box.outputs), "its own watchdog"
        boot = stage.driver.register.boot_id
        wires.dialer.thaw(address)
        await asyncio.sleep(1.5)
        state = await stage.driver.poll()
        assert state.boot_id != boot
        assert state.needs_reset
        assert not stage.site.box.conveyor(occupied=True)
        stage.site.box.operator_reset(now())
        await asyncio.sleep(0.2)
        assert stage.site.box.conveyor(occupied=True)

    play(story)


@pytest.mark.fault("F33")
def test_a_box_whose_watchdog_bit_is_told_its_outputs_again(play):
    """The line was only slow: the driver does not know what the box dropped."""

    async def story(stage, _wires, _address):
        stage.site.box.outputs = [False] * 8
        await asyncio.sleep(0.7)
        assert stage.site.box.conveyor(occupied=True)

    play(story)


@pytest.mark.fault("F33")
def test_a_wago_whose_watchdog_bit_refuses_and_says_so(play):
    async def story(stage, _wires, _address):
        stage.site.box.expired = True
        await asyncio.sleep(0.7)
        with pytest.raises(LinkDown, match=r"refuses a request .Modbus exception 4"):
            await stage.driver.poll()

    play(story, brand="wago_750")


@pytest.mark.fault("F34")
def test_a_restarted_box_gets_a_new_boot_and_wants_a_reset(play):
    async def story(stage, _wires, _address):
        assert await stage.bottle()
        before = await stage.driver.poll()
        stage.site.box.reboot(now())
        stage.site.follow()
        await asyncio.sleep(0.3)
        state = await stage.driver.poll()
        assert state.boot_id != before.boot_id
        assert state.items_at_trigger == 0
        assert state.needs_reset
        assert not stage.site.box.conveyor(occupied=True)

    play(story)


@pytest.mark.fault("F34")
@pytest.mark.parametrize("start", [0xFFFF_FFF0, 0x7FFF_FFFE, 0xFFFE])
def test_counters_wrap_without_anybody_noticing(play, start):
    async def story(stage, _wires, _address):
        boot = stage.driver.register.boot_id
        for n in range(3):
            stage.good = False
            bottle = asyncio.create_task(stage.bottle())
            await asyncio.sleep(0.1)
            state = await stage.driver.poll()
            assert state.items_at_trigger == (start + n + 1) % (1 << 32)
            await stage.driver.write_verdicts({state.items_at_trigger: Verdict.PASS})
            assert await bottle
        assert stage.driver.register.boot_id == boot

    play(story, box={"start_counts": start})


@pytest.mark.fault("F23")
def test_a_link_cut_at_any_moment_passes_nothing_unjudged_without_stopping(play):
    """What went by while nobody could look stops the line and begins anew."""

    async def story(stage, wires, address):
        stage.good = False
        box, register = stage.site.box, stage.driver.register
        for late_ms in range(0, 200, 7):
            resyncs = register.resyncs
            bottle = asyncio.create_task(stage.bottle())
            await asyncio.sleep(0.75 + late_ms / 1000)
            wires.dialer.cut(address)
            while not bottle.done():
                await asyncio.sleep(0.6)
                if register.stopped:
                    box.operator_reset(now())
            await asyncio.sleep(1.5)
            assert not bottle.result() or register.resyncs > resyncs, late_ms
            box.operator_reset(now())
            await asyncio.sleep(1.5)

    play(story)
