"""Code reader families: one folder each."""
