"""A finished order on a real store, made once by a line in virtual time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.store import PACKAGES_NAME
from simulators.bench.run import simulate
from simulators.bench.scenario import calm


@pytest.fixture(scope="session")
def _data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sixty")
    simulate(calm(1, 60), folder)
    return folder / "agent"


@pytest.fixture
def reader(_data: Path) -> Iterator[StoreReader]:
    """Order WO-1 of 60 bottles: closed, in three cases on one pallet."""
    with StoreReader(_data / DATABASE_NAME, _data / PACKAGES_NAME) as reader:
        yield reader
