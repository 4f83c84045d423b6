"""Reading codes from pictures: fast where the print is good, stubborn where it is not.

Knows no device and no line: pixels in, bytes with their true AIM identifier out. Start
reading at `reader`; `symbology` alone needs no decoder library.
"""
