"""Keyence SR code readers (SR-600 command family: SR-750, SR-1000, SR-2000, SR-X)."""
