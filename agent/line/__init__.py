"""The line, one stage a file: triggering, printing, verifying, deciding, gating,
packing; `station` puts them together."""
