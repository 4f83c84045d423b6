"""Cameras that hand over pictures for the agent to decode."""
