"""What a read symbol names by GS1's rules: GTIN, batch, serial number."""

import re
from typing import Final

from agent.domain.gs1 import Element, Gs1Error, gtin, parse_scan
from agent.eye.look import text_of
from agent.vision.checks.second_carrier import Identity
from agent.vision.decoded import Decoded
from agent.vision.symbology import Symbology

GTIN: Final = "01"
BATCH: Final = "10"
SERIAL: Final = "21"
# An ECI before GS1 data tells the character set, which GS1 data does not need.
_WITHOUT_ECI: Final = {"]d5": "]d2", "]Q4": "]Q3"}
# Only an address with a GTIN in its path can be a GS1 Digital Link that names one.
_MAY_NAME: Final = re.compile(r"https?://[^?#]*/01/[0-9]{8,14}(?:[/?#]|$)", re.I)


def identity_of(code: Decoded) -> Identity | None:
    """None if the code names no GTIN; ValueError if it means to and is wrong.

    EAN-13 and ITF-14 are a GTIN and no more; a GS1 symbol names what AIs 01, 10 and 21
    hold; a QR Code or Data Matrix with a GS1 Digital Link URI what its path holds.
    """
    text = text_of(code)
    if code.symbology is Symbology.ITF:
        return Identity(gtin=gtin(text)) if len(text) == 14 else None
    aim = _WITHOUT_ECI.get(code.aim, code.aim)
    is_ours = code.symbology.is_gs1 or code.symbology is Symbology.EAN_13
    if not is_ours and not _MAY_NAME.match(text):
        return None
    try:
        scan = parse_scan(aim + text)
    except Gs1Error as error:
        raise ValueError(str(error)) from None
    named = scan.gtin or _value(scan.elements, GTIN)
    if named is None:
        return None
    return Identity(
        gtin=named,
        batch=_value(scan.elements, BATCH),
        serial=_value(scan.elements, SERIAL),
    )


def _value(elements: tuple[Element, ...], ai: str) -> str | None:
    return next((each.value for each in elements if each.ai == ai), None)
