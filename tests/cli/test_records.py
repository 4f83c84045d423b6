"""`orders`, `report`, `lookup`: what is on file, as people and programs ask for it."""

import json
import sqlite3

import pytest

from agent.domain.words import Level
from agent.store.store import Store


def code_of(reader, package, index):
    return reader.packages.get(package).text(index)


def good_bottle(reader):
    """Code of the first bottle in a case, with the label of that case."""
    for container in range(1, 10):
        view = reader.container(container)
        if view is not None and view.level is Level.CASE:
            ref = reader.children(container)[0]
            return code_of(reader, ref.package, ref.index), view
    raise AssertionError


def test_orders_with_what_passed(cli, finished) -> None:
    result = cli("orders", "-s", finished)
    assert result.exit_code == 0
    order, state, passed, product, batch = result.stdout.rstrip("\n").split("\t")
    assert (order, state, passed) == ("WO-1", "closed", "60/60")
    assert (product, batch) == ("青柠气泡水 330 ml", "L20260302")
    assert result.stderr == ""


@pytest.mark.parametrize(
    "command", [("orders",), ("report", "WO-1"), ("lookup", "1"), ("packages", "list")]
)
def test_before_the_first_run_there_is_nothing_to_read(cli, empty, command) -> None:
    result = cli(*command, "-s", empty)
    assert result.exit_code == 4
    assert "run the agent there once" in result.stderr
    assert result.stdout == ""


def test_report_balances(cli, finished) -> None:
    result = cli("report", "WO-1", "-s", finished)
    assert result.exit_code == 0
    assert "closed, target 60, passed 60" in result.stdout
    assert result.stdout.endswith("The books balance. 账目平衡\n")
    data = json.loads(cli("report", "WO-1", "--json", "-s", finished).stdout)
    assert data["items_passed"] == 60
    assert data["closed"] is True
    for line in data["codes"]:
        assert line["in_flight"] == 0


def test_report_says_when_the_books_do_not_close(cli, finished, tmp_path) -> None:
    db = sqlite3.connect(tmp_path / "data" / "line.sqlite")
    db.execute("PRAGMA ignore_check_constraints = ON")  # the store guards itself
    with db:
        db.execute("UPDATE packages SET good = good - 1 WHERE level = 'unit'")
    db.close()
    result = cli("report", "WO-1", "-s", finished)
    assert result.exit_code == 1
    assert "THE BOOKS DO NOT BALANCE. 账目不平衡" in result.stdout


def test_report_of_an_open_order_is_open(cli, waiting) -> None:
    result = cli("report", "WO-2", "-s", waiting)
    assert result.exit_code == 0
    assert "订单未结，账目一致" in result.stdout


def test_report_of_an_unknown_order(cli, finished) -> None:
    result = cli("report", "WO-9", "-s", finished)
    assert result.exit_code == 1
    assert "there is no order 'WO-9' here" in result.stderr
    assert result.stdout == ""


def test_commands_read_beside_a_running_agent(cli, finished, tmp_path) -> None:
    with Store.open(tmp_path / "data", "L01"):
        assert cli("orders", "-s", finished).exit_code == 0
        assert cli("audit", "verify", "-s", finished).exit_code == 0


def test_lookup_by_printed_text_by_scan_and_from_stdin(
    cli, finished, read_store
) -> None:
    with read_store() as reader:
        text, case = good_bottle(reader)
        label = code_of(reader, case.label.package, case.label.index)
    shown = cli("lookup", text, "-s", finished)
    assert shown.exit_code == 0
    assert "state     good" in shown.stdout
    on_the_label = f"(01){text[2:16]}(21){text[18:]}"
    as_scanned = (text, f"]d2{text}", f"]Q3{text}", on_the_label)
    answers = [cli("lookup", t, "--json", "-s", finished) for t in as_scanned]
    answers.append(cli("lookup", "-", "--json", "-s", finished, stdin=f"]d2{text}\r\n"))
    found = [json.loads(answer.stdout) for answer in answers]
    assert all(each == found[0] for each in found)
    assert found[0]["code"] == text
    assert found[0]["container"] == case.container
    assert found[0]["parents"][0] == label
    assert len(found[0]["parents"]) == 2  # the case, and the pallet around it


def test_lookup_by_case_label(cli, finished, read_store) -> None:
    with read_store() as reader:
        _, case = good_bottle(reader)
        label = code_of(reader, case.label.package, case.label.index)
    for text in (label, f"]C1{label}"):
        found = json.loads(cli("lookup", text, "--json", "-s", finished).stdout)
        assert (found["level"], found["state"]) == ("case", "good")
        assert found["container"] == case.container
        assert len(found["parents"]) == 1


def test_lookup_of_an_unused_code(cli, finished, read_store) -> None:
    with read_store() as reader:
        package = reader.package("WO-1-unit")
        text = code_of(reader, "WO-1-unit", package.codes)
    result = cli("lookup", text, "-s", finished)
    assert result.exit_code == 0
    assert "state     unused" in result.stdout
    assert "parents   -" in result.stdout


@pytest.mark.parametrize("text", ["https://example.com/?x=1", "]d20", "", "瓶" * 3000])
def test_lookup_of_what_is_no_code_of_ours(cli, finished, text: str) -> None:
    result = cli("lookup", text, "-s", finished)
    assert result.exit_code == 1
    assert "is in no code package of this line" in result.stderr
    assert len(result.stderr) < 200
    assert result.stdout == ""


def test_packages_on_file(cli, finished) -> None:
    rows = [
        line.split("\t")
        for line in cli("packages", "list", "-s", finished).stdout.splitlines()
    ]
    assert [row[:3] for row in rows] == [
        ["WO-1-unit", "unit", "WO-1"],
        ["WO-1-case", "case", "WO-1"],
        ["WO-1-pallet", "pallet", "WO-1"],
    ]
    assert all(int(used) <= int(codes) for *_, codes, used in rows)
