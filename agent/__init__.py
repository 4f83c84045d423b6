"""The line agent: runs one coding line and keeps its books."""
