"""Moving bytes and registers: TCP, serial, Modbus, and in memory."""
