"""How well the eye reads a folder of pictures, and what they teach about a station.

Start at `trial`. Pictures are files; nothing here knows a camera.
"""
