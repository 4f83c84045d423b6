"""Print quality of a located symbol: in-process figures by the ISO methods.

Pure functions over pixels and modules; no calibrated reflectance unless a reference
card was shown. Start reading at `grader`.
"""
