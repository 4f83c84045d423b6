"""docs/first-line.md beside the platform stub, with no device connected."""

import asyncio
import shutil
import socket

import pytest

from simulators.platform import OrderPlan, PlatformLedger, create_app, issue_order
from simulators.platform.host import running

ORDER = "MO-2026-0001"
# What `init` writes, and what the page has the reader put there.
EDITS = {
    "http://127.0.0.1:8080": "http://imp.example.com:8080",
    "127.0.0.1:5020": "192.168.1.50:502",
    "127.0.0.1:3000": "192.168.1.100:3000",
    "127.0.0.1:9100": "192.168.1.110:9100",
    "127.0.0.1:9004": "192.168.1.120:9004",
    "127.0.0.1:9101": "192.168.1.111:9100",
    "127.0.0.1:9005": "192.168.1.121:9004",
}
PICTURES = "/run/line-agent/pictures"


def edit(settings, instead):
    """The reader's editor."""
    text = settings.read_text(encoding="utf-8")
    for written, wanted in EDITS.items():
        assert written in text
        text = text.replace(written, instead[wanted])
    settings.write_text(text.replace(PICTURES, instead[PICTURES]), encoding="utf-8")


@pytest.fixture
def ledger():
    with PlatformLedger() as ledger:
        issue_order(ledger, OrderPlan(line="L07", order=ORDER, target=2880, seed=1))
        yield ledger


@pytest.fixture
def instead(tmp_path):
    """For each device an address where nobody answers."""
    kept = []
    for _ in EDITS:
        # Bound and not listening: nobody else gets the port, and nobody answers.
        kept.append(socket.socket())
        kept[-1].bind(("127.0.0.1", 0))
    free = (f"127.0.0.1:{each.getsockname()[1]}" for each in kept)
    pictures = {PICTURES: str(tmp_path / "pictures")}
    yield pictures | dict(zip(EDITS.values(), free, strict=True))
    for each in kept:
        each.close()


async def packages_taken(ledger):
    """The agent has told the platform of every package."""
    packages = [f"{ORDER}-{level}" for level in ("unit", "case", "pallet")]
    while not all(ledger.settlements.receipts(package) for package in packages):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_the_page_is_what_happens(
    root, steps, session, ledger, instead, tmp_path
):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    page = root / "docs" / "first-line.md"
    async with running(create_app(ledger)) as (host, port):
        instead["http://imp.example.com:8080"] = f"http://{host}:{port}"
        terminal = session(instead)
        for step in steps(page):
            if step.command == "line-agent orders":
                async with asyncio.timeout(30):
                    await packages_taken(ledger)
            if step.command == "line-agent audit verify":
                assert await terminal.stop() == [0]
            await terminal.do(step)
            if step.command.startswith("line-agent init"):
                edit(tmp_path / "line.toml", instead)
