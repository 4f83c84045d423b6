"""The simulated camera: pictures of what the printer really printed."""
