"""Checks of a reading station, as its settings want them."""

from agent.eye.identity import identity_of
from agent.settings_vision import PlacementSection, SecondCarrierSection
from agent.vision.checks.placement import Placement
from agent.vision.checks.second_carrier import SecondCarrier
from agent.vision.reading.reader import CodeVision
from agent.vision.region import Region


def placement_of(section: PlacementSection) -> Placement:
    """Where the code stands, and how straight."""
    return Placement(section.wanted())


def second_carrier_of(section: SecondCarrierSection) -> SecondCarrier:
    """Another carrier names the same identity; looks for it on its own."""
    part = section.region
    vision = CodeVision(
        frozenset(section.symbologies),
        None
        if part is None
        else Region(x=part.x, y=part.y, width=part.width, height=part.height),
        budget_ms=section.budget_ms,
    )
    return SecondCarrier(
        identity_of,
        required=section.required,
        find=lambda image: vision.read(image).codes,
    )
