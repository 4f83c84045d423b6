"""What a command that acts for a supervisor asks: who, why, and that it is one."""

import getpass
import uuid
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from agent.api.trial_models import TrialRequest
from agent.cli.exits import Exit, say

A = TypeVar("A", bound=TrialRequest)

By = Annotated[
    str, typer.Option("--by", help="who does it 操作人", show_default="your login")
]
RoleOf = Annotated[str, typer.Option("--role", help="must be supervisor 须为主管")]
WHY = "why 原因"

_MISSING = {
    "role": "a supervisor's act: say --role supervisor 须加 --role supervisor",
    "reason": "say why, as in --reason 'nozzle cleaned' 请说明原因",
}


def act_of(model: type[A], *, by: str, reason: str, role: str, **more: Any) -> A:
    """An act as the API takes it; what is wrong ends the command."""
    fields = {
        "by": by or getpass.getuser(),
        "reason": reason,
        "role": role,
        "act_id": uuid.uuid4().hex,
    }
    try:
        return model.model_validate(fields | more)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        say(f"--{key}: {_MISSING.get(key, first['msg'])}")
        raise typer.Exit(Exit.UNUSABLE) from None
