"""GS1 codes: parse, check and build element strings, bracket text, Digital Links.

Start in `readings.py` (any notation) or `table.py` (what the standard says).
"""

from agent.domain.gs1.associations import Rules, check_together
from agent.domain.gs1.brackets import build_brackets, parse_brackets
from agent.domain.gs1.check_digits import check_digit, check_pair, has_check_digit
from agent.domain.gs1.digital_link import (
    DigitalLink,
    build_digital_link,
    parse_digital_link,
)
from agent.domain.gs1.elements import (
    GS,
    Element,
    build_element_string,
    join_elements,
    parse_element_string,
)
from agent.domain.gs1.errors import Gs1Error
from agent.domain.gs1.keys import gln, gtin, sscc
from agent.domain.gs1.readings import Kind, Reading, detect, read_code
from agent.domain.gs1.scans import FNC1_FIRST, Scan, parse_scan, split_aim

__all__ = [
    "FNC1_FIRST",
    "GS",
    "DigitalLink",
    "Element",
    "Gs1Error",
    "Kind",
    "Reading",
    "Rules",
    "Scan",
    "build_brackets",
    "build_digital_link",
    "build_element_string",
    "check_digit",
    "check_pair",
    "check_together",
    "detect",
    "gln",
    "gtin",
    "has_check_digit",
    "join_elements",
    "parse_brackets",
    "parse_digital_link",
    "parse_element_string",
    "parse_scan",
    "read_code",
    "split_aim",
    "sscc",
]
