"""Builds the server and keeps its values up to date. Runs in a process of its own."""

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from asyncua import Server, ua
from asyncua.crypto import uacrypto
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from cryptography import x509

from agent.opcua.access import Sessions, Users, endpoint_tokens, read_passwords
from agent.opcua.autoid import AutoId
from agent.opcua.messages import CodeEvent, ServerPlan, Snapshot
from agent.opcua.open_scs import OpenScs
from agent.opcua.packml import PackMl

log = logging.getLogger(__name__)

OWN_URI: Final = "urn:line-agent:opcua"
# In the order they need one another (OPC 30010 stands on OPC 10000-100).
NODESETS: Final = (
    "Opc.Ua.Di.NodeSet2.xml",
    "Opc.Ua.PackML.NodeSet2.xml",
    "Opc.Ua.AutoID.NodeSet2.xml",
    "Opc.Ua.OPENSCS.NodeSet2.xml",
)


class OpcUaError(Exception):
    """The server cannot be; the text says why and what to do."""


class OpcUaServer:
    """Serves snapshots. `act` does "Hold" or "Unhold" for a user, or says False."""

    def __init__(
        self, plan: ServerPlan, act: Callable[[str, str], Awaitable[bool]]
    ) -> None:
        self._plan = plan
        users = {} if plan.security == "none" else read_passwords(plan.users)
        self._inner = Sessions(user_manager=Users(users))
        self._server = Server(iserver=self._inner)
        may_act = plan.allow_methods and plan.security != "none"
        own = bool(plan.nodesets)
        self._packml = PackMl(plan, act if may_act else None, official=own)
        self._open_scs = OpenScs(plan, official=own)
        self._auto_id = AutoId(plan, official=own)

    async def start(self) -> None:
        """Listen. `OpcUaError` says why not."""
        plan, server = self._plan, self._server
        try:
            await server.init()
            server.set_server_name(f"line-agent {plan.line}")
            server.set_endpoint(plan.address)
            await self._secure()
            await self._build()
            await server.start()
        except (OSError, ValueError, ua.UaError) as error:
            await self.stop()
            raise OpcUaError(f"{plan.address}: {error}") from error

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server.bserver is not None
        return int(self._server.bserver.port)

    async def show(self, snapshot: Snapshot) -> None:
        """Write what changed."""
        for part in (self._packml, self._open_scs, self._auto_id):
            await part.show(snapshot)

    async def tell(self, event: CodeEvent) -> None:
        """Send an event to whoever has subscribed."""
        if event.reader:
            await self._auto_id.tell(event)
        else:
            await self._open_scs.tell(event)

    async def stop(self) -> None:
        """Drop everybody and stop listening."""
        if self._server.bserver is None:
            await self._inner.stop()
            return
        await self._server.stop()

    async def _secure(self) -> None:
        plan, server = self._plan, self._server
        secured = plan.security != "none"
        server.set_identity_tokens(endpoint_tokens(secured=secured))
        if not secured:
            server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
            return
        server.set_security_policy(
            [
                ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
                ua.SecurityPolicyType.Basic256Sha256_Sign,
            ]
        )
        certificate, key = Path(plan.certificate), Path(plan.key)
        await server.set_application_uri(await _uri_of(certificate))
        try:
            await server.load_certificate(certificate)
            await server.load_private_key(key)
        except ValueError as error:
            raise OpcUaError(f"key {key}: {error}") from error
        server.set_certificate_validator(
            CertificateValidator(
                CertificateValidatorOptions.TRUSTED_VALIDATION
                | CertificateValidatorOptions.PEER_CLIENT,
                await _trusted(Path(plan.trust)),
            )
        )

    async def _build(self) -> None:
        if self._plan.nodesets:
            for name in NODESETS:
                await self._import(Path(self._plan.nodesets) / name)
        own = await self._server.register_namespace(OWN_URI)
        for part in (self._packml, self._open_scs, self._auto_id):
            await part.build(self._server, own)

    async def _import(self, path: Path) -> None:
        if not path.is_file():
            raise OpcUaError(
                f"nodeset {path} is missing; put the OPC Foundation's file there, or "
                "leave out `nodesets`"
            )
        try:
            await self._server.import_xml(str(path))
        except Exception as error:
            # The importer fails in many ways on a file that is no NodeSet.
            raise OpcUaError(f"nodeset {path} cannot be read: {error}") from error


async def _uri_of(certificate: Path) -> str:
    """Clients demand that the server's name is the one its certificate has."""
    try:
        own = await uacrypto.load_certificate(certificate)
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        raise OpcUaError(f"certificate {certificate}: {error}") from error
    uris = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    if not uris:
        raise OpcUaError(f"certificate {certificate} names no application URI (SAN)")
    return str(uris[0])


async def _trusted(folder: Path) -> TrustStore:
    if not await asyncio.to_thread(folder.is_dir):
        raise OpcUaError(f"trust folder {folder} is missing")
    store = TrustStore([folder], [])
    try:
        await store.load()
    except ValueError as error:
        raise OpcUaError(
            f"trust folder {folder}: {error}; put the clients' certificates there "
            "(.der or .pem)"
        ) from error
    return store
