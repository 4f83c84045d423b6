"""The station's eye: reads a picture, grades the print, makes the other checks.

Puts the parts of `agent.vision` together for one order; all of it runs on the vision
thread. Start reading at `eye`.
"""
