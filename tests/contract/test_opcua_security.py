"""Certificates and logins between the agent and an OPC UA server."""

import asyncio
import datetime
import random
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import TypeAdapter, ValidationError

from drivers.io.opcua_line_io.driver import OpcUaLineIO
from drivers.settings import DeviceSettings
from drivers.transports.dialer import RealDialer
from drivers.transports.nodes import NodeSecurity, NodeType, Typed
from simulators.nodes import Node, NodeTable
from simulators.opcua import ServerSecurity

SERVER_URI = "urn:line-sim:opcua"
AGENT_URI = "urn:line-agent:test"


@pytest.fixture(scope="module")
def keys():
    """Making keys takes long; each of these serves several certificates."""
    return [rsa.generate_private_key(65537, 2048) for _ in range(2)]


def certificate(key, uri, *, server, days=365, begun_days_ago=1):
    """A self-signed application certificate (OPC 10000-6, 6.2.2)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, uri)])
    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(
        days=begun_days_ago
    )
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_cert_sign",
        ),
        True,
    ) | dict.fromkeys(
        ("key_agreement", "crl_sign", "encipher_only", "decipher_only"), False
    )
    use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=False)
        .add_extension(x509.KeyUsage(**usage), critical=False)
        .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )


class Plant:
    """Files of an agent and a server that trust each other."""

    def __init__(self, folder, keys):
        self.folder = folder
        self.agent_key, self.server_key = keys
        for name in ("agent-trusts", "server-trusts"):
            (folder / name).mkdir()
        self.issue("agent", self.agent_key, AGENT_URI, server=False)
        self.issue("server", self.server_key, SERVER_URI, server=True)
        (folder / "password").write_text("geheim\n", encoding="utf-8")
        self.client = NodeSecurity(
            policy="Basic256Sha256",
            certificate=folder / "agent.der",
            private_key=folder / "agent.pem",
            trust_folder=folder / "agent-trusts",
        )
        self.server = ServerSecurity(
            certificate=folder / "server.der",
            private_key=folder / "server.pem",
            trust_folder=folder / "server-trusts",
            application_uri=SERVER_URI,
        )

    def issue(self, who, key, uri, **options):
        """A new certificate for `who`, trusted by the other."""
        shown = certificate(key, uri, **options).public_bytes(
            serialization.Encoding.DER
        )
        other = "server" if who == "agent" else "agent"
        (self.folder / f"{who}.der").write_bytes(shown)
        (self.folder / f"{other}-trusts" / f"{who}.der").write_bytes(shown)
        (self.folder / f"{who}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


@pytest.fixture
def plant(tmp_path, keys):
    return Plant(tmp_path, keys)


@pytest.fixture
def serve(plant, host, patient_sessions):
    """Serves one node under the given security; the address."""

    async def start(security=None):
        table = NodeTable(
            uri="urn:plc",
            owner="O",
            nodes=[Node(name="A", type=NodeType.UINT16, get=lambda: 7)],
        )
        wire = await host.nodes("ua", table, security or plant.server)
        return wire.address

    return start


async def read(address, security):
    client = await RealDialer().open_nodes(address, security)
    try:
        (answer,) = await client.read(["nsu=urn:plc;s=O.A"])
        return answer
    finally:
        await client.close()


async def test_two_that_trust_each_other(plant, serve):
    assert await read(await serve(), plant.client) == Typed(NodeType.UINT16, 7)


async def test_a_user_with_a_password(plant, serve):
    address = await serve(replace(plant.server, users={"line": "geheim"}))
    known = replace(plant.client, user="line", password_file=plant.folder / "password")
    assert (await read(address, known)).value == 7
    for wrong in (replace(known, user="other"), plant.client):
        with pytest.raises(OSError, match=r"refuses: Bad"):
            await read(address, wrong)


async def test_a_server_nobody_trusts_gets_no_session(plant, serve):
    address = await serve()
    (plant.folder / "agent-trusts" / "server.der").rename(plant.folder / "aside.der")
    with pytest.raises(OSError, match=r"trust folder .*agent-trusts.* put the server"):
        await read(address, plant.client)
    # Somebody else's certificate in the folder does not help.
    (plant.folder / "agent-trusts" / "other.der").write_bytes(
        (plant.folder / "agent.der").read_bytes()
    )
    with pytest.raises(OSError, match="BadCertificateUntrusted"):
        await read(address, plant.client)
    # Put where it belongs, it counts at the next dial.
    (plant.folder / "aside.der").rename(plant.folder / "agent-trusts" / "server.der")
    assert (await read(address, plant.client)).value == 7


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"days": 10, "begun_days_ago": 20}, "BadCertificateTimeInvalid"),
        ({"begun_days_ago": -2}, "BadCertificateTimeInvalid"),
        ({"uri": "urn:another:server"}, "BadCertificateUriInvalid"),
        ({"server": False}, "BadCertificateUseNotAllowed"),
    ],
    ids=["expired", "not yet", "another's", "a client's"],
)
async def test_a_trusted_certificate_that_is_wrong(plant, serve, options, said):
    made = {"uri": SERVER_URI, "server": True} | options
    plant.issue("server", plant.server_key, **made)
    with pytest.raises(OSError, match=said):
        await read(await serve(), plant.client)


async def test_a_revoked_certificate(plant, serve):
    address = await serve()
    serial = x509.load_der_x509_certificate(
        (plant.folder / "server.der").read_bytes()
    ).serial_number
    now = datetime.datetime.now(datetime.UTC)
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
        .last_update(now)
        .next_update(now + datetime.timedelta(days=1))
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(now)
            .build()
        )
        .sign(plant.server_key, hashes.SHA256())
    )
    folder = plant.folder / "agent-trusts" / "crl"
    folder.mkdir()
    (folder / "ca.der").write_bytes(crl.public_bytes(serialization.Encoding.DER))
    with pytest.raises(OSError, match="BadCertificateRevoked"):
        await read(address, plant.client)


async def test_an_agent_the_server_does_not_trust(plant, serve):
    trusted = plant.folder / "server-trusts" / "agent.der"
    trusted.write_bytes((plant.folder / "server.der").read_bytes())
    with pytest.raises(OSError):
        await read(await serve(), plant.client)


async def test_a_secured_server_takes_no_plain_client_and_the_other_way(
    plant, serve, host
):
    with pytest.raises(OSError):
        await read(await serve(), NodeSecurity())
    plain = await host.nodes(
        "ua",
        NodeTable(
            uri="urn:plc",
            owner="O",
            nodes=[Node(name="A", type=NodeType.UINT16, get=lambda: 7)],
        ),
    )
    with pytest.raises(OSError, match="No matching endpoints"):
        await read(plain.address, plant.client)


@pytest.mark.parametrize("missing", ["agent.der", "agent.pem", "password"])
async def test_a_missing_file_is_named(plant, serve, missing):
    (plant.folder / missing).unlink()
    security = replace(
        plant.client, user="line", password_file=plant.folder / "password"
    )
    with pytest.raises(OSError, match=missing):
        await read(await serve(), security)


@pytest.mark.parametrize("broken", ["agent.der", "agent.pem", "agent-trusts/x.der"])
async def test_a_broken_file_is_an_error_of_the_wire(plant, serve, broken):
    (plant.folder / broken).write_bytes(b"no certificate")
    with pytest.raises(OSError):
        await read(await serve(), plant.client)


async def test_a_device_says_in_its_status_why_there_is_no_session(plant, serve):
    address = await serve()
    (plant.folder / "agent-trusts" / "server.der").unlink()
    driver = OpcUaLineIO(
        "plc",
        lambda tap: RealDialer().open_nodes(address, plant.client, tap),
        rng=random.Random(1),
        owner="nsu=urn:plc;s=O",
    )
    task = asyncio.create_task(driver.run())
    async with asyncio.timeout(30):
        while "trust folder" not in driver.status().detail:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


SETTINGS = {
    "kind": "opcua_line_io",
    "address": "opc.tcp://plc:4840",
    "object": "nsu=urn:plc;s=O",
}
FILES = {"certificate": "/c", "private_key": "/k", "trust_folder": "/t"}
SECURE = {"security": "Basic256Sha256", **FILES}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"security": "Basic256Sha256"}, "needs certificate, private_key and trust"),
        ({"security": "Basic128Rsa15"}, "Input should be"),
        (FILES, "certificates need security"),
        ({"user": "u", "password_file": "/p"}, "in the clear"),
        ({**SECURE, "user": "u"}, "come together"),
        ({"address": "opc.tcp://u:p@plc"}, "settings of their own"),
        ({"address": "tcp://plc:4840"}, "must look like opc.tcp"),
        ({"object": "ns=3;s=O"}, "its index changes"),
        ({"object": "s=O"}, "names no namespace"),
        ({"object": "nsu=urn:plc;i=x"}, "not a number"),
        ({"slot_node": "nsu=urn:plc;s=V"}, "slot"),
    ],
)
def test_settings_that_cannot_be(given, said):
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(DeviceSettings).validate_python({**SETTINGS, **given})


def test_settings_that_can_be():
    made = TypeAdapter(DeviceSettings).validate_python({**SETTINGS, **SECURE})
    assert made.node_security().policy == "Basic256Sha256"
