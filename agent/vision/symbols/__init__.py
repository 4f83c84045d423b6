"""Symbols taken apart: layouts of two-dimensional ones, where their grid lies in a
picture, what every module reflects and was meant to be; widths and characters of bar
codes. Start at `sample`.
"""
