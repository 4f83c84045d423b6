"""OPC UA sessions over asyncua. The only file of the drivers that knows it.

asyncua can reconnect by itself; here it does not. Its `connect` would start tasks of
its own, so the steps are taken one by one: a session that fails is over, and the link
dials another, after which everything is read anew.
"""

# Its types are NewTypes over plain ones, which its own callers do not keep to either.
# mypy: disable-error-code="arg-type, attr-defined, call-arg"

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar, cast

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UaClientState

from drivers.transports.nodes import (
    SERVER_STATE,
    NodeName,
    NodeRefusedError,
    NodeSecurity,
    NodeValue,
    NodeWrite,
    Typed,
    node_text,
    parse_node,
)
from drivers.transports.opcua_security import secured
from drivers.transports.opcua_values import from_variant, to_data_value

# Longest wait for one answer while a session is set up. The link bounds the rest.
STEP_S: Final = 2.0
# A PLC allows few sessions (some of them ten): what a killed agent leaves must go soon.
SESSION_MS: Final = 30_000
CHANNEL_MS: Final = 600_000
# [OPC 10000-4, 5.6.2] new keys are asked for after 75 % of the old ones' lifetime.
RENEW_AT: Final = 0.75
RENEW_WITHIN: Final = 0.2
# The state is asked for each second; an answer later than that is none. 2 s together.
WATCH_EVERY_S: Final = 1.0
WATCH_ANSWER_S: Final = 1.0
# A subscription is dead after two silent intervals, but never sooner than this.
SILENT_S: Final = 0.25
# A closing session is told so, but nobody waits long for the answer.
FAREWELL_S: Final = 0.3
RUNNING: Final = 0

# Answers to a whole request that concern the request; any other ends the session.
_REFUSALS: Final = frozenset(
    {
        "BadEncodingLimitsExceeded",
        "BadNothingToDo",
        "BadRequestTooLarge",
        "BadResponseTooLarge",
        "BadServiceUnsupported",
        "BadTooManyMonitoredItems",
        "BadTooManyOperations",
        "BadTooManySubscriptions",
    }
)

# It logs every lost connection as an error, some as fatal; the link says so once.
for _logger in ("asyncua", "asyncuagds"):
    logging.getLogger(_logger).setLevel(logging.CRITICAL + 1)

T = TypeVar("T")


class OpcUaNodes:
    """A `NodeClient`: one secure channel with one session."""

    def __init__(self, client: Client, namespaces: Sequence[str]) -> None:
        self._client = client
        self._namespaces = list(namespaces)
        self._known: dict[str, ua.NodeId] = {}
        self._sound = True
        self._changes: list[OpcUaChanges] = []
        self._renewing = asyncio.create_task(self._renew())

    async def read(self, nodes: Sequence[str]) -> tuple[Typed, ...]:
        wanted = [
            ua.ReadValueId(NodeId=self._node(node), AttributeId=ua.AttributeIds.Value)
            for node in nodes
        ]
        parameters = ua.ReadParameters(
            MaxAge=0,
            TimestampsToReturn=ua.TimestampsToReturn.Neither,
            NodesToRead=wanted,
        )
        answers = await self._ask(self._client.uaclient.read(parameters))
        self._check_count(len(answers), len(nodes))
        return tuple(
            _value(node, answer) for node, answer in zip(nodes, answers, strict=True)
        )

    async def write(self, writes: Sequence[NodeWrite]) -> None:
        values = [
            ua.WriteValue(
                NodeId=self._node(write.node),
                AttributeId=ua.AttributeIds.Value,
                IndexRange=_index_range(write),
                Value=to_data_value(write.typed, as_array=write.first is not None),
            )
            for write in writes
        ]
        parameters = ua.WriteParameters(NodesToWrite=values)
        results = await self._ask(self._client.uaclient.write(parameters))
        self._check_count(len(results), len(writes))
        for write, status in zip(writes, results, strict=True):
            _check(status, write.node)

    async def members(self, owner: str, names: Sequence[str]) -> tuple[str, ...]:
        start = self._node(owner)
        paths = [_path(start, name) for name in names]
        results = await self._ask(
            self._client.uaclient.translate_browsepaths_to_nodeids(paths)
        )
        self._check_count(len(results), len(names))
        found = []
        for name, result in zip(names, results, strict=True):
            _check(result.StatusCode, f"{name} of {owner}")
            if not result.Targets:
                raise NodeRefusedError("BadNoMatch", f"{name} of {owner}")
            found.append(self._text(result.Targets[0].TargetId))
        return tuple(found)

    async def call(
        self, owner: str, method: str, arguments: Sequence[Typed] = ()
    ) -> tuple[Typed, ...]:
        request = ua.CallMethodRequest(
            ObjectId=self._node(owner),
            MethodId=self._node(method),
            InputArguments=[
                cast("ua.Variant", to_data_value(argument).Value)
                for argument in arguments
            ],
        )
        (result,) = await self._ask(self._client.uaclient.call([request]))
        _check(result.StatusCode, method)
        return tuple(
            from_variant(method, variant) for variant in result.OutputArguments or ()
        )

    async def subscribe(
        self, nodes: Sequence[str], *, every_s: float
    ) -> "OpcUaChanges":
        ids = [self._node(node) for node in nodes]
        changes = OpcUaChanges(nodes)
        revised = await self._ask(
            self._client.uaclient.create_subscription(
                _subscription(every_s), changes.published
            )
        )
        changes.revised(
            revised.RevisedPublishingInterval / 1000, revised.RevisedMaxKeepAliveCount
        )
        self._changes.append(changes)
        results = await self._ask(
            self._client.uaclient.create_monitored_items(
                _items(revised.SubscriptionId, ids, every_s)
            )
        )
        self._check_count(len(results), len(nodes))
        for node, result in zip(nodes, results, strict=True):
            _check(result.StatusCode, node)
        return changes

    async def watch(self) -> None:
        """Ends with an `OSError`, sooner or later."""
        state = ua.ReadValueId(
            NodeId=self._node(SERVER_STATE), AttributeId=ua.AttributeIds.Value
        )
        question = ua.ReadParameters(NodesToRead=[state])
        while True:
            await self._gone_within(WATCH_EVERY_S)
            async with asyncio.timeout(WATCH_ANSWER_S):
                (answer,) = await self._ask(self._client.uaclient.read(question))
            said = _value(SERVER_STATE, answer).value
            if said != RUNNING:
                raise ConnectionError(f"the server is not running (state {said})")

    async def _gone_within(self, wait_s: float) -> None:
        async with self._client.subscribe_state() as states:
            if self._client.state is not UaClientState.CONNECTED:
                raise ConnectionResetError("closed by the peer")
            with suppress(TimeoutError):
                await states.wait_for_state(UaClientState.DISCONNECTED, wait_s)
                raise ConnectionResetError("closed by the peer")

    async def close(self) -> None:
        """Say goodbye where that costs nothing, then drop the socket."""
        self._renewing.cancel()
        for changes in self._changes:
            changes.end()
        is_up = self._client.state is UaClientState.CONNECTED
        try:
            async with asyncio.timeout(FAREWELL_S):
                if self._sound and is_up:
                    await self._client.uaclient.close_session(True)
        except (OSError, ua.UaError):
            pass
        finally:
            self._drop()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _drop(self) -> None:
        self._sound = False
        # Its publish loop ends when it finds the session closed, not the socket.
        session = self._client.uaclient.session
        publishing = session._publish_task  # noqa: SLF001 (nothing public ends it)
        if publishing is not None:
            publishing.cancel()
        self._client.disconnect_socket()

    async def _renew(self) -> None:
        """A channel's keys hold for a time the server decides; fetch new ones."""
        try:
            while True:
                lifetime_s = self._client.secure_channel_timeout / 1000
                await asyncio.sleep(lifetime_s * RENEW_AT)
                async with asyncio.timeout(lifetime_s * RENEW_WITHIN):
                    await self._client.open_secure_channel(renew=True)
                self._client.uaclient.revolve_security_token()
        except (OSError, ua.UaError):
            self._drop()  # whoever asks next meets a closed connection

    async def _ask(self, request: Awaitable[T]) -> T:
        try:
            return await request
        except ua.UaStatusCodeError as error:
            status = _name(error.code)
            if status in _REFUSALS:
                raise NodeRefusedError(status) from None
            self._sound = False
            raise ConnectionError(status) from error
        except (OSError, asyncio.CancelledError):
            self._sound = False
            raise
        except Exception as error:
            # The library's parser fails in many ways on what is no answer.
            self._sound = False
            raise ConnectionError(f"not an answer: {error}") from error

    def _check_count(self, got: int, asked: int) -> None:
        if got != asked:
            self._sound = False
            raise ConnectionError(f"asked for {asked} results, got {got}")

    def _node(self, text: str) -> ua.NodeId:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._resolve(text)
        return known

    def _resolve(self, text: str) -> ua.NodeId:
        name = parse_node(text)
        if name.uri not in self._namespaces:
            raise NodeRefusedError(
                "BadNodeIdUnknown",
                f"{text}: the server has no such namespace, but "
                + ", ".join(self._namespaces),
            )
        index = self._namespaces.index(name.uri)
        if name.kind == "s":
            return ua.NodeId(name.identifier, index, ua.NodeIdType.String)
        return ua.NodeId.from_string(f"ns={index};{name.kind}={name.identifier}")

    def _text(self, node: ua.NodeId) -> str:
        kind = {ua.NodeIdType.String: "s", ua.NodeIdType.Guid: "g"}.get(
            node.NodeIdType, "i"
        )
        uri = self._namespaces[node.NamespaceIndex]
        return node_text(NodeName(uri=uri, kind=kind, identifier=str(node.Identifier)))


class OpcUaChanges:
    """A `NodeChanges`, fed by asyncua's publish loop.

    Bounded by the number of its nodes: a newer value replaces one nobody has taken.
    """

    def __init__(self, nodes: Sequence[str]) -> None:
        self.overwritten = 0
        self._nodes = tuple(nodes)
        self._latest: dict[str, Typed] = {}
        self._silence_s = 3.0
        self._ended = False
        self._heard = asyncio.Event()

    def revised(self, interval_s: float, keep_alive_count: int) -> None:
        """What the server made of our wishes: two keep-alives missed is too long."""
        self._silence_s = max(SILENT_S, 2 * interval_s * max(1, keep_alive_count))

    def published(self, result: ua.PublishResult) -> None:
        """Called with each publish answer; one without data is a keep-alive."""
        for data in result.NotificationMessage.NotificationData or ():
            if isinstance(data, ua.StatusChangeNotification):
                self.end()
            if isinstance(data, ua.DataChangeNotification):
                for item in data.MonitoredItems:
                    self._take(self._nodes[item.ClientHandle], item.Value)
        self._heard.set()

    def _take(self, node: str, value: ua.DataValue) -> None:
        with suppress(NodeRefusedError):  # bad for a while: the next read says so
            typed = _value(node, value)
            self.overwritten += node in self._latest
            self._latest[node] = typed

    def end(self) -> None:
        """The session is over, or the server ended the subscription."""
        self._ended = True
        self._heard.set()

    async def next(self) -> Mapping[str, Typed]:
        while not self._latest:
            if self._ended:
                raise ConnectionResetError("the subscription has ended")
            self._heard.clear()
            try:
                async with asyncio.timeout(self._silence_s):
                    await self._heard.wait()
            except TimeoutError:
                raise ConnectionError("the server has stopped publishing") from None
        latest, self._latest = self._latest, {}
        return latest


def _value(node: str, answer: ua.DataValue) -> Typed:
    if answer.StatusCode is not None:
        _check(answer.StatusCode, node)
    return from_variant(node, answer.Value)


def _check(status: ua.StatusCode, node: str) -> None:
    if not status.is_good():
        raise NodeRefusedError(_name(status.value), node)


def _name(code: int) -> str:
    # The low half carries details (limits, overflow) beside the code itself.
    return str(ua.status_codes.get_name_and_doc(code & 0xFFFF0000)[0])


def _index_range(write: NodeWrite) -> str | None:
    if write.first is None:
        return None
    value: NodeValue = write.typed.value
    last = write.first + (len(value) if isinstance(value, tuple) else 1) - 1
    return str(write.first) if last == write.first else f"{write.first}:{last}"


def _path(start: ua.NodeId, name: str) -> ua.BrowsePath:
    step = ua.RelativePathElement(
        ReferenceTypeId=ua.NodeId(ua.ObjectIds.HierarchicalReferences),
        IsInverse=False,
        IncludeSubtypes=True,
        TargetName=ua.QualifiedName(name, start.NamespaceIndex),
    )
    return ua.BrowsePath(
        StartingNode=start, RelativePath=ua.RelativePath(Elements=[step])
    )


def _subscription(every_s: float) -> ua.CreateSubscriptionParameters:
    return ua.CreateSubscriptionParameters(
        RequestedPublishingInterval=every_s * 1000,
        # Without data an empty answer comes each interval: silence then means death.
        RequestedMaxKeepAliveCount=1,
        RequestedLifetimeCount=100,
        MaxNotificationsPerPublish=0,
        PublishingEnabled=True,
    )


def _items(
    subscription: int, nodes: Sequence[ua.NodeId], every_s: float
) -> ua.CreateMonitoredItemsParameters:
    return ua.CreateMonitoredItemsParameters(
        SubscriptionId=subscription,
        TimestampsToReturn=ua.TimestampsToReturn.Neither,
        ItemsToCreate=[
            ua.MonitoredItemCreateRequest(
                ItemToMonitor=ua.ReadValueId(
                    NodeId=node, AttributeId=ua.AttributeIds.Value
                ),
                MonitoringMode=ua.MonitoringMode.Reporting,
                RequestedParameters=ua.MonitoringParameters(
                    ClientHandle=handle,
                    SamplingInterval=every_s * 1000,
                    QueueSize=1,  # a flood stays at the server
                    DiscardOldest=True,
                ),
            )
            for handle, node in enumerate(nodes)
        ],
    )


async def dial_nodes(url: str, security: NodeSecurity) -> OpcUaNodes:
    """A session at `url`. `OSError` says why there is none."""
    client = Client(url, timeout=STEP_S)
    client.name = client.description = "line-agent"
    client.session_timeout = SESSION_MS
    client.secure_channel_timeout = CHANNEL_MS
    try:
        await secured(client, security)
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        await client.create_session()
        await client.activate_session(*_login(client))
        namespaces = await client.get_namespace_array()
    except ua.UaStatusCodeError as error:
        client.disconnect_socket()
        raise ConnectionError(f"the server refuses: {_name(error.code)}") from error
    except (ua.UaError, ValueError) as error:
        client.disconnect_socket()
        raise ConnectionError(f"no OPC UA session: {error}") from error
    except BaseException:
        client.disconnect_socket()
        raise
    return OpcUaNodes(client, namespaces)


def _login(client: Client) -> tuple[str | None, str | None]:
    return client._username, client._password  # noqa: SLF001 (as its own connect does)
