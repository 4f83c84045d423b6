"""What became of one code."""

from typing import Annotated

from fastapi import APIRouter, Query

from agent.api.models import GS, MAX_CODE_CHARS, CodeModel, Problem, first_unseen
from agent.api.ports import AgentView
from agent.api.problems import ProblemError, not_found


def router(view: AgentView) -> APIRouter:
    """`/v1/codes?code=`: in the query, because a code may be a URL itself."""
    routes = APIRouter(tags=["codes"])

    @routes.get("/v1/codes")
    async def code(
        code: Annotated[str, Query(min_length=1, max_length=MAX_CODE_CHARS)],
    ) -> CodeModel:
        """A code as printed or scanned; group separators are allowed."""
        _check(code)
        found = view.code(code)
        if found is None:
            raise not_found(
                "code",
                code,
                "query.code",
                "scan it again; if it stays unknown, it is not of this line's packages",
            )
        return found

    return routes


def _check(code: str) -> None:
    position = first_unseen(code, allowed=GS)
    if position is None:
        return
    raise ProblemError(
        Problem(
            status=422,
            title="not a code",
            detail=f"character {position + 1} is U+{ord(code[position]):04X}; the only "
            "control character in a code is the group separator U+001D",
            where="query.code",
            remedy="scan the code again; check the reader's prefix and suffix settings",
        )
    )
