"""The commissioning check: every device, the fail-safe, and the report of it."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.api.check_models import CheckModel, FailSafeAnswer, Verdict
from agent.api.device_models import DeviceSummary
from agent.api.trial_models import TrialRequest
from agent.client import AgentClient, AgentRefused

FAIL_SAFE = "失效保护 fail-safe"
RESET = "复位 reset"
RETURN = "恢复 return"
# Kinds without a PLC behind them: the agent itself decides, and when it is silent the
# outputs stay as they are (docs/devices/remote-io.md).
WITHOUT_PLC = ("remote_io",)
LOOK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """On whose account the line is checked."""

    by: str
    reason: str
    role: str

    def act(self) -> TrialRequest:
        """An act of theirs; `ValidationError` unless they may."""
        return TrialRequest.model_validate(
            {
                "by": self.by,
                "reason": self.reason,
                "role": self.role,
                "act_id": uuid.uuid4().hex,
            }
        )


@dataclass(slots=True, kw_only=True)
class Findings:
    """What was found. `fail_safe` is None where it was not proven."""

    devices: tuple[DeviceSummary, ...] = ()
    checks: list[CheckModel] = field(default_factory=list)
    fail_safe: FailSafeAnswer | None = None

    @property
    def passed(self) -> bool:
        """Nothing failed, and the fail-safe was proven."""
        failed = any(check.verdict is Verdict.FAILED for check in self.checks)
        return not failed and self.fail_safe is not None


class Commissioning:
    """Walks the line of a running agent. `say` narrates; `reset_s` is how long a
    person has for the PLC's reset button."""

    def __init__(
        self,
        client: AgentClient,
        who: Who,
        *,
        say: Callable[[str], None],
        reset_s: float = 120.0,
    ) -> None:
        self._client = client
        self._who = who
        self._say = say
        self._reset_s = reset_s
        self._found = Findings()

    async def walk(self, *, fail_safe: bool = True) -> Findings:
        """Every device in the line's order, then the fail-safe."""
        found = self._found
        found.devices = await self._client.devices.all()
        for device in found.devices:
            self._say(f"{device.name} …")
            answer = await self._client.devices.check(device.name, self._who.act())
            found.checks += answer.checks
        if fail_safe:
            await self._prove()
        else:
            self._note("", FAIL_SAFE, Verdict.SKIPPED, "left out on request")
        return found

    async def _prove(self) -> None:
        plc = next(d for d in self._found.devices if d.role == "line_io")
        if plc.kind in WITHOUT_PLC:
            why = f"a {plc.kind} has no PLC that could reject by itself"
            self._note(plc.name, FAIL_SAFE, Verdict.SKIPPED, why)
            return
        self._say("停止心跳，观察PLC: the heartbeat stops now, the PLC must reject")
        try:
            answer = await self._client.devices.prove_fail_safe(self._who.act())
        except AgentRefused as error:
            self._note(plc.name, FAIL_SAFE, Verdict.FAILED, error.message)
            return
        self._found.fail_safe = answer
        self._judge(plc.name, answer)
        if answer.needs_reset_after_ms is not None:
            await self._wait_for_reset(plc.name)

    def _judge(self, plc: str, answer: FailSafeAnswer) -> None:
        after_ms, limit_ms = answer.needs_reset_after_ms, answer.limit_ms
        if after_ms is None:
            seen = f"silent for {answer.silent_ms:.0f} ms, and the PLC went on"
        else:
            seen = f"needs reset {after_ms:.0f} ms after the last heartbeat"
        in_time = after_ms is not None and after_ms <= limit_ms
        self._note(
            plc, FAIL_SAFE, _verdict(in_time), f"{seen}; at most {limit_ms:.0f} ms"
        )
        stays = "waits for its reset" if answer.stays else "went on by itself"
        self._note(plc, RESET, _verdict(answer.stays), f"heartbeat back: it {stays}")

    async def _wait_for_reset(self, plc: str) -> None:
        """A person presses the button; the line must come back."""
        self._say(f"请按复位按钮 press the PLC's reset button ({self._reset_s:g} s)")
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while loop.time() - began_s < self._reset_s:
            points = await self._client.devices.points(plc)
            if points.inputs.get("needs_reset") is False:
                took = f"reset after {loop.time() - began_s:.0f} s"
                self._note(plc, RETURN, Verdict.PASSED, took)
                return
            await asyncio.sleep(LOOK_S)
        self._note(plc, RETURN, Verdict.FAILED, f"no reset in {self._reset_s:g} s")

    def _note(self, device: str, what: str, verdict: Verdict, seen: str) -> None:
        self._found.checks.append(
            CheckModel(device=device, what=what, verdict=verdict, seen=seen)
        )


def _verdict(is_good: bool) -> Verdict:
    return Verdict.PASSED if is_good else Verdict.FAILED
