"""Reading one picture within a time budget. Start at `reader`."""
