"""Domino A-Series, A-Series plus and Ax-Series ink-jet printers over Codenet."""
