"""What a profile says."""

from dataclasses import dataclass

from agent.vision.decoders.bars.align import Chain


@dataclass(frozen=True, slots=True)
class Text:
    """A text whose own check holds, and how well the print fits it.

    `fit`: mean correlation, 1 at best; `margin`: by how much the least certain
    character beats the next best; `worst`: correlation of the one that fits least.
    `first`, `last`: where its bars begin and end, in
    samples of the profile; `modules`: between the two.
    """

    payload: bytes
    aim: str
    fit: float
    margin: float
    worst: float
    first: float
    last: float
    modules: int


def placed(
    chain: Chain, first: float, last: float, samples: int, spare: int
) -> tuple[float, float]:
    """Where a chain begins and ends, from the profile it was resampled from."""
    per_sample = (last - first) / samples
    start = chain.slots[0].start
    end = chain.slots[-1].start + chain.slots[-1].width
    return first + (start - spare) * per_sample, first + (end - spare) * per_sample
