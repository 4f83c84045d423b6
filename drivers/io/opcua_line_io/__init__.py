"""The line I/O contract, map version 1, as typed nodes below one OPC UA object."""
