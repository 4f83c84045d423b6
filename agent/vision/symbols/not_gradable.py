"""Why a print got no grade at all, which is not the same as grade F."""


class NotGradable(ValueError):
    """The picture does not show enough of the symbol; says what and what to do."""
