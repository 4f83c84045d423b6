"""Simulated devices, line and platform that speak the real protocols."""
