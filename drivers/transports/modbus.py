"""Holding registers over Modbus TCP. The only file that knows pymodbus.

pymodbus changes its names between minor versions, so it is pinned and stays here.
"""

import logging
from collections.abc import Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from drivers.transports.addresses import ModbusAddress
from drivers.transports.base import RegisterRefusedError

# A PLC answers within a few ms; the gate's 500 ms budget holds one lost reply.
TIMEOUT_S = 0.3

# It logs each lost reply as an error; the link says so once, with the device's name.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusRegisters:
    """A connected `RegisterClient`. Any failure but a refusal closes it.

    No retries: a lost reply is not a lost request, and a resent request reuses the
    transaction number, so a late reply would count for the wrong one.
    """

    def __init__(self, client: AsyncModbusTcpClient, device_id: int) -> None:
        self._client = client
        self._device_id = device_id

    async def read_holding(self, address: int, count: int) -> tuple[int, ...]:
        try:
            response = await self._client.read_holding_registers(
                address, count=count, device_id=self._device_id
            )
        except ModbusException as error:
            raise self._failed(str(error)) from error
        self._check(response)
        if len(response.registers) != count:
            raise self._failed(f"asked {count} registers, got {response.registers}")
        return tuple(response.registers)

    async def write_holding(self, address: int, values: Sequence[int]) -> None:
        try:
            response = await self._client.write_registers(
                address, list(values), device_id=self._device_id
            )
        except ModbusException as error:
            raise self._failed(str(error)) from error
        self._check(response)

    def _check(self, response: ModbusPDU) -> None:
        if isinstance(response, ExceptionResponse):
            raise RegisterRefusedError(response.exception_code)
        if response.isError():
            raise self._failed(f"not an answer: {response}")

    def _failed(self, why: str) -> OSError:
        self._client.close()
        return OSError(why)

    async def close(self) -> None:
        self._client.close()


async def dial_modbus(address: ModbusAddress) -> ModbusRegisters:
    """Connect. `OSError` when nobody answers within `TIMEOUT_S`."""
    client = AsyncModbusTcpClient(
        address.host,
        port=address.port,
        timeout=TIMEOUT_S,
        retries=0,
        reconnect_delay=0,  # the link reconnects, with its back-off
    )
    try:
        connected = await client.connect()
    except BaseException:
        client.close()
        raise
    if not connected:
        client.close()
        raise ConnectionRefusedError(
            f"no Modbus server at {address.host}:{address.port}"
        )
    return ModbusRegisters(client, address.device_id)
