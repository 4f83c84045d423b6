"""Takes back the blur of a strip of bars, as far as noise allows (N. Wiener, 1949).

Defocus of half a module makes bars of one module vanish between wide ones. Along the
rows its effect is known from the width of a module, and is undone.
"""

from typing import Final

import numpy as np

from agent.vision.decoders.bars.strip import Strip, ends

BLUR_MODULES: Final = 0.5  # one deviation that is taken back
NOISE: Final = 0.02  # of the signal's power: what is weaker is left alone
PAD: Final = 64  # samples either side: a row's ends are no edge


def sharpened(seen: Strip, modules: int) -> Strip:
    """`seen`, whose bars are so many modules long; unchanged where there are none."""
    found = ends(seen.bands(1)[0])
    if not found:
        return seen
    first, last = found[0]
    sigma = BLUR_MODULES * (last - first) / modules
    rows = np.pad(seen.rows, ((0, 0), (PAD, PAD)), mode="edge")
    count = rows.shape[1]
    passed = np.exp(-2 * (np.pi * np.fft.rfftfreq(count) * sigma) ** 2)
    gain = passed * (1 + NOISE) / (passed**2 + NOISE)
    sharp = np.fft.irfft(np.fft.rfft(rows, axis=1) * gain, count, axis=1)
    return Strip(sharp[:, PAD:-PAD].astype(np.float32), seen.quad, seen.per_px)
