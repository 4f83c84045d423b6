"""docs/packages.md on a line that knows one order."""

import pytest

from agent.documents import SpecDocument, spec_to_json, to_spec
from agent.domain.facts import OrderReceived
from agent.store.package_lines import _HEADINGS
from agent.store.store import Store

PRODUCT = "青柠气泡水 330 ml"
SPEC = {
    "spec": "LIME-330",
    "version": 1,
    "product": PRODUCT,
    "levels": [
        {
            "level": "unit",
            "mode": "print",
            "symbology": "gs1_data_matrix",
            "format": {"kind": "gs1_element", "gtin": "06901234567892"},
        }
    ],
}
SETTINGS = """\
[line]
id = "L01"
data = "data"
[platform]
url = "http://127.0.0.1:9"
[devices.plc]
kind = "line_io"
address = "modbus://127.0.0.1:9/1"
[devices.camera]
kind = "opencv_camera"
folder = "pictures"
[[stations]]
kind = "reading"
io = "plc"
camera = "camera"
"""


@pytest.fixture
def page(root):
    return root / "docs" / "packages.md"


@pytest.fixture
def line_with_order(tmp_path):
    (tmp_path / "line.toml").write_text(SETTINGS, encoding="utf-8")
    spec = to_spec(SpecDocument.model_validate(SPEC))
    order = OrderReceived(
        order="PO-1",
        product=PRODUCT,
        batch="B1",
        target=2,
        spec="LIME-330",
        spec_version=1,
        spec_json=spec_to_json(spec),
    )
    with Store.open(tmp_path / "data", "L01") as store:
        store.ledger.append([order], 1)


async def test_the_page_is_what_happens(page, steps, session, line_with_order):
    terminal = session()
    for step in steps(page):
        await terminal.do(step)


def test_every_heading_is_named(page):
    (row,) = (
        line
        for line in page.read_text(encoding="utf-8").splitlines()
        if line.startswith("| heading |")
    )
    assert set(row.split("`")[1::2]) == set(_HEADINGS)
