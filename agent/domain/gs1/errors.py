"""What this package raises."""


class Gs1Error(ValueError):
    """The text is not the GS1 code it claims to be; the message says why."""
