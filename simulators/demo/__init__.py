"""A whole simulated line on loopback, with the real agent working beside it."""
