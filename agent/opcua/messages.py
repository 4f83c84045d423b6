"""What agent and server process tell each other: JSON, one message a line."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """A closed message."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerPlan(Message):
    """What the server is to be; paths are text, empty for none."""

    address: str
    line: str
    version: str
    nodesets: str = ""
    security: Literal["Basic256Sha256", "none"]
    certificate: str = ""
    key: str = ""
    trust: str = ""
    users: dict[str, str] = {}
    allow_methods: bool = False
    levels: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()


class LevelCount(Message):
    """Counts of one level of the present order; None: the agent does not know."""

    level: str
    consumed: int | None = None
    processed: int | None = None
    defective: int | None = None


class ReaderState(Message):
    """A reader or camera; `status` as in AutoID: 0 idle, 1 error, 2 scanning."""

    name: str
    status: int
    scan: str | None = None
    scan_ms: int | None = None


class Snapshot(Message):
    """Everything the server shows, of one moment."""

    state: int
    starved: bool
    per_minute: float
    cause_id: int = 0
    cause_text: str = ""
    stopped_ms: int | None = None
    since_reset_s: int = 0
    counts: tuple[LevelCount, ...] = ()
    pool: dict[str, dict[str, int]] = {}
    readers: tuple[ReaderState, ...] = ()


class CodeEvent(Message):
    """Something that became durable about codes; `name` as OPEN-SCS has it."""

    name: str
    at_ms: int
    codes: tuple[str, ...]
    parent: str = ""
    reader: str = ""
    detail: str = ""


class ToServer(Message):
    """One line to the server process: exactly one of these is set."""

    plan: ServerPlan | None = None
    snapshot: Snapshot | None = None
    events: tuple[CodeEvent, ...] = ()
    answer: "Answer | None" = None


class Call(Message):
    """A method that a user of a signed session called."""

    id: int
    method: Literal["Hold", "Unhold"]
    user: str


class Answer(Message):
    """Whether a call was done; False: the line was not in the state for it."""

    id: int
    done: bool


class FromServer(Message):
    """One line from the server process: exactly one of these is set."""

    ready: str = ""
    failed: str = ""
    call: Call | None = None
