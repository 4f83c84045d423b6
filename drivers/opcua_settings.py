"""What every device behind an OPC UA server has in its settings."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from drivers.settings_base import DeviceModel
from drivers.transports.addresses import parse_nodes
from drivers.transports.nodes import NodeSecurity, parse_node

_SLOT = re.compile(r"\{slot\}")


def _server(address: str) -> str:
    parse_nodes(address)
    return address


def _node(text: str) -> str:
    parse_node(text)
    return text


def _maybe_node(text: str) -> str:
    return _node(text) if text else text


def _slot_node(text: str) -> str:
    if text and len(_SLOT.findall(text)) != 1:
        raise ValueError("needs {slot} once, where the number of the slot stands")
    return _maybe_node(text)


NodeAddress = Annotated[str, AfterValidator(_server)]
NodeText = Annotated[str, AfterValidator(_node)]
OptionalNode = Annotated[str, AfterValidator(_maybe_node)]
SlotNode = Annotated[str, AfterValidator(_slot_node)]


class OpcUaModel(DeviceModel):
    """Address and security of the server (docs/devices/opcua-line-io.md)."""

    address: NodeAddress = Field(description="opc.tcp://host:4840/path")
    security: Literal["none", "Basic256Sha256"] = Field(
        default="none",
        description="none, or signed and encrypted with certificates on both sides",
    )
    certificate: Path | None = Field(
        default=None, description="the agent's certificate, .der or .pem"
    )
    private_key: Path | None = Field(default=None, description="its private key, .pem")
    trust_folder: Path | None = Field(
        default=None,
        description="folder with the certificate of the server, or of its issuer",
    )
    user: str = Field(default="", description="who logs in; empty: anonymous")
    password_file: Path | None = Field(
        default=None, description="file whose first line is the user's password"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        files = (self.certificate, self.private_key, self.trust_folder)
        if self.security == "none":
            if self.user:
                raise ValueError(
                    "a password would cross the network in the clear: "
                    'security = "Basic256Sha256"'
                )
            if any(files):
                raise ValueError('certificates need security = "Basic256Sha256"')
        elif not all(files):
            raise ValueError(
                "Basic256Sha256 needs certificate, private_key and trust_folder"
            )
        if bool(self.user) != bool(self.password_file):
            raise ValueError("user and password_file come together")
        return self

    def node_security(self) -> NodeSecurity:
        """The same, for the dialer."""
        return NodeSecurity(
            policy=self.security,
            certificate=self.certificate,
            private_key=self.private_key,
            trust_folder=self.trust_folder,
            user=self.user,
            password_file=self.password_file,
        )
