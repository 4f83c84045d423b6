"""Settings of ZPL printers: alerts that arrive, templates that can be read."""

import pytest
from pydantic import ValidationError

from drivers.printers.zebra_zpl.formats import BUILT_IN
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
from drivers.printers.zebra_zpl.templates import load_formats

NETWORK = "tcp://192.168.1.110:9100"
SERIAL = "serial:/dev/serial/by-id/zebra"
HERE = "tcp-listen://192.168.1.10:9111"


def settings(**given):
    return ZebraZplSettings(**{"kind": "zebra_zpl", "address": NETWORK} | given)


def test_alerts_come_over_the_network_or_the_serial_port():
    at = settings(alerts="ABEJ", alert_address=HERE).alerts_at
    assert (at.host, at.port) == ("192.168.1.10", 9111)
    assert settings(address=SERIAL, alerts="*").alerts_at is None
    assert settings().alerts_at is None


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"alerts": "A"}, "need alert_address"),
        ({"alert_address": HERE}, "is for alerts of a printer on the network"),
        (
            {"address": SERIAL, "alerts": "A", "alert_address": HERE},
            "is for alerts of a printer on the network",
        ),
        ({"alerts": "a", "alert_address": HERE}, "alerts"),
        ({"alerts": "W", "alert_address": HERE}, "alerts"),
        ({"alerts": "A", "alert_address": "tcp://192.168.1.10:9111"}, "tcp-listen://"),
        ({"alerts": "A", "alert_address": SERIAL}, "tcp-listen://"),
        ({"alerts": "A", "alert_address": "tcp-listen://0.0.0.0:9111"}, "the IPv4"),
        ({"alerts": "A", "alert_address": "tcp-listen://host:9111"}, "the IPv4"),
        ({"alerts": "A", "alert_address": "tcp-listen://[::1]:9111"}, "the IPv4"),
    ],
)
def test_alerts_that_would_not_arrive_are_refused(given, complaint):
    with pytest.raises(ValidationError, match=complaint):
        settings(**given)


def test_a_template_from_a_file_may_have_a_byte_order_mark(tmp_path):
    path = tmp_path / "case.zpl"
    path.write_text(BUILT_IN["qr"], encoding="utf-8-sig")
    (format_,) = load_formats({"case": str(path)}, qr_fnc1="")
    assert [field.name for field in format_.fields][-1] == "code"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, r"template 'case': cannot read .*case\.zpl: No such file or directory"),
        (
            "啤酒".encode("gb18030"),
            r"case\.zpl is not UTF-8 \(byte 2\); save it as UTF-8",
        ),
        (b"", "template 'case' must be one label, from"),
        (b"^XA^FDno field^FS^XZ", "template 'case' has no named field"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, content, complaint):
    path = tmp_path / "case.zpl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        load_formats({"case": str(path)}, qr_fnc1="")


def test_a_folder_is_no_template(tmp_path):
    with pytest.raises(ValueError, match="Is a directory"):
        load_formats({"case": str(tmp_path)}, qr_fnc1="")
