"""AutoID (OPC 30010): each reader as an optical reader device.

asyncua loses the inherited fields of AutoID's scan result structures (its issue 1554),
so what was read is served as text, in `LastScanData` and in events of a type of ours.
"""

# mypy: disable-error-code="arg-type, attr-defined, call-arg, no-untyped-call"

from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Node, Server, ua

from agent.opcua.messages import CodeEvent, ServerPlan, Snapshot
from agent.opcua.open_scs import send
from agent.opcua.values import Values, place

URI: Final = "http://opcfoundation.org/UA/AutoID/"
DI_URI: Final = "http://opcfoundation.org/UA/DI/"
OPTICAL_READER, DEVICE_SET, STATUS_TYPE = 1008, 5001, 3003
T = ua.VariantType
_UTC: Final = ua.NodeId(ua.ObjectIds.UtcTime)


class AutoId:
    """The line's readers and cameras."""

    def __init__(self, plan: ServerPlan, *, official: bool) -> None:
        self._plan = plan
        self._official = official
        self._values = Values()
        self._index = self._own = 0
        self._tellers: dict[str, Any] = {}

    async def build(self, server: Server, own: int) -> None:
        """Make the nodes."""
        self._own = own
        di = await server.register_namespace(DI_URI)
        self._index = await server.register_namespace(URI)
        devices = server.get_node(ua.NodeId(DEVICE_SET, di))
        if not self._official:
            devices = await server.nodes.objects.add_folder(
                devices.nodeid, ua.QualifiedName("DeviceSet", di)
            )
        kind = await server.create_custom_event_type(
            own,
            "ScanEventType",
            ua.ObjectIds.BaseEventType,
            [("DeviceName", T.String), ("ScanData", T.String)],
        )
        for name in self._plan.readers:
            device = await self._device(devices, name)
            await device.set_event_notifier([ua.EventNotifier.SubscribeToEvents])
            await server.nodes.server.add_reference(
                device, ua.NodeId(ua.ObjectIds.HasNotifier)
            )
            self._tellers[name] = await server.get_event_generator(kind, device)

    async def show(self, now: Snapshot) -> None:
        """Write what changed."""
        for reader in now.readers:
            put, name = self._values.put, reader.name
            await put(f"{name}.DeviceStatus", reader.status)
            await put(f"{name}.LastScanData", reader.scan)
            at = None if reader.scan_ms is None else _time(reader.scan_ms)
            await put(f"{name}.LastScanTimestamp", at)

    async def tell(self, event: CodeEvent) -> None:
        """A scan, from the reader it came from."""
        teller = self._tellers[event.reader]
        teller.event.DeviceName = event.reader
        teller.event.ScanData = "".join(event.codes)
        await send(teller, event)

    async def _device(self, devices: Node, name: str) -> Node:
        where = place("AutoID", name, self._own, self._own)
        if self._official:
            device = await devices.add_object(
                *where,
                objecttype=ua.NodeId(OPTICAL_READER, self._index),
                instantiate_optional=False,
            )
        else:
            device = await devices.add_object(*where)
        present = {
            str((await child.read_browse_name()).Name): child
            for child in await device.get_children()
        }
        for member, kind, datatype, value in (
            ("DeviceName", T.String, None, name),
            ("AutoIdModelVersion", T.String, None, "1.01"),
            ("DeviceStatus", T.Int32, self._status_type(), 0),
            ("LastScanData", T.String, None, None),
            ("LastScanTimestamp", T.DateTime, _UTC, None),
        ):
            key = f"{name}.{member}"
            if member in present:
                self._values.take(key, present[member], kind)
            else:
                at = place(f"AutoID.{name}", member, self._index, self._own)
                await self._values.add(device, key, at, kind, datatype)
            await self._values.put(key, value)
        return device

    def _status_type(self) -> ua.NodeId | None:
        return ua.NodeId(STATUS_TYPE, self._index) if self._official else None


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).replace(tzinfo=None)
