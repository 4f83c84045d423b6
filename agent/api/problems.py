"""Every error the API answers: problem+json saying what, where and what to do."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from agent.api.models import Problem
from agent.api.ports import ActRefusedError

MEDIA_TYPE = "application/problem+json"
# What came from outside is quoted escaped, and no longer than this.
QUOTE_CHARS = 60

REMEDIES = {
    400: "send well-formed HTTP and JSON",
    404: "see docs/api.md for the paths there are",
    405: "see docs/api.md for the method of each path",
    413: "send less: no request of this API is large",
}


class ProblemError(Exception):
    """Raised by a handler to answer with `problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def not_found(what: str, name: str, where: str, remedy: str) -> ProblemError:
    """404: there is no such order, code or container."""
    return ProblemError(
        Problem(
            status=404,
            title=f"no such {what}",
            detail=f"{quoted(name)} is not a {what} this agent knows",
            where=where,
            remedy=remedy,
        )
    )


def quoted(text: str) -> str:
    """Text from outside, escaped and cut, for a message."""
    cut = text if len(text) <= QUOTE_CHARS else text[:QUOTE_CHARS] + "…"
    return repr(cut)


def answer(problem: Problem) -> Response:
    """The HTTP answer that carries `problem`."""
    return Response(
        problem.model_dump_json(), status_code=problem.status, media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Make `app` answer all its errors as problems, never with a traceback."""
    app.exception_handler(ProblemError)(_problem)
    app.exception_handler(ActRefusedError)(_refused)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_fault)


async def _problem(_: Request, error: ProblemError) -> Response:
    return answer(error.problem)


async def _refused(request: Request, error: ActRefusedError) -> Response:
    return answer(
        Problem(
            status=409,
            title="not possible now",
            detail=error.message,
            where=request.url.path,
            remedy="look at the line's status, then ask again with a new act_id",
        )
    )


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    first, *others = error.errors()
    more = f" (and {len(others)} more)" if others else ""
    return answer(
        Problem(
            status=422,
            title="request not understood",
            detail=f"{first['msg']}{more}",
            where=_place(first),
            remedy="correct this part of the request; docs/api.md shows its form",
        )
    )


def _place(error: Mapping[str, Sequence[str | int]]) -> str:
    """`body.by`: the names are the sender's own, so they are escaped and cut."""
    return quoted(".".join(str(part) for part in error["loc"])).strip("'\"")


async def _http(request: Request, error: HTTPException) -> Response:
    reply = answer(
        Problem(
            status=error.status_code,
            title=error.detail.lower(),
            detail=f"{request.method} {quoted(request.url.path)}: {error.detail}",
            where=quoted(request.url.path),
            remedy=REMEDIES.get(error.status_code, "see docs/api.md"),
        )
    )
    reply.headers.update(error.headers or {})
    return reply


async def _fault(request: Request, _: Exception) -> Response:
    return answer(
        Problem(
            status=500,
            title="fault in the agent",
            detail="the agent failed to answer; its log has the reason",
            where=request.url.path,
            remedy="look at the agent's log and report it with the time",
        )
    )
