"""A node table on an OPC UA server. The only simulator file that knows asyncua's.

Tried with 2.1.0: the attribute service sees a whole Read or Write, so the table answers
it as one moment; asyncua itself checks neither types nor index ranges of such nodes,
the table does. Building the standard address space takes a second: it is built once a
process, and each server copies the nodes it touches.
"""

import asyncio
import copy
import logging
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from asyncua import Server, ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from asyncua.server.address_space import AddressSpace, AttributeService
from asyncua.server.internal_server import InternalServer

from drivers.transports.nodes import NodeRefusedError, NodeType, NodeWrite, Typed
from simulators.nodes import Method, NodeTable

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

# How often values are looked at for subscribers.
SAMPLE_S: Final = 0.02
_VARIANTS: Final = {kind: ua.VariantType[kind.value] for kind in NodeType}
_TYPES: Final = {variant: kind for kind, variant in _VARIANTS.items()}
_pristine: dict[ua.NodeId, Any] = {}

# Lost connections and refused clients are what it is for, and no news.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSecurity:
    """`users` by password; with any, nobody else gets in. Files are DER or PEM."""

    certificate: Path
    private_key: Path
    trust_folder: Path
    users: dict[str, str] | None = None
    application_uri: str = "urn:line-sim:opcua"


class OpcUaServer:
    """Serves one table on a port of its own, at `host` and `port` once started."""

    def __init__(
        self, table: NodeTable, security: ServerSecurity | None = None
    ) -> None:
        self.table = table
        self.port = 0
        self._security = security
        self._server: Server | None = None
        self._ids: dict[ua.NodeId, str] = {}
        self._sampling: asyncio.Task[None] | None = None

    async def start(self, interface: str, *, namespaces_before: int = 0) -> None:
        """Listen on any free port. Other namespaces may come before the table's."""
        self._ids.clear()
        security = self._security
        inner = _Internal(user_manager=_Users(security and security.users))
        server = Server(iserver=inner)
        server.disable_clock()
        await server.init()
        server.set_endpoint(f"opc.tcp://{interface}:0/")
        if security is None:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        else:
            await _secure(server, security)
        for number in range(namespaces_before):
            await server.register_namespace(f"urn:line-sim:other:{number}")
        await self._build(server, await server.register_namespace(self.table.uri))
        inner.attribute_service = _Attributes(inner.aspace, self.table, self._ids)
        await server.start()
        self._server = server
        assert server.bserver is not None
        self.port = server.bserver.port
        self._sampling = asyncio.create_task(self._sample())

    async def close(self) -> None:
        """Drop everybody and stop listening."""
        if self._server is None:
            return
        assert self._sampling is not None
        self._sampling.cancel()
        with suppress(asyncio.CancelledError):
            await self._sampling
        server, self._server = self._server, None
        assert server.bserver is not None
        for client in list(server.bserver.clients):
            if client.transport is not None:
                client.transport.abort()
        for session in list(server.iserver._external_sessions.values()):  # noqa: SLF001
            await session.close_session(True)
        # Lost connections leave tasks, which the stop below waits for.
        await asyncio.sleep(0)
        await server.stop()

    def stop_publishing(self) -> None:
        """A fault: subscriptions stay, and bring nothing any more (F36)."""
        for subscription in self._subscriptions():
            subscription.pub_result_callback = _swallow

    def expire_sessions(self) -> None:
        """A fault: the server has forgotten every session."""
        assert self._server is not None
        assert self._server.bserver is not None
        for client in self._server.bserver.clients:
            if client.processor is not None:
                client.processor.session = None

    @property
    def sessions(self) -> int:
        """How many sessions are open."""
        assert self._server is not None
        return len(self._server.iserver._external_sessions)  # noqa: SLF001

    def _subscriptions(self) -> list[Any]:
        assert self._server is not None
        return list(self._server.iserver.subscription_service.subscriptions.values())

    async def _build(self, server: Server, index: int) -> None:
        owner = await server.nodes.objects.add_object(
            ua.NodeId(self.table.owner_name, index),
            ua.QualifiedName(self.table.owner_name, index),
        )
        for text, node in self.table.nodes.items():
            place = _place(self.table, node.name, index)
            variable = await owner.add_variable(
                *place,
                _variant(Typed(node.type, node.get())),
                datatype=ua.NodeId(_VARIANTS[node.type].value),
            )
            if node.put is not None:
                await variable.set_writable()
            self._ids[variable.nodeid] = text
        for method in self.table.methods.values():
            await owner.add_method(
                *_place(self.table, method.name, index),
                _runner(self.table, method),
                [_VARIANTS[kind] for kind in method.inputs],
                [],
            )

    async def _sample(self) -> None:
        """Bring changed values to whoever has subscribed to them."""
        assert self._server is not None
        space = self._server.iserver.aspace
        last: dict[ua.NodeId, object] = {}
        while True:
            await asyncio.sleep(SAMPLE_S)
            watched = [
                node_id
                for node_id in self._ids
                if space[node_id].attributes[ua.AttributeIds.Value].datachange_callbacks
            ]
            if not watched:
                continue
            try:
                values = self.table.look([self._ids[node_id] for node_id in watched])
            except NodeRefusedError:
                continue  # the device behind the server is off
            for node_id, typed in zip(watched, values, strict=True):
                if last.get(node_id) != typed.value:
                    last[node_id] = typed.value
                    await space.write_attribute_value(
                        node_id, ua.AttributeIds.Value, ua.DataValue(_variant(typed))
                    )


class _Attributes(AttributeService):
    """Values of the table from the table; everything else as asyncua does."""

    def __init__(
        self, space: AddressSpace, table: NodeTable, ids: dict[ua.NodeId, str]
    ) -> None:
        super().__init__(space)
        self._table = table
        self._ids = ids

    def read(self, params: ua.ReadParameters) -> list[ua.DataValue]:
        answers = super().read(params)
        ours = [
            (place, self._ids[asked.NodeId])
            for place, asked in enumerate(params.NodesToRead)
            if asked.AttributeId == ua.AttributeIds.Value and asked.NodeId in self._ids
        ]
        if ours:
            values = self._table.read([text for _, text in ours])
            for (place, _), typed in zip(ours, values, strict=True):
                answers[place] = ua.DataValue(_variant(typed))
        return answers

    async def write(
        self, params: ua.WriteParameters, user: User | None = None
    ) -> list[ua.StatusCode]:
        if any(write.NodeId not in self._aspace for write in params.NodesToWrite):
            return [_status("BadNodeIdUnknown") for _ in params.NodesToWrite]
        if any(write.NodeId not in self._ids for write in params.NodesToWrite):
            return await super().write(params, user or User(role=UserRole.User))
        try:
            self._table.write([self._plain(write) for write in params.NodesToWrite])
        except NodeRefusedError as refused:
            # As good as a PLC that stops at the first: the rest was not done either.
            return [_status(refused.status) for _ in params.NodesToWrite]
        return [ua.StatusCode() for _ in params.NodesToWrite]

    def _plain(self, write: ua.WriteValue) -> NodeWrite:
        node, value = self._ids[write.NodeId], write.Value
        if value.SourceTimestamp is not None or value.ServerTimestamp is not None:
            raise NodeRefusedError("BadWriteNotSupported", node)  # as S7 does
        variant = value.Value
        kind = _TYPES.get(variant.VariantType)
        if kind is None:
            raise NodeRefusedError("BadTypeMismatch", node)
        plain = variant.Value
        first = None
        if write.IndexRange:
            first = int(write.IndexRange.partition(":")[0])
            if not isinstance(plain, list):  # OPC 10000-4, 5.10.4: always an array
                raise NodeRefusedError("BadIndexRangeInvalid", node)
        if isinstance(plain, list):
            plain = tuple(plain)
        return NodeWrite(node=node, typed=Typed(kind, plain), first=first)


class _Internal(InternalServer):
    """An internal server whose standard nodes are copies, made when touched."""

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        if not _pristine:
            await super().load_standard_address_space(shelf_file)
            _pristine.update(self.aspace._nodes)  # noqa: SLF001
        self.aspace._nodes = _Copies(_pristine)  # type: ignore[assignment]  # noqa: SLF001


class _Copies(MutableMapping[ua.NodeId, Any]):
    def __init__(self, source: dict[ua.NodeId, Any]) -> None:
        self._source = source
        self._own: dict[ua.NodeId, Any] = {}

    def __getitem__(self, key: ua.NodeId) -> Any:
        if key not in self._own:
            self._own[key] = copy.deepcopy(self._source[key])
        return self._own[key]

    def __setitem__(self, key: ua.NodeId, value: Any) -> None:
        self._own[key] = value

    def __delitem__(self, key: ua.NodeId) -> None:
        del self._own[key]

    def __contains__(self, key: object) -> bool:
        return key in self._own or key in self._source

    def __iter__(self) -> Iterator[ua.NodeId]:
        return iter({**self._source, **self._own})

    def __len__(self) -> int:
        return len({**self._source, **self._own})


class _Users:
    def __init__(self, users: dict[str, str] | None) -> None:
        self._users = users

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002
        username: str | None = None,
        password: str | None = None,
        certificate: object = None,  # noqa: ARG002
    ) -> User | None:
        if self._users is not None and (
            username is None or self._users.get(username) != password
        ):
            return None
        return User(role=UserRole.User)


async def _secure(server: Server, security: ServerSecurity) -> None:
    await server.set_application_uri(security.application_uri)
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    await server.load_certificate(security.certificate)
    await server.load_private_key(security.private_key)
    store = TrustStore([security.trust_folder], [])
    await store.load()
    server.set_certificate_validator(
        CertificateValidator(
            CertificateValidatorOptions.TRUSTED_VALIDATION
            | CertificateValidatorOptions.PEER_CLIENT,
            store,
        )
    )


def _place(
    table: NodeTable, name: str, index: int
) -> tuple[ua.NodeId, ua.QualifiedName]:
    return (
        ua.NodeId(f"{table.owner_name}.{name}", index),
        ua.QualifiedName(name, index),
    )


def _variant(typed: Typed) -> ua.Variant:
    plain = list(typed.value) if isinstance(typed.value, tuple) else typed.value
    return ua.Variant(plain, _VARIANTS[typed.type])


def _runner(table: NodeTable, method: Method) -> Callable[..., Any]:
    async def run(_parent: ua.NodeId, *arguments: ua.Variant) -> Any:
        typed = [
            Typed(_TYPES[argument.VariantType], argument.Value)
            for argument in arguments
        ]
        try:
            results = table.call(table.owner, table.id_of(method.name), typed)
        except NodeRefusedError as refused:
            return _status(refused.status)
        return [_variant(result) for result in results]

    return run


def _status(name: str) -> ua.StatusCode:
    return ua.StatusCode(getattr(ua.StatusCodes, name))


async def _swallow(*_result: object) -> None:
    """What was published gets lost."""
