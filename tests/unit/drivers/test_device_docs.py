"""The settings shown in docs/devices are settings."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from drivers.base import Outcome
from drivers.io.line_io.codec import ring_value
from drivers.io.line_io.messages import PlcRegister
from drivers.settings import DeviceSettings

DOCS = Path(__file__).parents[3] / "docs" / "devices"
# README.md lists them.
PAGES = sorted(set(DOCS.glob("*.md")) - {DOCS / "README.md"})


def devices(page):
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return tomllib.loads("\n".join(blocks)).get("devices", {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_is_accepted(page):
    shown = devices(page)
    assert shown
    for settings in shown.values():
        TypeAdapter(DeviceSettings).validate_python(settings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_example_shows_every_setting(page):
    (settings,) = devices(page).values()
    model = TypeAdapter(DeviceSettings).validate_python(settings)
    assert set(settings) == set(type(model).model_fields)


def test_every_kind_has_its_page():
    kinds = {settings["kind"] for page in PAGES for settings in devices(page).values()}
    mapping = TypeAdapter(DeviceSettings).json_schema()["discriminator"]["mapping"]
    assert kinds == set(mapping)


def test_the_example_of_the_outcome_ring():
    page = (DOCS / "line-io.md").read_text(encoding="utf-8")
    item = 70_000
    register, value = (
        PlcRegister.OUTCOME_RING + item % 64,
        ring_value(item, Outcome.PASSED),
    )
    assert f"register 32 + 48 = {register}" in page
    assert f"= {value:,}." in page
