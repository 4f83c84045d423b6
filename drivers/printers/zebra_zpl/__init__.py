"""Zebra label printers and their like, over ZPL II."""
