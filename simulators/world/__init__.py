"""The physical line, pure: bottles, belt, packers, faults, and the true record."""
