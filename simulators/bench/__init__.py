"""The whole line in virtual time, in memory, from one seed."""
