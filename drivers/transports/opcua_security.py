"""Who we are to an OPC UA server, and whether it is the one we trust."""

import asyncio
from pathlib import Path
from typing import Final

from asyncua.client.client import Client
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.truststore import TrustStore
from asyncua.crypto.validator import CertificateValidator, CertificateValidatorOptions
from cryptography import x509

from drivers.transports.nodes import NodeSecurity

# Revoked certificates' lists lie here, below the trust folder.
CRL_FOLDER: Final = "crl"

_CHECKS: Final = (
    CertificateValidatorOptions.TRUSTED_VALIDATION
    | CertificateValidatorOptions.PEER_SERVER
)


async def secured(client: Client, security: NodeSecurity) -> None:
    """Give `client` its certificate and its judge. `OSError` names the bad file.

    Files are read at each dial, so that a certificate put into the trust folder counts
    without a restart. The server shows its certificate before anything is secret, and
    is judged before the session is activated: no password goes to a stranger.
    """
    await asyncio.to_thread(_log_in, client, security)
    if security.policy == "none":
        return
    assert security.certificate is not None
    assert security.private_key is not None
    assert security.trust_folder is not None
    client.certificate_validator = CertificateValidator(
        _CHECKS, await _trusted(security.trust_folder)
    )
    client.application_uri = await _own_uri(security.certificate)
    await client.set_security(
        SecurityPolicyBasic256Sha256, security.certificate, security.private_key
    )


def _log_in(client: Client, security: NodeSecurity) -> None:
    if not security.user:
        return
    client.set_user(security.user)
    if security.password_file is not None:
        lines = security.password_file.read_text(encoding="utf-8").splitlines()
        client.set_password(lines[0] if lines else "")


async def _trusted(folder: Path) -> TrustStore:
    crls = folder / CRL_FOLDER
    store = TrustStore([folder], [crls] if crls.is_dir() else [])
    try:
        await store.load()
    except ValueError as error:
        raise OSError(
            f"trust folder {folder}: {error}; put the server's certificate there "
            "(.der or .pem)"
        ) from error
    return store


async def _own_uri(certificate: Path) -> str:
    """Our application URI: a server demands the very one our certificate names."""
    try:
        own = await uacrypto.load_certificate(certificate)
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound) as error:
        raise OSError(f"certificate {certificate}: {error}") from error
    uris = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    if not uris:
        raise OSError(f"certificate {certificate} names no application URI (SAN)")
    return str(uris[0])
