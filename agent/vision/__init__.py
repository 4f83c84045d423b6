"""Reading codes from pictures: fast where the print is good, stubborn where it is not.

Pure of devices and of the line: pixels in, bytes with their true AIM identifier out.
"""

from agent.vision.decoded import Decoded, VisionResult
from agent.vision.reader import CodeVision
from agent.vision.region import Region
from agent.vision.symbology import Symbology

__all__ = ["CodeVision", "Decoded", "Region", "Symbology", "VisionResult"]
