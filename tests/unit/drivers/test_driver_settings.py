import pytest
from pydantic import TypeAdapter, ValidationError

from drivers.settings import (
    DeviceSettings,
    LeibingerJetSettings,
    LineIOSettings,
    TextReaderSettings,
)

ADAPTER = TypeAdapter(DeviceSettings)

GOOD = {
    "leibinger_jet": {"address": "tcp://10.0.0.7:3000"},
    "zebra_zpl": {"address": "tcp://10.0.0.8:9100"},
    "text_reader": {"address": "tcp-listen://0.0.0.0:9004", "no_read": "NOREAD"},
    "line_io": {"address": "modbus://10.0.0.9:502/1"},
    "opencv_camera": {"folder": "/var/lib/pictures"},
}


@pytest.mark.parametrize("kind", GOOD)
def test_the_least_settings_of_each_kind(kind):
    assert ADAPTER.validate_python({"kind": kind, **GOOD[kind]}).kind == kind


def test_the_kind_chooses_the_model():
    assert isinstance(
        ADAPTER.validate_python({"kind": "line_io", **GOOD["line_io"]}), LineIOSettings
    )
    with pytest.raises(ValidationError, match="line_io"):
        ADAPTER.validate_python({"kind": "toaster", "address": "tcp://a:1"})


@pytest.mark.parametrize("kind", GOOD)
def test_a_mistyped_key_is_refused(kind):
    with pytest.raises(ValidationError) as caught:
        ADAPTER.validate_python({"kind": kind, **GOOD[kind], "adress": "x"})
    assert caught.value.errors()[0]["loc"][-1] == "adress"
    assert caught.value.errors()[0]["type"] == "extra_forbidden"


@pytest.mark.parametrize(
    ("kind", "changes", "complaint"),
    [
        ("leibinger_jet", {"address": "10.0.0.7"}, "must begin with tcp://"),
        ("leibinger_jet", {"address": "tcp-listen://0.0.0.0:1"}, "is dialled"),
        ("leibinger_jet", {"reply_timeout_s": 0}, "greater than or equal to 0.05"),
        ("zebra_zpl", {"templates": {}}, "at least 1 item"),
        ("text_reader", {"no_read": ""}, "at least 1 character"),
        ("text_reader", {"terminators": [""]}, "an empty text ends nothing"),
        ("text_reader", {"terminators": []}, "name one, or set flush_ms"),
        ("text_reader", {"no_read": "0"}, "could be the content of a code"),
        ("text_reader", {"trigger_off": "OFF"}, "set both or neither"),
        ("text_reader", {"pattern": "("}, "not a regular expression"),
        ("text_reader", {"pattern": ".*"}, r"needs a group \(\?P<code>"),
        ("text_reader", {"heartbeat": "HB"}, "also set silent_after_s"),
        ("opencv_camera", {"pattern": ".*"}, r"needs a group \(\?P<item>"),
        ("line_io", {"address": "tcp://plc:502"}, "modbus://host:port/device_id"),
        ("line_io", {"base": 65536}, "less than or equal to"),
        ("line_io", {"exchange_timeout_s": 2}, "less than or equal to 0.5"),
    ],
)
def test_impossible_values_say_why(kind, changes, complaint):
    with pytest.raises(ValidationError, match=complaint):
        ADAPTER.validate_python({"kind": kind, **GOOD[kind], **changes})


@pytest.mark.parametrize("model", [LeibingerJetSettings, TextReaderSettings])
def test_every_setting_is_described(model):
    undescribed = [
        name
        for name, field in model.model_fields.items()
        if name != "kind" and not field.description
    ]
    assert undescribed == []
