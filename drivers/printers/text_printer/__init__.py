"""Printers with a text protocol, described by a table: a TOML file, no program."""
