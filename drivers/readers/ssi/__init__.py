"""Zebra (Symbol) scanners over SSI, their acknowledged packet protocol."""
