"""A record waits again only when the printer said no to that very record."""

import pytest

from drivers.base import PrintRecord
from drivers.printers.ledger import RecordLedger


def loaded(sent):
    ledger = RecordLedger(8)
    ledger.begin(1)
    records = [PrintRecord(number=n, text=f"C{n}") for n in range(5, 10)]
    ledger.take(records)
    for _ in range(sent):
        ledger.note_sent()
    return ledger, records


def test_a_refused_record_is_next_again():
    ledger, records = loaded(2)
    ledger.note_refused(records[1])
    assert (ledger.next, ledger.sent, ledger.in_printer) == (records[1], 5, 1)
    assert ledger.unprinted == 5
    ledger.note_sent()
    assert ledger.next == records[2]


def test_the_first_record_refused():
    ledger, records = loaded(1)
    ledger.note_refused(records[0])
    assert (ledger.next, ledger.sent, ledger.in_printer) == (records[0], 4, 0)


@pytest.mark.parametrize("which", [0, 2])
def test_only_the_last_one_sent_can_be_refused(which):
    ledger, records = loaded(2)
    with pytest.raises(ValueError, match="was not the last one sent"):
        ledger.note_refused(records[which])


@pytest.mark.parametrize("had_it", ["note_accepted", "note_printed"])
def test_a_record_the_printer_had_is_never_sent_again(had_it):
    ledger, records = loaded(1)
    getattr(ledger, had_it)()
    ledger.note_refused(records[0])
    assert "had record 5 and refused it" in ledger.doubt
    assert ledger.next == records[1]
