"""What can go wrong with a device. The class decides what the line does about it."""


class DriverError(Exception):
    """A device did not do what was asked; `device` names it as settings do."""

    def __init__(self, device: str, message: str) -> None:
        super().__init__(f"{device}: {message}")
        self.device = device
        self.message = message


class LinkDown(DriverError):
    """No conversation is possible: not connected, refused, closed, or silent."""


class ProtocolFault(DriverError):
    """The peer sent what its protocol does not allow; the link was closed."""


class DeviceFault(DriverError):
    """The device answered, and the answer is no (error state, refusal)."""


class MisuseError(DriverError):
    """We asked for something the protocol cannot carry (a fault of ours)."""
