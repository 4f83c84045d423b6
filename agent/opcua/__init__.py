"""The agent's own OPC UA server: PackML, OPEN-SCS and AutoID for what is above a line.

It runs in a process of its own (`server_process`), fed over pipes by `host`. Only files
that run there know asyncua; the agent's process never loads it for this.
"""
