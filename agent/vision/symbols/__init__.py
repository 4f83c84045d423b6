"""Two-dimensional symbols taken apart: their layouts, where their grid lies in a
picture, what every module reflects, and what it was meant to be. Start at `sample`.
"""
