"""Named places where the process may be made to die, for tests of promises 1 to 4.

A write path visits its points by name. Nothing happens unless `arm` gave a hook:
`LINE_AGENT_KILL_AT=name:n` arms one that kills the process at the n-th visit.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable

NAMES = (
    "before_reserve",
    "after_reserve",
    "after_send",
    "before_commit",
    "after_commit",
    "after_ring",
    "after_gate_fact",
    "after_label_reserve",
    "after_label_send",
    "before_upload",
    "after_upload",
    "after_mark",
)

_hook: list[Callable[[str], None]] = []


def arm(hook: Callable[[str], None] | None) -> None:
    """Call `hook(name)` at every visit from now on; None disarms."""
    _hook[:] = [] if hook is None else [hook]


def visit(name: str) -> None:
    """Pass the point `name`; a name not in `NAMES` is a fault of ours."""
    for hook in _hook:
        assert name in NAMES, name
        hook(name)


def arm_from_environment(value: str | None) -> None:
    """Arm from `name:n`; an unknown name or a bad number is `ValueError`."""
    if not value:
        return
    name, _, count = value.partition(":")
    if name not in NAMES:
        raise ValueError(
            f"LINE_AGENT_KILL_AT: no kill point {name!r}; have {', '.join(NAMES)}"
        )
    if count and not (count.isdecimal() and int(count)):
        raise ValueError(f"LINE_AGENT_KILL_AT: {count!r} is no number of visits, 1 up")
    wanted = int(count or "1")
    visits: Counter[str] = Counter()

    def hook(passed: str) -> None:
        visits[passed] += 1
        if passed == name and visits[passed] == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    arm(hook)
