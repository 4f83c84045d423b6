"""A server as the agent runs it (own table or official NodeSets), and certificates."""

import asyncio
import datetime
import os
import socket
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from asyncua import Client
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from agent.opcua.host import OpcUaHost
from agent.opcua.messages import LevelCount, ReaderState, ServerPlan, Snapshot
from agent.opcua.server import NODESETS, OpcUaServer

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("LINE_AGENT_SHARED_DATA", ROOT.parent / "shared" / "data"))
OFFICIAL = SHARED / "opcua"
HAS_OFFICIAL = all((OFFICIAL / name).is_file() for name in NODESETS)

HELD = Snapshot(
    state=11,
    starved=False,
    per_minute=120.0,
    cause_id=3,
    cause_text="printer: the printer reports an empty ink tank",
    stopped_ms=1_700_000_000_000,
    since_reset_s=60,
    counts=(
        LevelCount(level="unit", consumed=103, processed=103, defective=3),
        LevelCount(level="case", processed=4),
    ),
    pool={"unit": {"Allocated": 897, "Commissioned": 100, "LabelScrapped": 3}},
    readers=(
        ReaderState(name="cam", status=2, scan="CODE1", scan_ms=1_700_000_000_000),
    ),
)


def certificate(key, uri, *, server):
    """A self-signed application certificate (OPC 10000-6, 6.2.2)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uri)])
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    good = ("digital_signature", "content_commitment", "key_encipherment")
    good += ("data_encipherment", "key_cert_sign")
    bad = ("key_agreement", "crl_sign", "encipher_only", "decipher_only")
    usage = dict.fromkeys(good, True) | dict.fromkeys(bad, False)
    use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=False)
        .add_extension(x509.KeyUsage(**usage), critical=False)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(public), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False
        )
        .sign(key, hashes.SHA256())
    )


@dataclass(frozen=True)
class Papers:
    """Files of the server, of a client it trusts, and of a stranger."""

    folder: Path

    def plan(self, **changes):
        """A secured server with one user who may act."""
        return ServerPlan(
            **{
                "address": "opc.tcp://127.0.0.1:0",
                "line": "L1",
                "version": "1",
                "security": "Basic256Sha256",
                "certificate": str(self.folder / "server.der"),
                "key": str(self.folder / "server.pem"),
                "trust": str(self.folder / "trust"),
                "users": {"wang": str(self.folder / "password")},
                "allow_methods": True,
                "levels": ("unit", "case"),
                "readers": ("cam",),
            }
            | changes
        )

    @asynccontextmanager
    async def client(self, port, *, who="client", user="", password="geheim"):
        """A signed and encrypted session."""
        client = Client(f"opc.tcp://127.0.0.1:{port}", timeout=5)
        client.application_uri = f"urn:test:{who}"
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            self.folder / f"{who}.der",
            self.folder / f"{who}.pem",
        )
        if user:
            client.set_user(user)
            client.set_password(password)
        async with client:
            yield client


@pytest.fixture(scope="session")
def papers(tmp_path_factory):
    """Made once: keys take long."""
    folder = tmp_path_factory.mktemp("papers")
    (folder / "trust").mkdir()
    (folder / "password").write_text("geheim\n", encoding="utf-8")
    for who in ("server", "client", "stranger"):
        key = rsa.generate_private_key(65537, 2048)
        shown = certificate(key, f"urn:test:{who}", server=who == "server")
        der = shown.public_bytes(serialization.Encoding.DER)
        (folder / f"{who}.der").write_bytes(der)
        pem = shown.public_bytes(serialization.Encoding.PEM)
        (folder / f"{who}.crt").write_bytes(pem)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        (folder / f"{who}.pem").write_bytes(secret)
        if who == "client":
            (folder / "trust" / "client.der").write_bytes(der)
    return Papers(folder)


class Acts:
    """The line behind the server: takes an act in the states given."""

    def __init__(self):
        self.done = []
        self.allowed = True

    async def __call__(self, method, user):
        if self.allowed:
            self.done.append((method, user))
        return self.allowed


@pytest.fixture(scope="session")
def acts():
    return Acts()


@pytest.fixture(scope="session", params=["own", "official"])
def nodesets(request):
    """The folder a server is given: none, or the OPC Foundation's files."""
    if request.param == "own":
        return ""
    if not HAS_OFFICIAL:
        pytest.skip(f"no NodeSet files in {OFFICIAL}")
    return str(OFFICIAL)


@pytest.fixture(scope="session")
def serving():
    """`async with serving(plan, acts) as server:` a started server that shows HELD."""

    @asynccontextmanager
    async def serve(plan, acts):
        server = OpcUaServer(plan, acts)
        await server.start()
        try:
            await server.show(HELD)
            yield server
        finally:
            await server.stop()

    return serve


@pytest.fixture(scope="session")
def held():
    """What `serving` shows."""
    return HELD


class FakeLine:
    """A line behind the host (implements `agent.opcua.ports.Served`)."""

    def __init__(self, plan, acts):
        self._plan, self._acts = plan, acts
        self.shown = HELD
        self.events = []

    def plan(self):
        return self._plan

    def snapshot(self):
        return self.shown

    def take_events(self):
        taken, self.events = self.events, []
        return taken

    async def hold(self, by):
        return await self._acts("Hold", by)

    async def unhold(self, by):
        return await self._acts("Unhold", by)


@pytest.fixture(scope="session")
def hosting(papers):
    """`async with hosting(acts, **plan) as (host, port, line):` in its own process."""

    @asynccontextmanager
    async def run(acts, *, command=None, **changes):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        plan = papers.plan(**{"address": f"opc.tcp://127.0.0.1:{port}"} | changes)
        line = FakeLine(plan, acts)
        host = OpcUaHost(line) if command is None else OpcUaHost(line, command)
        running = asyncio.create_task(host.run())
        try:
            yield host, port, line
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    return run
