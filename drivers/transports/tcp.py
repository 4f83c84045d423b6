"""TCP streams: no delay, kept alive, closed without waiting for anybody."""

import asyncio
import socket

from drivers.transports.addresses import TcpAddress

# A read takes at most this much, so that a flooding device cannot hold the loop for
# long: it is some 40 frames of a reader, which take a driver about 0.3 ms.
CHUNK = 1024
# More than so many full pieces in a row is no answer but a flood: from then on a piece
# a millisecond, a hundred times what a reader says at line rate. Without the pause the
# flood takes a whole core, and the other devices wait for the machine, not for us.
BURST = 256
PAUSE_S = 0.001
# What then waits in the kernel is soon stale; the sender is to wait instead.
BACKLOG_BYTES = 64 * 1024

# A dead host is noticed after 5 + 3 × 2 s; readers and printers notice nothing
# themselves (reference: rules that hold for all readers).
KEEP_IDLE_S = 5
KEEP_INTERVAL_S = 2
KEEP_PROBES = 3


class TcpStream:
    """A connected socket as a `ByteStream`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._full_in_a_row = 0
        # `send` returns once the kernel has it all, so closing loses nothing sent.
        writer.transport.set_write_buffer_limits(high=0)
        _tune(writer.get_extra_info("socket"))

    async def receive(self) -> bytes:
        if self._full_in_a_row:
            # Reading what is there does not wait: the rest of the line has its turn.
            await asyncio.sleep(PAUSE_S if self._full_in_a_row > BURST else 0)
        data = await self._reader.read(CHUNK)
        self._full_in_a_row = self._full_in_a_row + 1 if len(data) == CHUNK else 0
        return data

    async def send(self, data: bytes) -> None:
        self._check_open()
        self._writer.write(data)
        await self._writer.drain()
        # A connection closed meanwhile ends the wait without an error.
        self._check_open()

    def _check_open(self) -> None:
        if self._writer.transport.is_closing():
            raise ConnectionResetError("the connection is closed")

    async def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        """`close` for callers that cannot await."""
        self._writer.transport.abort()


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BACKLOG_BYTES)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_IDLE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_INTERVAL_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEP_PROBES)


async def dial_tcp(address: TcpAddress) -> TcpStream:
    """Connect. The caller bounds the time."""
    return TcpStream(*await asyncio.open_connection(address.host, address.port))


class TcpListener:
    """A local port that one device dials. The newest connection wins.

    A device that lost its link dials again while we still hold the old socket, so a
    newcomer closes what came before it.
    """

    def __init__(self, address: TcpAddress) -> None:
        self._address = address
        self._server: asyncio.Server | None = None
        self._current: TcpStream | None = None
        self._arrival = asyncio.Event()

    async def accept(self) -> TcpStream:
        """The next connection, or the one that came since the last call."""
        if self._server is None:
            self._server = await asyncio.start_server(
                self._arrived, self._address.host, self._address.port
            )
        while self._current is None or not self._arrival.is_set():
            await self._arrival.wait()
        self._arrival.clear()
        return self._current

    def _arrived(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._current is not None:
            self._current.abort()
        self._current = TcpStream(reader, writer)
        self._arrival.set()

    @property
    def port(self) -> int:
        """The port listened on (settings may say 0 in tests)."""
        if self._server is None:
            raise RuntimeError("not listening yet")
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and close what is connected."""
        if self._current is not None:
            self._current.abort()
        if self._server is not None:
            self._server.close()
            self._server = None
