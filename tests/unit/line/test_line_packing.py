"""A label's code is reserved durably before it is sent, and counts once it is read."""

import asyncio
import functools
import itertools

import pytest

from agent.domain.code_format import Digits
from agent.domain.code_state import CodeState
from agent.domain.facts import (
    ActDone,
    CodesLeased,
    CodesVoided,
    ContainerClosed,
    ContainerFilled,
    LabelSent,
    Packed,
)
from agent.domain.packing import Packer, PackingError
from agent.domain.run_state import RunEvent, RunState
from agent.domain.words import Evidence, Level, StopCause, VoidCause
from agent.line.packing import Packing
from agent.store.errors import StoreFaultError
from drivers.base import LinkState, TextRead
from drivers.errors import LinkDown
from simulators.bench.virtual_time import run_virtual


def on_virtual_time(test):
    return functools.wraps(test)(lambda *args, **kw: run_virtual(test(*args, **kw)))


def seen(text, aim=None):
    return TextRead(text=text, aim=aim, item=None, received_at_s=0)


class Rig:
    """Cases of two bottles, below pallets of two cases."""

    def __init__(self, journal, running, labeller, reader, make_book):
        self.running = running
        self.labels = make_book(journal, level=Level.CASE)
        new_id = itertools.count(1).__next__
        pallets = Packer(order="O1", level=Level.PALLET, size=2, new_id=new_id)
        common = {
            "journal": journal,
            "code_format": Digits(length=8),
            "labeller": labeller,
            "reader": reader,
            "running": running,
            "label_fields": lambda number, code: {"code": code, "no": str(number)},
        }
        self.above = Packing(
            packer=pallets,
            codes=make_book(journal, level=Level.PALLET),
            template="pallet",
            **common,
        )
        self.packer = Packer(order="O1", level=Level.CASE, size=2, new_id=new_id)
        self.stage = Packing(
            packer=self.packer,
            codes=self.labels,
            template="case",
            above=self.above,
            **common,
        )

    def fill(self, book, *numbers):
        for number in numbers:
            self.packer.add(book.ref(number), Evidence.INFERRED)
        self.stage.poke()

    async def execute(self):
        await self.running.move(RunEvent.START)
        await self.running.move(RunEvent.READY)

    async def held(self):
        async with asyncio.timeout(30):
            await self.running.until(RunState.HELD)


@pytest.fixture
def rig(journal, running, labeller, reader, make_book):
    return Rig(journal, running, labeller, reader, make_book)


@on_virtual_time
async def test_label_is_reserved_durably_before_it_is_sent(
    rig, book, journal, labeller, trace, background
) -> None:
    journal.latency_s = 3.0
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(2.9)
        assert labeller.labels == []
        await asyncio.sleep(0.2)
    (_, lease), (_, sent), (kind, text) = trace
    assert isinstance(lease, CodesLeased)
    assert (lease.first, lease.last) == (1, 1)
    assert isinstance(sent, LabelSent)
    assert (sent.container, sent.code) == (1, rig.labels.ref(1))
    assert (kind, text) == ("label", "00000001")
    assert labeller.labels[0].template == "case"
    assert labeller.labels[0].fields == {"code": "00000001", "no": "1"}


@on_virtual_time
async def test_label_that_cannot_be_reserved_is_not_printed(
    rig, book, journal, labeller
) -> None:
    journal.fault = StoreFaultError("no space")
    rig.fill(book, 1, 2)
    with pytest.raises(StoreFaultError):
        await rig.stage.run_labels()
    assert labeller.labels == []


@on_virtual_time
async def test_read_label_closes_the_case_and_puts_it_on_the_pallet(
    rig, book, journal, background
) -> None:
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(1)
    await rig.stage.scan(seen("00000001"))
    (closed,) = journal.of(ContainerClosed)
    assert (closed.container, closed.code) == (1, rig.labels.ref(1))
    assert closed.evidence is Evidence.READ
    (packed,) = journal.of(Packed)
    assert packed.code == rig.labels.ref(1)
    assert rig.above.packer.held == 1
    assert rig.packer.is_empty()


@on_virtual_time
async def test_second_case_fills_the_pallet_and_its_label_is_called_for(
    rig, book, journal, labeller, background
) -> None:
    async with background(rig.stage.run_labels(), rig.above.run_labels()):
        for case in (1, 2):
            rig.fill(book, 2 * case - 1, 2 * case)
            await asyncio.sleep(1)
            await rig.stage.scan(seen(f"{case:08}"))
        await asyncio.sleep(1)
    assert [label.template for label in labeller.labels] == ["case", "case", "pallet"]
    assert len(journal.of(ContainerClosed)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://example.com/x", "'https://example.com/x'"),
        ("123", "'123'"),
        ("99999999", "'99999999' is no label of this order"),
        ("00000009", "'00000009' belongs to no waiting label"),
    ],
)
@on_virtual_time
async def test_rubbish_at_the_reader_holds_the_line_until_somebody_answers(
    rig, book, journal, background, text: str, said: str
) -> None:
    await rig.execute()
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(1)
    await rig.stage.scan(seen(text))
    assert rig.running.state is RunState.HELD
    assert rig.running.cause is StopCause.LABEL_MISMATCH
    assert said in rig.running.detail
    assert rig.stage.attention == rig.running.detail
    assert await rig.running.resume("op", "wrong box")
    await rig.stage.scan(seen("00000001"))
    assert len(journal.of(ContainerClosed)) == 1


@on_virtual_time
async def test_a_no_read_and_a_second_read_stop_nothing(rig, book, background) -> None:
    await rig.execute()
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(1)
    await rig.stage.scan(TextRead(text=None, aim=None, item=None, received_at_s=0))
    await rig.stage.scan(seen("00000001"))
    rig.labels.states[1] = CodeState.GOOD
    await rig.stage.scan(seen("00000001"))
    assert rig.running.state is RunState.EXECUTE
    assert rig.stage.no_reads == 1


@on_virtual_time
async def test_labels_must_be_read_in_order(rig, book, background) -> None:
    """The second label read first means that two labels were swapped."""
    await rig.execute()
    rig.fill(book, 1, 2, 3, 4)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(1)
    await rig.stage.scan(seen("00000002"))
    assert rig.running.cause is StopCause.LABEL_MISMATCH
    assert "scan that one first" in rig.running.detail
    assert list(rig.packer.labelled) == [1, 2]


@on_virtual_time
async def test_while_a_label_is_in_doubt_no_other_is_sent(
    rig, book, labeller, background
) -> None:
    await rig.execute()
    labeller.breaks = LinkDown("labeller", "the connection was lost")
    rig.fill(book, 1, 2, 3, 4)
    async with background(rig.stage.run_labels()):
        await rig.held()
        assert rig.running.cause is StopCause.LABELLER
        labeller.breaks = None
        await rig.running.resume("op", "looked")
        await asyncio.sleep(5)
        assert len(labeller.labels) == 1
        assert "was the label of case 1 printed?" in rig.stage.attention
        await rig.stage.scan(seen("00000001"))  # it was
        await asyncio.sleep(5)
    assert len(labeller.labels) == 2


@on_virtual_time
async def test_a_lost_label_is_voided_and_another_code_is_used(
    rig, book, journal, labeller, background
) -> None:
    await rig.execute()
    labeller.breaks = LinkDown("labeller", "the connection was lost")
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await rig.held()
        labeller.breaks = None
        await rig.stage.relabel(1, "op", "no label came out")
        await asyncio.sleep(2)
    decided, voided = journal.facts[-4:-2]
    assert decided == ActDone(
        act="relabel", subject="1", by="op", reason="no label came out"
    )
    assert isinstance(voided, CodesVoided)
    assert (voided.indices, voided.cause) == ((1,), VoidCause.LABEL_LOST)
    codes = [label.fields["code"] for label in labeller.labels]
    assert codes == ["00000001", "00000002"]


@on_virtual_time
async def test_relabel_of_what_has_no_label_is_refused(rig, book, journal) -> None:
    rig.fill(book, 1, 2)
    with pytest.raises(PackingError):
        await rig.stage.relabel(1, "op", "")
    assert journal.facts == []


@pytest.mark.parametrize("trouble", ["link", "paper"])
@on_virtual_time
async def test_a_labeller_that_cannot_print_gets_no_code(
    rig, book, labeller, journal, background, trouble: str
) -> None:
    await rig.execute()
    if trouble == "link":
        labeller.link, said = LinkState.DOWN, "the labeller does not answer"
    else:
        labeller.fault = said = "paper out"
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await asyncio.sleep(5)
        assert rig.stage.attention == said
        assert journal.of(CodesLeased) == []
        assert rig.running.state is RunState.EXECUTE
        labeller.link, labeller.fault = LinkState.READY, ""
        await asyncio.sleep(1)
    assert len(labeller.labels) == 1
    assert rig.stage.attention == ""


@on_virtual_time
async def test_without_label_codes_the_line_is_held(rig, book, background) -> None:
    await rig.execute()
    rig.labels.size = 0
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels()):
        await rig.held()
    assert rig.running.cause is StopCause.CODES_EXHAUSTED
    assert rig.running.detail == "no case codes left"


@on_virtual_time
async def test_closing_short_is_an_act_and_calls_for_a_label(
    rig, book, journal, labeller, background
) -> None:
    rig.fill(book, 1)
    async with background(rig.stage.run_labels()):
        assert await rig.stage.close_short("op", "end of batch")
        await asyncio.sleep(1)
    (filled,) = journal.of(ContainerFilled)
    assert (filled.children, filled.partial) == (1, True)
    assert journal.of(ActDone)[0].reason == "end of batch"
    assert len(labeller.labels) == 1
    assert not await rig.stage.close_short("op", "")


@on_virtual_time
async def test_a_reader_that_breaks_is_listened_to_again(
    rig, book, journal, reader, background
) -> None:
    rig.fill(book, 1, 2)
    async with background(rig.stage.run_labels(), rig.stage.run_scans()):
        await asyncio.sleep(1)
        reader.push(LinkDown("reader", "closed by the peer"))
        reader.push(seen("00000001"))
        await asyncio.sleep(2)
    assert len(journal.of(ContainerClosed)) == 1
