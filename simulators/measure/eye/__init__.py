"""The figures of `make bench-vision`: our eye beside the libraries it is made of.

Everything is compared within one run, on one core unless it says otherwise.
"""
