"""The ZPL we send, drawn by an independent program, carries codes that read right.

The drawing is that of npm's zpl-renderer-js; the reading that of zxing-cpp. Skipped
where there is no node, or the package cannot be had.
"""

import base64
import csv
import json
import os
import re
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

from drivers.printers.zebra_zpl.formats import BUILT_IN, parse_format
from drivers.printers.zebra_zpl.settings import ZebraZplSettings
from drivers.printers.zebra_zpl.templates import load_formats

KIND = "zebra_zpl"
ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("render_zpl.mjs")
SHARED = Path(os.environ.get("LINE_AGENT_SHARED_DATA", ROOT.parent / "shared" / "data"))
# The package is fetched once; drawing all labels takes about two seconds.
pytestmark = pytest.mark.timeout(180)

SSCC = "00061414112345678908"
GTIN = "0106141411123451"
LOT = f"{GTIN}10L7\x1d21A12"
ESCAPE = r"^FO240,240^BXN,10,200,,,,\^FN1{}^FS"
TEMPLATES = dict(BUILT_IN) | {
    "ean13": '^XA^FO60,60^BY3^BEN,200,Y,N^FN1"code"^FS^XZ',
    "itf": '^XA^FO60,60^BY3^B2N,200,N,N,N^FN1"code"^FS^XZ',
    "backslash": f"^XA{ESCAPE.format(chr(34) + 'code' + chr(34))}^XZ",
    "gs1_backslash": f"^XA{ESCAPE.format(chr(34) + 'code:gs1' + chr(34))}^XZ",
}
# Template, code, what a reader says: text (FNC1 between elements as GS) and AIM prefix.
# Kept out is what zpl-renderer-js 3.4.0 draws wrong, by its own source: a `^BC` with a
# single last character behind an escape (left out), `__` in a `^BX`, FNC1 in a `^BQ`.
# The wire tests hold those to the manual.
LABELS = [
    ("gs1_128", SSCC, "]C1"),
    ("gs1_128", GTIN, "]C1"),
    ("gs1_128", LOT, "]C1"),
    ("gs1_128", "10AB\x1d21X", "]C1"),
    ("gs1_128", "21A_B/C%D&E", "]C1"),
    ("code128", "A>B~C^DE", "]C0"),
    ("code128", "123456", "]C0"),
    ("code128", "12345AB", "]C0"),
    ("code128", "12345678>9^A~_/", "]C0"),
    ("datamatrix", "HTTPS://A.CN/01/06141411123451?x=~^", "]d1"),
    ("backslash", "A_B__C", "]d1"),
    ("gs1_datamatrix", LOT, "]d2"),
    ("gs1_backslash", f"{GTIN}21A_B\x1d10X", "]d2"),
    ("qr", "https://example.com/a_b?c=~^,1", "]Q1"),
    ("ean13", "4006381333931", "]E0"),
    ("itf", "10614141112345", "]I0"),
]


def sent(template, code):
    """The bytes of link-up and label, as text."""
    format_ = parse_format(template, TEMPLATES[template])
    values = {"code": code, "product": "Water ^~_ 500 ml", "batch": "L", "number": "7"}
    return (format_.download() + format_.fill(values)).decode()


def referees():
    """Labels of others: zpl, size in mm, and the codes known to be in their drawing."""
    index = SHARED / "transcripts" / "zpl" / "index.csv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["codes_in_rendering"]]
    return [
        (
            row["file"],
            (index.parent / row["file"]).read_text(encoding="utf-8"),
            [int(mm) for mm in re.findall(r"\d+", row["file"].split("-")[-1])[:2]],
            sorted(row["codes_in_rendering"].split(" ; ")),
        )
        for row in rows
    ]


REFEREES = referees()


@pytest.fixture(scope="module")
def modules(npm_package):
    """Folder with the drawing program in its node_modules."""
    return npm_package("zpl-renderer-js", "3.4.0")


@pytest.fixture(scope="module")
def drawn(modules):
    """Every label of this file as a picture, by its ZPL; drawn in one go."""
    wanted = [(sent(template, code), 100, 100) for template, code, _ in LABELS]
    wanted += [(zpl, *size) for _, zpl, size, _ in REFEREES]
    request = [
        {"zpl": zpl, "width_mm": width, "height_mm": height}
        for zpl, width, height in wanted
    ]
    done = subprocess.run(
        ["node", SCRIPT, modules],
        input=json.dumps(request).encode(),
        capture_output=True,
        timeout=120,
        check=True,
    )
    return {
        zpl: picture
        for (zpl, *_), picture in zip(wanted, json.loads(done.stdout), strict=True)
    }


def read(picture):
    """What is in a drawn label: (format, text, AIM prefix) of each code."""
    assert "error" not in picture, picture["error"]
    data = np.frombuffer(base64.b64decode(picture["png"]), np.uint8)
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    found = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
    return [(str(code.format), code.text, code.symbology_identifier) for code in found]


@pytest.mark.parametrize(("template", "code", "aim"), LABELS)
def test_the_code_reads_as_given(drawn, template, code, aim):
    codes = read(drawn[sent(template, code)])
    assert [(text, prefix) for _, text, prefix in codes] == [(code, aim)]


def test_every_built_in_template_and_symbol_is_drawn():
    assert {template for template, _, _ in LABELS} == set(TEMPLATES)


@pytest.mark.parametrize(
    ("zpl", "codes"),
    [pytest.param(zpl, codes, id=name) for name, zpl, _, codes in REFEREES],
)
def test_labels_of_others_read_as_known(drawn, zpl, codes):
    """The rig itself: drawing and reading agree with what is known of these labels."""
    found = [f"{kind}: {text} {aim}" for kind, text, aim in read(drawn[zpl])]
    assert sorted(set(found)) == codes


def test_a_label_read_from_a_file_is_the_same(tmp_path):
    path = tmp_path / "case.zpl"
    path.write_text(BUILT_IN["gs1_128"], encoding="utf-8-sig")
    settings = ZebraZplSettings(
        kind="zebra_zpl", address="tcp://a:9100", templates={"case": str(path)}
    )
    (format_,) = load_formats(settings.templates, qr_fnc1="")
    values = {"code": SSCC, "product": "Water ^~_ 500 ml", "batch": "L", "number": "7"}
    assert (format_.download() + format_.fill(values)).decode() == sent("gs1_128", SSCC)
