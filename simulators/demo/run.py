"""The demo from beginning to end: plant, agent, operator, screen, verdict."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.api.models import Reconciliation
from agent.client import AgentClient, AgentRefused, AgentUnreachable
from agent.domain.words import StopCause
from agent.reports import as_text
from simulators.demo.agent_process import AgentFailedError, AgentProcess
from simulators.demo.narration import narrate
from simulators.demo.orders import DemoError, DemoOrder, pick_order
from simulators.demo.plant import Plant, plant
from simulators.demo.settings import LINE, write_settings
from simulators.oracle import Evidence, check_all
from simulators.people import ClientDesk, People
from simulators.platform import PlatformLedger
from simulators.world.plan import LinePlan

# How long the last facts may take to the platform once the order is closed.
RETURN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan:
    """What the user asked for."""

    folder: Path
    bottles: int | None = None
    package: Path | None = None
    screen: bool = False


def say(text: str) -> None:
    """Narration to people."""
    print(text, flush=True)  # noqa: T201  the demo's screen is stdout


async def demo(plan: DemoPlan) -> int:
    """Run until the order is closed or the user stops; the exit code."""
    folder = plan.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with PlatformLedger(folder / "platform.sqlite") as ledger:
        try:
            order = pick_order(ledger, bottles=plan.bottles, package=plan.package)
        except DemoError as error:
            sys.stderr.write(f"demo: {error}\n")
            return 2
        if order.is_new:
            (folder / "world.json").unlink(missing_ok=True)
        say(
            f"{'Order' if order.is_new else 'Going on with order'} {order.order}: "
            f"{order.target} bottles. Files in {folder}"
        )
        async with plant(folder, ledger, order.symbology, LinePlan()) as site:
            return await _work(plan, folder, site, order)


async def _work(plan: DemoPlan, folder: Path, site: Plant, order: DemoOrder) -> int:
    settings, socket = folder / "line.toml", folder / "agent" / "agent.sock"
    write_settings(settings, site, folder / "agent")
    agent = AgentProcess(settings, folder / "agent.log")
    stop = _on_interrupt()
    async with AgentClient(socket) as client:
        people = People(site.line, order.order, ClientDesk(client))
        work = [
            asyncio.create_task(agent.run(), name="agent"),
            asyncio.create_task(people.run(), name="operator"),
        ]
        closed = asyncio.create_task(_closed(site, client, order.order))
        leave: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
        if plan.screen:
            leave.append(asyncio.create_task(_screen(socket)))
        else:
            work.append(asyncio.create_task(narrate(client, say)))
        try:
            books = await _until_over(work, closed, leave)
            if books is not None and plan.screen:
                # The screen shows the books for a moment, or until a key.
                await asyncio.wait(leave, return_when=asyncio.FIRST_COMPLETED)
        except (AgentFailedError, DemoError) as error:
            sys.stderr.write(f"demo: {error}\n")
            return 1
        finally:
            work[1].cancel()
            await agent.stop()
            await _end([*work, closed, *leave])
    if books is None:
        say("Stopped. The same command goes on with this order.")
        return 0
    return _verdict(folder, site, order, books)


async def _until_over(
    work: Sequence[asyncio.Task[None]],
    closed: asyncio.Task[Reconciliation],
    leave: Sequence[asyncio.Task[Any]],
) -> Reconciliation | None:
    """The books once the order is closed; None if the user left before.

    What goes wrong in `work` is raised.
    """
    await asyncio.wait((*work, closed, *leave), return_when=asyncio.FIRST_COMPLETED)
    for task in work:
        if task.done():
            task.result()
    return closed.result() if closed.done() else None


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _on_interrupt() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _screen(socket: Path) -> None:
    """The operator's screen in this terminal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ui",
        "--socket",
        str(socket),
        "--finish-after-order",
        # The screen draws on stderr; the books it gives at the end are ours to tell.
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _closed(site: Plant, client: AgentClient, order: str) -> Reconciliation:
    """The books, once the order is closed and the platform has settled it."""
    while True:
        _check_receipts(site, order)
        with suppress(AgentRefused, AgentUnreachable):
            books = await client.reconciliation(order)
            if books.closed:
                await _returned(site, order)
                return await client.reconciliation(order)
            if (await client.status()).stop_cause is StopCause.CODES_EXHAUSTED:
                raise DemoError(
                    f"{books.items_passed} of {books.target} bottles are made and the "
                    "codes are used up: give a larger package"
                )
        await asyncio.sleep(0.5)


def _check_receipts(site: Plant, order: str) -> None:
    """A package the agent refused never comes: say why instead of waiting."""
    for receipt in site.ledger.settlements.receipts(f"{order}-unit"):
        if receipt.verdict == "refused":
            raise DemoError(f"the agent refused the code package: {receipt.detail}")


async def _returned(site: Plant, order: str) -> None:
    """Wait for the platform to settle the order, for a while."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + RETURN_S
    while loop.time() < deadline_s:
        if site.ledger.settlements.reconciliation(order) is not None:
            return
        await asyncio.sleep(0.2)


def _verdict(folder: Path, site: Plant, order: DemoOrder, books: Reconciliation) -> int:
    """Print and file the settlement, and hold it against the plant and the platform."""
    file = folder / f"reconciliation-{order.order}.json"
    file.write_text(books.model_dump_json(indent=2) + "\n", encoding="utf-8")
    say(as_text(books))
    say(f"filed as {file}")
    wrong = check_all(
        Evidence(
            record=site.line.record,
            received=site.line.received,
            repeats_by_itself=False,
            ledger=site.ledger,
            folder=folder / "agent",
            line=LINE,
            order=order.order,
            target=order.target,
            acknowledged=[],
        )
    )
    for sentence in wrong:
        say(f"WRONG  {sentence}")
    if not wrong:
        say(
            "Checked against the simulated plant and the platform's ledger: no code "
            "twice, every bottle in its case, every fact there once."
        )
    return 0 if books.balanced and not wrong else 1
