"""A scenario run to its end and judged; a crash is a broken run too."""

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from simulators.bench.run import Outcome, clean, scratch, simulate
from simulators.bench.scenario import Scenario
from simulators.oracle import check_all

T = TypeVar("T")
Run = Callable[[Scenario, Path], Outcome]


def judged(
    scenario: Scenario,
    told: Callable[[Outcome | None, tuple[str, ...]], T],
    run: Run = simulate,
) -> T:
    """What `told` makes of the outcome and of the sentences about what is wrong.

    Its files are gone afterwards. After a crash there is no outcome.
    """
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    folder = scratch()
    try:
        outcome = run(scenario, folder)
        return told(outcome, tuple(check_all(outcome.evidence)))
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        last = traceback.format_exception(error)[-1].strip()
        return told(None, (f"crashed: {last}",))
    finally:
        clean(folder)
        logging.disable(disabled)
