"""Print growth of a decoded bar code: how much wider its bars came out."""

from agent.vision.grading.linear.reading import Reals


def growth_of(widths: Reals, ideal: Reals) -> float:
    """Mean excess of a bar over its ideal width, in X; negative: bars are too thin.

    What bars gain spaces lose: of the sums, bars = X * modules + n * growth and
    spaces = X * modules - n * growth, with one space fewer than bars. `widths` in any
    unit, `ideal` in X, a bar first and last.
    """
    bars, spaces = len(ideal[::2]), len(ideal[1::2])
    black, white = float(ideal[::2].sum()), float(ideal[1::2].sum())
    wide, thin = float(widths[::2].sum()), float(widths[1::2].sum())
    # The two equations, solved for growth over X.
    return (wide * white - thin * black) / (wide * spaces + thin * bars)
