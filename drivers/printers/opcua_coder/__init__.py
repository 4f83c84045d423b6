"""A coder behind an OPC UA server, its nodes named by settings."""
