"""Remote I/O for lines without a PLC: the shift register runs in the agent."""
