"""Where a camera lays its pictures."""

import pytest


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "pictures"
    made.mkdir()
    return made
