"""Settings become devices, and only the families asked for are imported."""

import random
import subprocess
import sys

import pytest
from pydantic import TypeAdapter

from drivers.around import Around
from drivers.base import LinkState, Role
from drivers.errors import MisuseError
from drivers.registry import MAKERS, kinds, models, open_device
from drivers.settings import DeviceSettings
from drivers.transports.memory import MemoryNetwork

ADAPTER = TypeAdapter(DeviceSettings)
TEMPLATE = '^XA^FO10,10^BQN,2,6^FN1"code"^FS^XZ'


def made(**settings):
    around = Around(dialer=MemoryNetwork(), rng=random.Random(1))
    return open_device("dev", ADAPTER.validate_python(settings), around)


@pytest.mark.parametrize(
    ("settings", "family"),
    [
        ({"kind": "leibinger_jet", "address": "tcp://a:3000"}, "LeibingerJet"),
        ({"kind": "zebra_zpl", "address": "tcp://a:9100"}, "ZebraZpl"),
        (
            {"kind": "text_reader", "address": "tcp://a:1", "no_read": "NR"},
            "TextReader",
        ),
        ({"kind": "line_io", "address": "modbus://a"}, "ModbusLineIO"),
        ({"kind": "opencv_camera", "folder": "/nowhere"}, "OpenCvFolderCamera"),
    ],
)
def test_each_kind_is_made_and_not_yet_dialled(settings, family):
    device = made(**settings)
    assert type(device).__name__ == family
    assert device.name == "dev"
    assert device.status().link is LinkState.DOWN


def test_every_kind_has_a_maker_and_every_role_a_kind():
    assert set(MAKERS) == set(models())
    assert all(kinds(role) for role in Role)


def test_a_family_is_imported_only_when_wanted():
    script = (
        "import sys, drivers.registry\n"
        f"makers = {sorted(MAKERS.values())}\n"
        "print([m for m in sys.modules if m in makers or m.startswith(("
        "'drivers.transports.modbus', 'cv2', 'pymodbus', 'asyncua', 'serial'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_templates_come_from_text_file_or_the_built_in_ones(tmp_path):
    path = tmp_path / "case.zpl"
    path.write_text(TEMPLATE, encoding="utf-8-sig")
    printer = made(
        kind="zebra_zpl",
        address="tcp://a:9100",
        templates={"inline": TEMPLATE, "file": str(path), "qr": "builtin:qr"},
    )
    assert type(printer).__name__ == "ZebraZpl"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("builtin:sscc", "there is no 'builtin:sscc', but builtin:gs1_128, "),
        ("/nowhere/case.zpl", "No such file"),
        ("^XA^FO10,10^FN1^FS^XZ", "needs a name in quotes"),
    ],
)
def test_a_bad_template_says_which_and_why(source, complaint):
    with pytest.raises(MisuseError, match="dev: ") as caught:
        made(kind="zebra_zpl", address="tcp://a:9100", templates={"case": source})
    assert complaint in str(caught.value)
