"""`python -m ui --socket PATH`: the operator's screen of one agent."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from agent.api.models import Reconciliation
from agent.client import AgentClient
from ui.app import LineApp


def main(argv: list[str] | None = None) -> int:
    """Show the screen until it is left; 1 if the order's books do not balance."""
    parser = argparse.ArgumentParser(
        prog="ui", description="产线操作屏 / operator screen of the line agent"
    )
    parser.add_argument(
        "--socket",
        type=Path,
        required=True,
        help="the agent's socket, as its settings name it",
    )
    parser.add_argument(
        "--finish-after-order",
        action="store_true",
        help="end when the order is closed, with its books on stdout",
    )
    args = parser.parse_args(argv)
    books = asyncio.run(show(args.socket, finish_after_order=args.finish_after_order))
    if books is None:
        return 0
    sys.stdout.write(books.model_dump_json(indent=2) + "\n")
    return 0 if books.balanced else 1


async def show(socket: Path, *, finish_after_order: bool) -> Reconciliation | None:
    """Run the screen on the agent behind `socket`; see `LineApp` for what it gives."""
    async with AgentClient(socket) as client:
        app = LineApp(client, finish_after_order=finish_after_order)
        # Otherwise the terminal would be left as the screen had set it.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.exit)
        return await app.run_async()


if __name__ == "__main__":
    sys.exit(main())
