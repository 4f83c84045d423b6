"""Every public case: verdict under both rule sets, and every AI."""

import csv
import json
import os
from pathlib import Path

import pytest

from agent.domain.gs1 import Gs1Error, Kind, Rules, read_code

_SHARED = Path(__file__).parents[4].parent / "shared" / "data"
_CASES = Path(os.environ.get("LINE_AGENT_SHARED_DATA", _SHARED)) / "gs1" / "cases.csv"


def _cases():
    if not _CASES.exists():
        reason = f"no cases at {_CASES}; set LINE_AGENT_SHARED_DATA"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    with _CASES.open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=row["id"]) for row in csv.DictReader(file)]


def _read(case, rules):
    text = case["input"].replace(r"\x1d", "\x1d").replace(r"\\", "\\")
    try:
        return read_code(text, Kind(case["kind"]), rules)
    except Gs1Error:
        return None


@pytest.mark.parametrize("rules", Rules)
@pytest.mark.parametrize("case", _cases())
def test_agrees_with_the_public_case(case, rules):
    reading = _read(case, rules)

    assert (reading is not None) == (case[f"{rules}_ok"] == "true")
    if reading is None:
        return
    if case["kind"].startswith("key:"):
        assert reading.key == case["expected_ais"]
    else:
        found = [[element.ai, element.value] for element in reading.elements]
        assert found == json.loads(case["expected_ais"] or "[]")
