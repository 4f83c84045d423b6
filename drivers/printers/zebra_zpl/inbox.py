"""Where a printer on the network dials to tell an alert, one connection each."""

import random
from collections.abc import Awaitable, Callable

from drivers.link import Backoff, Link, received
from drivers.printers.zebra_zpl.alerts import decode_alert
from drivers.printers.zebra_zpl.codec import FrameParser
from drivers.printers.zebra_zpl.messages import Alert
from drivers.transports.addresses import TcpAddress
from drivers.transports.base import ByteStream

# The printer is never hammered by us, and alerts told while we wait to listen again
# are lost, so the wait is short.
_LISTEN_BACKOFF = Backoff(first_s=0.05, cap_s=0.2)


class AlertInbox:
    """Listens at `address` and hands each alert to `take`.

    Anybody may dial it, so nothing may depend on what it hears.
    """

    def __init__(
        self,
        printer: str,
        accept: Callable[[], Awaitable[ByteStream]],
        address: TcpAddress,
        rng: random.Random,
        take: Callable[[Alert], None],
    ) -> None:
        self.address = address
        self._take = take
        self.link: Link[ByteStream] = Link(
            f"{printer} alerts",
            accept,
            rng=rng,
            serve=self._listen,
            open_timeout_s=None,
            backoff=_LISTEN_BACKOFF,
        )

    async def _listen(self, wire: ByteStream) -> None:
        parser = FrameParser()
        while True:
            parser.feed(await received(wire))
            for text in parser.texts():
                if (alert := decode_alert(text)) is not None:
                    self._take(alert)
