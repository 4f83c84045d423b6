"""Basler cameras by the maker's own library, one software trigger an item."""
