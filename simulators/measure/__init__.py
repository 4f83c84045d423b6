"""Measurements of the product on this machine, each beside its own baseline.

One module per subject, each with `run(console)`. Figures of one run are compared with
each other only: the machine may be shared and the disk anybody's.
"""
