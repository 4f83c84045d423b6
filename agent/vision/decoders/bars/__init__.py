"""An own decoder of bar codes that compares whole characters. Start at `reading`."""
