"""What simulated readers share that push results and answer commands."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from drivers.transports.base import ByteStream
from simulators.faces import face


def _nobody(_data: bytes) -> None:
    """What is pushed before a host listens is lost."""


class Session(ABC):
    """One connection to a reader. The host sets `push`."""

    def __init__(self) -> None:
        self.push: Callable[[bytes], None] = _nobody
        self.ended = False

    @abstractmethod
    def feed(self, data: bytes, now_s: float) -> bytes:
        """Bytes from the host; the bytes to answer."""

    def closed(self) -> None:
        """The connection is over."""
        self.ended = True


class PushingReader(ABC):
    """Keeps nothing: a read while nobody is connected is lost, and counted so."""

    def __init__(self) -> None:
        self.reads = 0
        self.lost = 0
        self.scene: str | None = None
        """What a look finds that a command began."""
        self.sessions: list[Session] = []

    @abstractmethod
    def session(self) -> Session:
        """A new connection."""

    @abstractmethod
    def result(self, payload: str | None, aim: str, item: int) -> bytes:
        """The bytes by which a read is told."""

    @property
    def connected(self) -> int:
        """How many are connected."""
        self.sessions = [s for s in self.sessions if not s.ended]
        return len(self.sessions)

    def read(self, payload: str | None, *, aim: str = "", item: int = 0) -> bool:
        """Read something (None: nothing legible); False when nobody was told."""
        self.reads += 1
        if not self.connected:
            self.lost += 1
            return False
        frame = self.result(payload, aim, item)
        for session in self.sessions:
            session.push(frame)
        return True

    def open_session(self) -> Session:
        """`session`, remembered until it ends."""
        session = self.session()
        self.sessions.append(session)
        return session

    async def serve(self, stream: ByteStream) -> None:
        """One connection, until it ends."""
        loop = asyncio.get_running_loop()
        await face(self.open_session, loop.time)(stream)
