"""A real data folder of a finished order, and the commands run on it."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.documents import spec_to_json
from agent.domain.code_format import Digits, Sscc
from agent.domain.facts import OrderReceived
from agent.domain.spec import LevelSpec, Spec
from agent.domain.words import Level, Mode
from agent.store.database import DATABASE_NAME
from agent.store.reader import StoreReader
from agent.store.store import PACKAGES_NAME, Store
from agent.store.store import system_ms as now_ms
from simulators.bench.run import simulate
from simulators.bench.scenario import calm

LINE = "L01"

DEVICES = """
[platform]
url = "http://127.0.0.1:1"
[devices.plc]
kind = "line_io"
address = "modbus://127.0.0.1:1/1"
[devices.eye]
kind = "text_reader"
address = "tcp://127.0.0.1:1"
no_read = "NOREAD"
[[stations]]
kind = "reading"
io = "plc"
reader = "eye"
"""


def write_settings(folder: Path) -> Path:
    path = folder / "line.toml"
    head = f'[line]\nid = "{LINE}"\ndata = "{folder / "data"}"\n'
    path.write_text(head + DEVICES, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """`run` sets up the log of its process, which here is everybody's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def cli() -> Callable[..., Result]:
    """Runs `line-agent`; a traceback of the program is one of the test."""

    def run(*arguments: object, stdin: str = "") -> Result:
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    simulate(calm(1, 60), folder)
    return folder / "agent"


@pytest.fixture
def finished(_finished: Path, tmp_path: Path) -> Path:
    """Settings of line L01, whose order WO-1 of 60 bottles is closed."""
    shutil.copytree(_finished, tmp_path / "data")
    return write_settings(tmp_path)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """Settings of a line where no agent ever ran."""
    return write_settings(tmp_path)


@pytest.fixture
def waiting(tmp_path: Path) -> Path:
    """Settings of a line that has an order WO-2 and no codes yet."""
    settings = write_settings(tmp_path)
    spec = Spec(
        spec="S",
        version=1,
        product="P",
        levels=(
            LevelSpec(
                level=Level.UNIT,
                mode=Mode.PRINT,
                format=Digits(length=10),
                symbology="qr",
                holds=0,
                template="",
            ),
            LevelSpec(
                level=Level.CASE,
                mode=Mode.PRINT,
                format=Sscc(company_prefix=None),
                symbology="gs1_128",
                holds=24,
                template="case",
            ),
        ),
    )
    order = OrderReceived(
        order="WO-2",
        product="P",
        batch="B",
        target=10,
        spec="S",
        spec_version=1,
        spec_json=spec_to_json(spec),
    )
    with Store.open(tmp_path / "data", LINE) as store:
        store.ledger.append([order], now_ms())
    return settings


@pytest.fixture
def read_store(tmp_path: Path) -> Callable[[], StoreReader]:
    return lambda: StoreReader(
        tmp_path / "data" / DATABASE_NAME, tmp_path / "data" / PACKAGES_NAME
    )
