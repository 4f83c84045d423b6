"""A coder behind an OPC UA server, as a `CodePrinter`.

Two sorts, by settings. One prints the text of a node at every trigger and counts: a
fresh code is written when the count rises (`live_feed`). The other keeps a queue of
numbered records and names the last one printed (`buffer_feed.NumberedFeed`).
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence

from drivers.around import Around
from drivers.base import (
    CodePrinter,
    Confirmation,
    Identity,
    LinkState,
    PrinterState,
    PrinterStatus,
    PrintProgress,
    PrintRecord,
)
from drivers.device import LinkedDevice, noted
from drivers.errors import DeviceFault, LinkDown, MisuseError
from drivers.printers.buffer_feed import NumberedFeed
from drivers.printers.ledger import counter_rise
from drivers.printers.live_feed import LiveFeed
from drivers.printers.opcua_coder import codec
from drivers.printers.opcua_coder.settings import CommandValue, OpcUaCoderSettings

# Here, not when it is dialled: loading takes a second, in which a line would stand, and
# a missing extra is said when the device is opened.
from drivers.transports import opcua as _library  # noqa: F401
from drivers.transports.base import NodeChanges, NodeClient
from drivers.transports.nodes import (
    NodeRefusedError,
    NodeType,
    NodeWrite,
    Typed,
)
from drivers.wiretap import WireTap

# How often a state is looked at while an order has not shown yet.
_LOOK_S = 0.05
_TOTAL = 1 << 64


class OpcUaCoder(LinkedDevice[NodeClient]):
    """Talks to the coder that `settings` describe."""

    def __init__(
        self,
        name: str,
        connect: Callable[[WireTap], Awaitable[NodeClient]],
        settings: OpcUaCoderSettings,
        *,
        rng: random.Random,
    ) -> None:
        tap = WireTap(name)
        super().__init__(
            name,
            noted(lambda: connect(tap), tap),
            tap=tap,
            rng=rng,
            on_up=self._greet,
            serve=self._attend,
            up_timeout_s=5 * settings.reply_timeout_s,
        )
        self._set = settings
        self._reply_s = settings.reply_timeout_s
        self._types: Mapping[str, NodeType] = {}
        self._changes: NodeChanges | None = None
        self._raw = 0
        self._total = 0
        self._feed = self._feeding()
        self.confirmation = (
            Confirmation.COUNTER if settings.text_node else Confirmation.NUMBERED
        )
        self._show_own()

    async def run(self) -> None:
        """Keep the link up, and the coder fed."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            tasks.create_task(self._feed.run())

    async def status_of_printer(self) -> PrinterStatus:
        return await self._status()

    async def _status(self) -> PrinterStatus:
        settings = self._set
        nodes = [settings.state_node]
        nodes += [settings.error_node] if settings.error_node else []
        state, *error = await self._read("status", nodes)
        status = codec.decode_status(
            state, error[0] if error else None, settings.states
        )
        self.board.put("state", status.detail)
        self.board.put("error", status.error)
        return status

    async def job(self) -> str:
        """Name of the job selected at the coder."""
        (job,) = await self._read("job", [self._set.job_node])
        self.board.put("job", str(job.value))
        return str(job.value)

    async def progress(self) -> PrintProgress:
        """As far as the coder's count or number told; asks nothing."""
        if self.status().link is not LinkState.READY:
            raise LinkDown(self.name, f"not connected ({self.status().detail})")
        return self._feed.progress()

    async def start(self) -> None:
        """Told where it can be told; believed once its state says printing."""
        await self._order("start", self._set.start_method, self._set.start_value)
        status = await self._settled(lambda state: state is PrinterState.PRINTING)
        if status.state is not PrinterState.PRINTING:
            hint = "" if self._can_order else "; start it at the coder"
            raise DeviceFault(self.name, f"does not start: {status.detail}{hint}")

    async def stop(self) -> None:
        """Records in it are of unknown fate from here on, until the next clear.

        A coder that cannot be told goes on; it prints the blank once it is cleared.
        """
        self._feed.rest()
        if not self._can_order:
            return
        await self._order("stop", self._set.stop_method, self._set.stop_value)
        status = await self._settled(lambda state: state is not PrinterState.PRINTING)
        if status.state is PrinterState.PRINTING:
            raise DeviceFault(self.name, f"does not stop: {status.detail}")

    async def clear(self) -> None:
        """Nothing is left that a product could get as its code."""
        await self._feed.clear()

    async def queue(self, records: Sequence[PrintRecord]) -> None:
        """Take `records`; what the coder has room for goes to it at once."""
        try:
            for record in records:
                codec.encode_code(record.text, self._set.group_separator)
        except ValueError as error:
            raise MisuseError(self.name, f"cannot print {error}") from None
        await self._feed.queue(records)

    # What the feeds ask.

    async def put_text(self, text: str | None) -> None:
        """The text printed from now on; None: the blank. Read back to be sure."""
        settings, shown, is_known = self._set, "", False
        content = settings.blank_text
        if text is not None:
            content = codec.encode_code(text, settings.group_separator)
        write = NodeWrite(
            node=settings.text_node, typed=Typed(NodeType.STRING, content)
        )
        refused = None
        async with self.link.exchange("text", timeout_s=self._reply_s) as wire:
            is_known = self._is_session_of_feed()
            if text is None or is_known:
                try:
                    await wire.write([write])
                    ((_, value),) = await wire.read([settings.text_node])
                    shown = str(value)
                except NodeRefusedError as error:
                    refused = error
        self._check_known(text is None or is_known)
        if refused is not None:
            raise self._refused(refused)
        if shown != content:
            raise DeviceFault(
                self.name, f"shows {shown!r} where {content!r} was written"
            )

    async def print_count(self) -> int:
        """How much was printed so far, over the wraps of its count."""
        (count,) = await self._read("count", [self._set.count_node])
        return self._counted(count)

    async def empty(self) -> None:
        """Its queue, and seen to be empty."""
        settings = self._set
        await self._call("clear", settings.clear_method)
        until_s = _now_s() + settings.settle_timeout_s
        while True:
            (queued,) = await self._read("queued", [settings.queued_node])
            if queued.value == 0:
                return
            if _now_s() >= until_s:
                raise DeviceFault(
                    self.name, f"keeps {queued.value} records after a clear"
                )
            await asyncio.sleep(_LOOK_S)

    async def put_record(self, index: int, text: str, session: int) -> None:
        """One record more, under link number `session` only."""
        settings = self._set
        content = codec.encode_code(text, settings.group_separator)
        kind = self._types["last_printed_node"]
        arguments = (Typed(kind, index), Typed(NodeType.STRING, content))
        refused, is_known = None, False
        async with self.link.exchange("queue", timeout_s=self._reply_s) as wire:
            is_known = self.link.session == session
            if is_known:
                try:
                    await wire.call(settings.object, settings.queue_method, arguments)
                except NodeRefusedError as error:
                    refused = error
        self._check_known(is_known)
        if refused is not None:
            raise self._refused(refused)

    async def last_index(self) -> int:
        """Number of the last record printed."""
        (last,) = await self._read("last printed", [self._set.last_printed_node])
        number = self._number(last)
        self.board.put("last printed", number)
        return number

    async def numbered_count(self) -> int | None:
        """Its count beside the numbers, where it keeps one."""
        return await self.print_count() if self._set.count_node else None

    # While the link comes up and stands.

    async def _greet(self, wire: NodeClient) -> None:
        """Every node is there and can be what settings say; nothing is written."""
        nodes = self._set.nodes()
        try:
            values = await wire.read(list(nodes.values()))
            self._changes = await self._subscribed(wire)
        except NodeRefusedError as error:
            raise self._refused(error) from None
        by_setting = dict(zip(nodes, values, strict=True))
        self._types = {setting: typed.type for setting, typed in by_setting.items()}
        self._check_nodes(by_setting)
        if "identity_node" in by_setting:
            told = str(by_setting["identity_node"].value)
            self.known_as(Identity(serial=told), expected=self._set.identity)

    def _check_nodes(self, values: Mapping[str, Typed]) -> None:
        try:
            for setting, typed in values.items():
                codec.check_node(setting, typed)
            if "command_node" in values:
                for value in (self._set.start_value, self._set.stop_value):
                    codec.command(values["command_node"].type, value)
        except ValueError as error:
            raise DeviceFault(self.name, f"not this coder's nodes: {error}") from None

    async def _subscribed(self, wire: NodeClient) -> NodeChanges | None:
        settings = self._set
        if not settings.publish_s:
            return None
        told = settings.last_printed_node or settings.count_node
        return await wire.subscribe(
            [told, settings.state_node], every_s=settings.publish_s
        )

    async def _attend(self, wire: NodeClient) -> None:
        """Ends with an error once the server is gone, or has stopped publishing."""
        tasks = [asyncio.ensure_future(wire.watch())]
        if self._changes is not None:
            tasks.append(asyncio.ensure_future(self._listen(self._changes)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, changes: NodeChanges) -> None:
        """A change only wakes up: what counts is read."""
        while True:
            for node, typed in (await changes.next()).items():
                if node == self._set.state_node:
                    self.board.put("state told", codec.shown(typed))
            self._feed.hint()

    # Within.

    def _feeding(self) -> LiveFeed | NumberedFeed:
        settings = self._set
        if settings.text_node:
            return LiveFeed(self, poll_s=settings.poll_s, count_modulus=_TOTAL)
        return NumberedFeed(
            self.name,
            lambda: self.link.session,
            _Queueing(self),
            depth=settings.depth,
            poll_s=settings.poll_s,
            count_modulus=_TOTAL,
        )

    def _is_session_of_feed(self) -> bool:
        return self.link.session == self._feed.ledger.session

    def _check_known(self, is_known: bool) -> None:
        if not is_known:
            raise LinkDown(self.name, "the connection was lost")

    def _counted(self, count: Typed) -> int:
        raw = self._number(count)
        self._total += counter_rise(self._raw, raw, codec.MODULUS[count.type])
        self._raw = raw
        self.board.put("print count", raw)
        return self._total % _TOTAL

    def _number(self, typed: Typed) -> int:
        if typed.type not in codec.MODULUS or not isinstance(typed.value, int):
            raise DeviceFault(self.name, f"{typed.value!r} is no whole number")
        return typed.value

    @property
    def _can_order(self) -> bool:
        return bool(self._set.start_method or self._set.command_node)

    async def _order(self, what: str, method: str, value: CommandValue) -> None:
        if method:
            await self._call(what, method)
        elif node := self._set.command_node:
            kind = self._types.get("command_node")
            if kind is None:
                raise LinkDown(self.name, f"not connected ({self.status().detail})")
            typed = codec.command(kind, value)
            await self._write(what, NodeWrite(node=node, typed=typed))

    async def _settled(self, is_so: Callable[[PrinterState], bool]) -> PrinterStatus:
        until_s = _now_s() + self._set.settle_timeout_s
        while True:
            status = await self._status()
            if is_so(status.state) or _now_s() >= until_s:
                return status
            await asyncio.sleep(_LOOK_S)

    async def _read(self, what: str, nodes: Sequence[str]) -> Sequence[Typed]:
        refused = None
        values: Sequence[Typed] = ()
        async with self.link.exchange(what, timeout_s=self._reply_s) as wire:
            try:
                values = await wire.read(nodes)
            except NodeRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)
        return values

    async def _write(self, what: str, write: NodeWrite) -> None:
        refused = None
        async with self.link.exchange(what, timeout_s=self._reply_s) as wire:
            try:
                await wire.write([write])
            except NodeRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)

    async def _call(self, what: str, method: str) -> None:
        refused = None
        async with self.link.exchange(what, timeout_s=self._reply_s) as wire:
            try:
                await wire.call(self._set.object, method)
            except NodeRefusedError as error:
                refused = error
        if refused is not None:
            raise self._refused(refused)

    def _refused(self, error: NodeRefusedError) -> DeviceFault:
        return DeviceFault(self.name, f"the coder refuses: {error}")

    def _show_own(self) -> None:
        ledger, board = self._feed.ledger, self.board
        board.live("records in printer", lambda: ledger.in_printer)
        board.live("records ahead", lambda: ledger.unprinted)
        board.live("prints seen", lambda: ledger.triggers)


class _Queueing:
    """The coder as `NumberedFeed` asks it."""

    def __init__(self, coder: OpcUaCoder) -> None:
        self.empty = coder.empty
        self.put_record = coder.put_record
        self.last_index = coder.last_index
        self.print_count = coder.numbered_count


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def from_settings(
    name: str, settings: OpcUaCoderSettings, around: Around
) -> CodePrinter:
    """The coder that `settings` describe."""

    async def connect(tap: WireTap) -> NodeClient:
        return await around.dialer.open_nodes(
            settings.address, settings.node_security(), tap
        )

    return OpcUaCoder(name, connect, settings, rng=around.rng)
