"""Settings: what a valid file gives, and where a fault is said to be."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cli.template import TEMPLATE
from agent.domain.words import Level
from agent.settings import Settings, SettingsError, nearest, parse

GOOD = TEMPLATE.format(line='"L01"', data='"/data"')
FILE = Path("line.toml")


def test_template_is_the_whole_line() -> None:
    settings = parse(GOOD, FILE)
    assert settings.line.id == "L01"
    assert settings.line.data == Path("/data")
    assert settings.coding is not None
    assert settings.coding.printer == "bottle_printer"
    assert settings.reading.camera == "camera"
    assert [station.level for station in settings.packing] == [Level.CASE, Level.PALLET]


def test_template_names_every_rule() -> None:
    """The file `init` writes has every key of the sections an engineer tunes."""
    for section in ("line", "platform", "rules"):
        model = Settings.model_fields[section].annotation
        assert model is not None
        for key in model.model_fields:
            assert f"\n{key} = " in GOOD, f"{section}.{key}"


def test_preprinted_line_needs_no_printer() -> None:
    text = GOOD.replace("[[stations]]               # puts", "[[x]] # puts")
    start = text.index("[[x]]")
    without = text[:start] + text[text.index("[[stations]]") :]
    assert parse(without, FILE).coding is None


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse(GOOD, FILE).line.id = "L02"  # type: ignore[misc]


def test_a_device_may_be_called_as_a_kind_is() -> None:
    text = GOOD.replace("[devices.camera]", "[devices.coding]").replace(
        'camera = "camera"', 'camera = "coding"'
    )
    assert parse(text, FILE).reading.camera == "coding"
    with pytest.raises(SettingsError, match=r"'devices\.coding\.keeep'; did you mean"):
        parse(text.replace("[devices.coding]", "[devices.coding]\nkeeep = 1"), FILE)


def test_problems_are_kept_one_by_one() -> None:
    with pytest.raises(SettingsError) as caught:
        parse('[line]\nid = ""\n', FILE)
    assert len(caught.value.problems) == 5
    assert str(caught.value).count("line.toml: ") == 5


def test_nearest() -> None:
    assert nearest("leese", ["lease", "poll_ms"]) == "; did you mean 'lease'?"
    assert nearest("qq", ["lease", "poll_ms"]) == "; there is lease, poll_ms"
    assert nearest("qq", []) == ""


@given(st.text(max_size=200))
def test_no_text_gets_past_unexplained(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text, FILE)
    assert caught.value.problems


KEYS = st.sampled_from(["line", "devices", "stations", "rules", "kind", "plc", "x"])
LEAVES = st.integers() | st.booleans() | st.sampled_from(["line_io", "coding"])
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=12,
)


def as_toml(value: object) -> str:
    """Inline TOML of a small value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {as_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(st.dictionaries(KEYS, DOCUMENTS, max_size=4))
def test_no_shape_of_a_document_is_a_crash(document: dict[str, object]) -> None:
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in document.items())
    with pytest.raises(SettingsError) as caught:
        parse(text, FILE)
    assert all(problem.strip() for problem in caught.value.problems)
