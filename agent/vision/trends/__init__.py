"""How the print changes over hours: charts per head and lane, with likely causes.

Pure: values and item numbers in, warnings out; no clock, no files.
"""
