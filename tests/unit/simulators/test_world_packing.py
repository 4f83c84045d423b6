"""Cases, pallets, their labels and scans, and the operator's hand."""

from typing import TYPE_CHECKING

import pytest

from simulators.world.faults import Rates
from simulators.world.labels import Label
from simulators.world.record import Kind

if TYPE_CHECKING:
    from conftest import Rig, RigFactory


def label(text: str | None) -> Label:
    return Label(template="R:CASE.ZPL", fields={"1": text or ""}, text=text, aim="]C1")


class Scans:
    """What the label readers said, and whether anybody listened."""

    def __init__(self, line: "Rig") -> None:
        self.heard = True
        self.said: list[tuple[float, Kind, str | None]] = []
        self._line = line
        line.world.cases.on_scan = self.take
        line.world.pallets.on_scan = self.take

    def take(self, kind: Kind, seen: Label | None) -> bool:
        text = None if seen is None else seen.text
        self.said.append((self._line.world.now_s, kind, text))
        return self.heard

    def texts(self, kind: Kind) -> list[str | None]:
        return [text for _, said_of, text in self.said if said_of is kind]


def test_a_case_waits_for_its_label_and_is_scanned_two_seconds_later(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=5, case_size=5)
    scans = Scans(line)
    line.run(10)
    (case,) = line.world.record.cases
    assert case.children == [1, 2, 3, 4, 5]
    assert case.label is None
    assert not scans.said
    line.world.label_printed(Kind.CASE, label("S1"))
    applied_s = line.world.now_s
    assert case.label is not None
    line.run(3)
    ((at_s, kind, text),) = scans.said
    assert (kind, text) == (Kind.CASE, "S1")
    assert at_s == pytest.approx(applied_s + 2.0)
    assert case.read


def test_labels_go_on_in_the_order_they_were_printed(rig: "RigFactory") -> None:
    line = rig(bottles=12, case_size=4)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.world.label_printed(Kind.CASE, label("S2"))
    line.run(6)
    cases = line.world.record.cases
    assert [c.label and c.label.text for c in cases] == ["S1", "S2", None]


def test_cases_become_pallets_labelled_and_read_alike(rig: "RigFactory") -> None:
    line = rig(bottles=8, case_size=2, pallet_size=2)
    scans = Scans(line)
    for number in range(4):
        line.world.label_printed(Kind.CASE, label(f"S{number}"))
    line.run(10)
    pallets = line.world.record.pallets
    assert [pallet.children for pallet in pallets] == [[1, 2], [3, 4]]
    line.world.label_printed(Kind.PALLET, label("P1"))
    line.run(3)
    assert scans.texts(Kind.CASE) == ["S0", "S1", "S2", "S3"]
    assert scans.texts(Kind.PALLET) == ["P1"]
    assert line.world.record.contents(Kind.PALLET) == {"P1": ["S0", "S1"]}
    assert line.world.record.contents(Kind.CASE)["S1"] == ["C00003", "C00004"]


def test_an_unread_label_is_scanned_again_after_five_seconds(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=2, case_size=2, rates=Rates(label_misreads=1.0))
    scans = Scans(line)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(14)
    times = [at_s for at_s, _, _ in scans.said]
    assert scans.texts(Kind.CASE) == [None, None, None]
    assert times[1] - times[0] == pytest.approx(5.0)
    line.world.cases._misreads = 0.0
    line.run(5)
    assert scans.texts(Kind.CASE)[-1] == "S1"


def test_misreads_come_at_their_rate(rig: "RigFactory") -> None:
    line = rig(
        bottles=200, case_size=1, pallet_size=500, rates=Rates(label_misreads=0.2)
    )
    scans = Scans(line)
    for number in range(200):
        line.world.label_printed(Kind.CASE, label(f"S{number}"))
    line.run(600)
    texts = scans.texts(Kind.CASE)
    assert 25 <= texts.count(None) <= 80
    assert [text for text in texts if text] == [f"S{n}" for n in range(200)]


def test_a_read_nobody_heard_counts_as_unread(rig: "RigFactory") -> None:
    line = rig(bottles=2, case_size=2)
    scans = Scans(line)
    scans.heard = False
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(8)
    assert scans.texts(Kind.CASE) == ["S1"]
    assert not line.world.record.cases[0].read
    scans.heard = True
    line.run(5)
    assert scans.texts(Kind.CASE) == ["S1", "S1"]
    assert line.world.record.cases[0].read


def test_cases_behind_an_unread_one_wait_their_turn(rig: "RigFactory") -> None:
    line = rig(bottles=4, case_size=2, rates=Rates(label_misreads=1.0))
    scans = Scans(line)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.world.label_printed(Kind.CASE, label("S2"))
    line.run(6)
    line.world.cases._misreads = 0.0
    line.run(6)
    assert scans.texts(Kind.CASE) == [None, "S1", "S2"]


def test_a_label_can_be_scanned_again_wherever_its_case_stands(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=2, case_size=2)
    scans = Scans(line)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(8)
    assert line.world.cases.scan_again("S1")
    assert not line.world.cases.scan_again("S9")
    assert scans.texts(Kind.CASE) == ["S1", "S1"]


def test_a_partial_case_is_pushed_to_a_label_that_waits_at_an_idle_line(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=7, case_size=5)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(4)
    line.bottles_until_idle()
    line.world.label_printed(Kind.CASE, label("S2"))
    line.run(2.9)
    assert len(line.world.cases.labels) == 1
    line.run(0.2)
    full, partial = line.world.record.cases
    assert (full.children, full.short) == ([1, 2, 3, 4, 5], False)
    assert (partial.children, partial.short) == ([6, 7], True)
    assert partial.label is not None


def test_no_partial_while_bottles_are_still_coming(rig: "RigFactory") -> None:
    line = rig(case_size=1000)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(30)
    assert line.world.cases.labels
    line.command = 2
    line.run(0.5)
    assert line.world.to_packer > 0
    line.run(10)
    assert line.world.cases.labels, "bottles between gate and packer belong to it"
    line.command = 1
    line.run(1)
    line.bottles_until_idle()
    line.run(4)
    assert not line.world.cases.labels


def test_a_partial_pallet_waits_for_the_cases_on_their_way(rig: "RigFactory") -> None:
    line = rig(bottles=4, case_size=2, pallet_size=5)
    line.world.label_printed(Kind.CASE, label("S1"))
    line.run(4)
    line.bottles_until_idle()
    line.world.label_printed(Kind.PALLET, label("P1"))
    line.run(10)
    assert line.world.pallets.labels, "the second case has no label yet"
    line.world.label_printed(Kind.CASE, label("S2"))
    line.run(5)
    (pallet,) = line.world.record.pallets
    assert (pallet.children, pallet.short) == ([1, 2], True)
    assert pallet.label is not None


def test_a_label_printed_while_another_waits_is_watched_in_its_turn(
    rig: "RigFactory",
) -> None:
    line = rig(bottles=3, case_size=2)
    line.run(4)
    line.bottles_until_idle()
    line.world.label_printed(Kind.CASE, label("S1"))
    line.world.label_printed(Kind.CASE, label("S2"))
    line.run(8)
    cases = line.world.record.cases
    assert [c.label and c.label.text for c in cases] == ["S1", "S2"]
    assert [c.short for c in cases] == [False, True]


def test_label_chances_do_not_disturb_the_bottles(rig: "RigFactory") -> None:
    """Streams of chance are apart: a scan more or less changes no bottle."""

    def defects(misreads: float) -> list[object]:
        rates = Rates(smeared=0.1, label_misreads=misreads)
        line = rig(rates=rates, bottles=100, case_size=1)
        for number in range(50):
            line.world.label_printed(Kind.CASE, label(f"S{number}"))
        line.run(20)
        return [b.defect for b in line.world.record.bottles]

    assert defects(0.0) == defects(0.9)
