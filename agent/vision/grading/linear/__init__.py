"""Print quality of bar codes: scan reflectance profiles after ISO/IEC 15416.

Start reading at `grading`.
"""
