"""The line I/O contract, map version 1, on Modbus holding registers."""
