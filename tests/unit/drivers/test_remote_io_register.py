"""The shift register of remote I/O, looked at as a pure machine.

`Belt` moves things past trigger, gate sensor and reject in small steps, and tells which
of them the fired pulses would have thrown out.
"""

import pytest

from drivers.base import LineCommand, Outcome, Verdict
from drivers.io.remote_io.counters import WideCounter, rise
from drivers.io.remote_io.geometry import Geometry
from drivers.io.remote_io.messages import BoxPicture
from drivers.io.remote_io.reject_queue import RejectQueue
from drivers.io.remote_io.shift_register import ShiftRegister

KIND = "remote_io"
RUN = LineCommand(run=True, stop=False)
CLEAR = LineCommand(run=False, stop=False)
GEOMETRY = Geometry(
    gate_mm=400,
    reject_mm=40,
    window_mm=20,
    min_pitch_mm=50,
    mm_per_count=1,
    sees_gate=True,
    confirm_s=0.3,
    clear_mm=300,
)
BLIND = Geometry(
    gate_mm=440,
    reject_mm=0,
    window_mm=20,
    min_pitch_mm=50,
    mm_per_count=1,
    sees_gate=False,
    confirm_s=0.3,
    clear_mm=300,
)


class Belt:
    """1 m/s, a look each 10 ms. A thing is [trigger mm, shift behind it, fate]."""

    def __init__(self, geometry=GEOMETRY, *, start=0, bits=32, pulse_mm=60):
        self.g = geometry
        self.mask = (1 << bits) - 1
        self.boots = iter(range(1, 100))
        self.now_s = 100.0
        self.mm = 0.0
        self.counts = dict.fromkeys(("trigger", "gate", "confirm"), start)
        self.start = start
        self.things = []
        self.pulse_until_mm = -1.0
        self.pulse_mm = pulse_mm
        self.fired = 0
        self.confirms = True
        self.inputs = {}
        self.beating = True
        self.command = RUN
        self.begin()

    def begin(self):
        """A fresh register, reset pressed, and the belt run past what nobody saw."""
        self.register = ShiftRegister(self.g, lambda: next(self.boots))
        self.look()
        self.look()
        self.look(reset=True)
        self.go(600)
        self.fired = 0

    def look(self, *, reset=False, after_s=0.01):
        self.now_s += after_s
        if self.beating:
            self.register.beat(self.command, self.now_s)
        seen = BoxPicture(
            trigger=self.counts["trigger"] & self.mask,
            encoder=(int(self.mm) + self.start) & self.mask,
            gate=self.counts["gate"] & self.mask if self.g.sees_gate else None,
            confirm=self.counts["confirm"] & self.mask,
            reset=reset,
            **self.inputs,
        )
        if self.register.take(seen, self.now_s):
            self.fired += 1
            self.pulse_until_mm = self.mm + self.pulse_mm

    def place(self, *, behind_mm=0.0, shift_mm=0.0, numbered=True):
        """A thing that meets the trigger `behind_mm` from now."""
        thing = {
            "at": self.mm + behind_mm,
            "shift": shift_mm,
            "numbered": numbered,
            "fate": None,
        }
        self.things.append(thing)
        return thing

    def go(self, way_mm, step_mm=10):
        end = self.mm + way_mm
        while self.mm < end - 1e-9:
            before, self.mm = self.mm, min(end, self.mm + step_mm)
            for thing in self.things:
                self._meet(thing, before)
            self.look(after_s=step_mm / 1000)
            for thing in self.things:
                self._reject(thing, before)

    def stand(self, for_s):
        for _ in range(round(for_s / 0.01)):
            self.look()

    def _meet(self, thing, before):
        if thing["numbered"] and before < thing["at"] <= self.mm:
            self.counts["trigger"] += 1
        ahead = self.g.reject_mm if self.g.sees_gate else 0
        sensor = thing["at"] + self._way() - ahead + thing["shift"]
        if self.g.sees_gate and thing["fate"] is None and before < sensor <= self.mm:
            self.counts["gate"] += 1

    def _way(self):
        return self.g.gate_mm + self.g.reject_mm

    def _reject(self, thing, before):
        reject = thing["at"] + self._way() + thing["shift"]
        if thing["fate"] is None and before < reject <= self.mm:
            out = self.mm <= self.pulse_until_mm
            thing["fate"] = "out" if out else "through"
            if out and self.confirms:
                self.counts["confirm"] += 1

    def verdict(self, item, verdict=Verdict.PASS):
        self.register.write({item: verdict})


@pytest.fixture(params=[GEOMETRY, BLIND], ids=["gate sensor", "reckoning"])
def belt(request):
    return Belt(request.param)


def test_a_good_item_goes_through_and_a_bad_one_out(belt):
    good, bad, unjudged = (belt.place(behind_mm=n * 100 + 5) for n in range(3))
    belt.go(150)
    belt.verdict(1)
    belt.verdict(2, Verdict.REJECT)
    belt.go(700)
    assert [t["fate"] for t in (good, bad, unjudged)] == ["through", "out", "out"]
    state = belt.register.state()
    assert [state.outcome(n) for n in (1, 2, 3)] == [
        Outcome.PASSED,
        Outcome.REJECTED,
        Outcome.REJECTED,
    ]
    assert (state.items_at_trigger, state.items_at_gate) == (3, 3)
    assert (state.rejects_fired, state.rejects_confirmed, belt.fired) == (2, 2, 2)
    assert not state.needs_reset


def test_the_number_at_the_gate_waits_for_the_oldest_on_its_way(belt):
    belt.place(behind_mm=5)
    belt.place(behind_mm=105)
    belt.go(300)
    state = belt.register.state()
    assert (state.items_at_trigger, state.items_at_gate) == (2, 0)
    belt.go(170)
    assert belt.register.state().items_at_gate == 1


@pytest.mark.fault("F30")
def test_a_verdict_for_another_item_of_the_same_slot_does_not_count(belt):
    thing = belt.place(behind_mm=5)
    belt.go(100)
    belt.verdict(65)
    belt.go(500)
    assert thing["fate"] == "out"


@pytest.mark.fault("F30")
def test_a_verdict_too_late_changes_nothing(belt):
    thing = belt.place(behind_mm=5)
    belt.go(460)
    belt.verdict(1)
    belt.go(100)
    assert thing["fate"] == "out"
    assert belt.register.state().outcome(1) is Outcome.REJECTED


@pytest.mark.fault("F31")
def test_a_stranger_does_not_take_the_number_of_the_next():
    belt = Belt()
    stranger = belt.place(behind_mm=5, numbered=False)
    good = belt.place(behind_mm=105)
    belt.go(200)
    belt.verdict(1)
    belt.go(600)
    assert (stranger["fate"], good["fate"]) == ("out", "through")


@pytest.mark.fault("F31")
@pytest.mark.parametrize("shift_mm", [45, -45])
def test_a_thing_out_of_its_place_is_thrown_out_and_its_item_absent(shift_mm):
    belt = Belt()
    thing = belt.place(behind_mm=5, shift_mm=shift_mm)
    belt.go(100)
    belt.verdict(1)
    belt.go(600)
    assert thing["fate"] == "out"
    assert belt.register.state().outcome(1) is Outcome.ABSENT
    assert belt.register.unnumbered == 1
    assert belt.register.state().rejects_fired == 1


@pytest.mark.fault("F31")
def test_a_thing_within_its_window_is_still_itself():
    belt = Belt()
    thing = belt.place(behind_mm=5, shift_mm=9)
    belt.go(100)
    belt.verdict(1)
    belt.go(600)
    assert thing["fate"] == "through"


@pytest.mark.fault("F31")
def test_a_thing_without_a_number_is_thrown_out():
    belt = Belt()
    stranger = belt.place(behind_mm=5, numbered=False)
    belt.go(600)
    assert stranger["fate"] == "out"
    assert belt.register.unnumbered == 1


@pytest.mark.fault("F31")
def test_a_thing_taken_away_is_absent_and_nothing_is_fired():
    belt = Belt()
    taken = belt.place(behind_mm=5)
    belt.go(100)
    belt.verdict(1)
    taken["fate"] = "gone"
    belt.go(600)
    state = belt.register.state()
    assert state.outcome(1) is Outcome.ABSENT
    assert (state.items_at_gate, belt.fired) == (1, 0)


@pytest.mark.fault("F25")
def test_two_triggers_too_near_make_both_doubtful(belt):
    one, two = belt.place(behind_mm=5), belt.place(behind_mm=35)
    belt.go(100)
    belt.verdict(1)
    belt.verdict(2)
    belt.go(600)
    assert (one["fate"], two["fate"]) == ("out", "out")


@pytest.mark.fault("F25")
def test_a_jump_of_the_trigger_counter_makes_all_of_it_doubtful(belt):
    thing = belt.place(behind_mm=5)
    belt.counts["trigger"] += 1
    belt.go(100)
    belt.verdict(1)
    belt.verdict(2)
    belt.go(600)
    assert thing["fate"] == "out"


@pytest.mark.fault("F25")
def test_an_item_seen_by_too_slow_a_look_is_doubtful():
    belt = Belt()
    thing = belt.place(behind_mm=15)
    belt.go(30, step_mm=30)
    belt.go(100)
    belt.verdict(1)
    belt.go(600)
    assert thing["fate"] == "out"


@pytest.mark.fault("F31")
def test_a_stop_between_sensor_and_reject_does_not_let_it_through(belt):
    """The pulse is fired by place, so it waits for the belt."""
    way = belt.g.gate_mm + belt.g.reject_mm
    for early_mm in range(4, 60, 4):
        belt.things.clear()
        belt.confirms = True
        thing = belt.place(behind_mm=5)
        belt.go(way + 5 - early_mm)
        belt.pulse_until_mm = min(belt.pulse_until_mm, belt.mm - 1)  # it ends meanwhile
        belt.stand(2)
        belt.pulse_until_mm = -1.0
        belt.go(300)
        assert thing["fate"] == "out", early_mm
        assert not belt.register.stopped


@pytest.mark.fault("F32")
def test_a_reject_that_is_not_seen_to_fall_stops_the_line(belt):
    belt.confirms = False
    belt.place(behind_mm=5)
    belt.go(1000)
    assert "not seen to fall" in belt.register.stopped
    assert belt.register.state().needs_reset
    assert not belt.register.permit
    fired = belt.fired
    belt.stand(1)
    assert belt.fired == fired


@pytest.mark.fault("F32")
def test_without_a_confirm_sensor_nothing_is_waited_for():
    belt = Belt(
        Geometry(
            gate_mm=400,
            reject_mm=40,
            window_mm=20,
            min_pitch_mm=50,
            mm_per_count=1,
            sees_gate=True,
            confirm_s=0,
        )
    )
    belt.confirms = False
    belt.place(behind_mm=5)
    belt.go(1500)
    assert not belt.register.stopped
    assert belt.register.state().rejects_fired == 1


@pytest.mark.fault("F33")
def test_the_line_falling_silent_rejects_then_stops(belt):
    thing = belt.place(behind_mm=5)
    belt.go(100)
    belt.verdict(1)
    belt.beating = False
    belt.stand(0.3)
    belt.go(600)
    assert thing["fate"] == "out"
    assert "stood still" in belt.register.stopped
    assert not belt.register.permit
    belt.beating = True
    belt.stand(1)
    assert belt.register.stopped, "a heartbeat alone does not go on"
    belt.look(reset=True)
    assert not belt.register.stopped
    assert belt.register.permit


def test_after_a_start_a_person_presses_reset():
    register = ShiftRegister(GEOMETRY, lambda: 7)
    register.beat(RUN, 0.0)
    register.take(BoxPicture(trigger=0, encoder=0, gate=0, confirm=0), 0.01)
    assert register.state().needs_reset
    assert not register.permit


def test_a_stuck_button_is_no_reset():
    register = ShiftRegister(GEOMETRY, lambda: 7)
    held = BoxPicture(trigger=0, encoder=0, gate=0, confirm=0, reset=True)
    for n in range(10):
        register.beat(RUN, n / 100)
        register.take(held, n / 100)
    assert register.stopped


def test_emergency_stop_wants_a_reset_and_none_while_it_is_pressed(belt):
    belt.inputs = {"estop": True}
    belt.stand(0.1)
    belt.look(reset=True)
    assert belt.register.stopped == "emergency stop"
    belt.inputs = {}
    belt.stand(0.1)
    assert not belt.register.permit
    belt.look(reset=True)
    assert belt.register.permit


@pytest.mark.parametrize(
    "inputs", [{"air_ok": False}, {"bin_full": True}, {"manual": True}]
)
def test_what_stops_the_conveyor_without_a_reset(belt, inputs):
    belt.inputs = inputs
    belt.stand(0.1)
    assert not belt.register.permit
    belt.inputs = {}
    belt.stand(0.1)
    assert belt.register.permit


def test_without_run_the_belt_empties_itself_and_stands(belt):
    belt.place(behind_mm=5)
    belt.go(50)
    belt.command = CLEAR
    belt.stand(0.05)
    assert belt.register.permit
    assert not belt.register.infeed
    belt.go(2000)
    assert not belt.register.permit
    belt.command = LineCommand(run=True, stop=True)
    belt.stand(0.05)
    assert not belt.register.permit


@pytest.mark.fault("F34")
@pytest.mark.parametrize("bits", [16, 32])
def test_counters_wrap_and_numbers_go_on(bits):
    geometry = Geometry(
        gate_mm=400,
        reject_mm=40,
        window_mm=20,
        min_pitch_mm=50,
        mm_per_count=1,
        sees_gate=True,
        confirm_s=0.3,
        encoder_bits=bits,
        counter_bits=bits,
    )
    belt = Belt(geometry, start=(1 << bits) - 2, bits=bits)
    belt.start -= 1500
    belt.begin()
    boot = belt.register.boot_id
    things = [belt.place(behind_mm=n * 100 + 5) for n in range(4)]
    belt.go(350)
    first = (1 << bits) - 1
    for item in range(first, first + 4):
        belt.verdict(item % (1 << 32), Verdict.PASS)
    belt.verdict((first + 1) % (1 << 32), Verdict.REJECT)
    belt.go(700)
    assert [t["fate"] for t in things] == ["through", "out", "through", "through"]
    state = belt.register.state()
    assert state.items_at_trigger == state.items_at_gate == (first + 3) % (1 << 32)
    assert state.outcome((first + 1) % (1 << 32)) is Outcome.REJECTED
    assert belt.register.boot_id == boot
    assert not belt.register.stopped


@pytest.mark.fault("F34")
def test_a_box_that_restarts_gets_a_new_boot_and_its_things_go_out(belt):
    thing = belt.place(behind_mm=5)
    belt.go(200)
    belt.verdict(1)
    boot = belt.register.boot_id
    belt.counts = dict.fromkeys(belt.counts, 0)
    belt.start = -int(belt.mm)
    belt.look()
    assert belt.register.boot_id != boot
    assert "has restarted" in belt.register.stopped
    assert belt.register.state().items_at_trigger == 0
    belt.stand(0.1)
    belt.look(reset=True)
    belt.go(600)
    assert thing["fate"] == "out"


@pytest.mark.fault("F34")
def test_a_16_bit_encoder_that_restarts_near_its_wrap_is_still_noticed():
    """Its jump alone would look like a wrap; the belt cannot have gone so far."""
    before = BoxPicture(trigger=0, encoder=60_000, gate=0, confirm=0)
    after = BoxPicture(trigger=0, encoder=0, gate=0, confirm=0)
    geometry = Geometry(
        gate_mm=400,
        reject_mm=40,
        window_mm=20,
        min_pitch_mm=50,
        mm_per_count=1,
        sees_gate=True,
        confirm_s=0.3,
        encoder_bits=16,
        counter_bits=16,
    )
    boots = iter((5, 6))
    register = ShiftRegister(geometry, lambda: next(boots))
    register.take(before, 1.0)
    register.take(after, 1.01)
    assert register.boot_id == 6


@pytest.mark.fault("F33")
def test_a_box_out_of_sight_begins_anew_and_stops(belt):
    belt.place(behind_mm=5)
    belt.go(100)
    boot = belt.register.boot_id
    belt.look(after_s=0.6)
    assert belt.register.boot_id != boot
    assert "out of sight" in belt.register.stopped


@pytest.mark.fault("F33")
def test_a_look_so_late_that_things_went_by_begins_anew():
    belt = Belt()
    belt.place(behind_mm=5)
    belt.go(390)
    boot = belt.register.boot_id
    belt.go(120, step_mm=120)
    assert belt.register.boot_id != boot
    assert "too late" in belt.register.stopped


@pytest.mark.fault("F38")
def test_a_counter_that_runs_wild_begins_anew(belt):
    boot = belt.register.boot_id
    belt.counts["trigger"] += 5000
    belt.look()
    assert belt.register.boot_id != boot
    assert belt.register.resyncs == 1


def test_a_refused_reject_stops_the_line(belt):
    belt.register.refused("Modbus exception 4")
    assert "not fired" in belt.register.stopped


def test_a_belt_that_trembles_backwards_is_no_restart(belt):
    boot = belt.register.boot_id
    belt.mm -= 3
    belt.look()
    belt.go(100)
    assert belt.register.boot_id == boot


def test_belt_speed_and_running_follow_the_encoder(belt):
    belt.go(500)
    state = belt.register.state()
    assert state.belt_mm_s == pytest.approx(1000, abs=20)
    assert state.running
    belt.stand(0.5)
    assert not belt.register.state().running


@pytest.mark.parametrize(
    ("earlier", "later", "bits", "risen"),
    [(0, 5, 16, 5), (65535, 2, 16, 3), (5, 3, 16, -2), ((1 << 32) - 1, 0, 32, 1)],
)
def test_rise(earlier, later, bits, risen):
    assert rise(earlier, later, bits) == risen
    counter = WideCounter(bits)
    counter.begin(earlier)
    assert counter.rise(later) == risen
    assert counter.value == earlier + risen


def test_what_stopped_short_of_the_reject_is_fired_at_as_the_belt_starts():
    queue = RejectQueue(GEOMETRY)
    queue.plan(7, 100.0)
    assert queue.due(100.0, 90.0, 1.0) == [7]
    assert queue.at_start(95.0, 9.0)
    assert not queue.again(100.0, 9.1), "its confirmation may still come"
    queue.fell(1, swept=False)
    assert not queue.at_start(100.0, 9.2), "it has fallen"


def test_what_has_gone_by_the_reject_is_not_fired_at_when_the_belt_starts():
    queue = RejectQueue(GEOMETRY)
    queue.plan(7, 100.0)
    queue.due(100.0, 90.0, 1.0)
    assert not queue.at_start(100.0 + GEOMETRY.window_mm + 1, 1.1)
