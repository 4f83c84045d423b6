"""`line-agent vision`: pictures in, a table or an object a picture out."""

import json

import cv2
import numpy as np
import pytest

from agent.settings import parse
from agent.vision.symbology import Symbology
from simulators.cameras.defects import Defects
from simulators.cameras.rendered import PrintedMark, render

SIZE = (640, 480)


@pytest.fixture
def pictures(tmp_path):
    """Three QR codes near the middle, and one picture without."""
    lines = ["file,symbology,expected_text"]
    for number in range(4):
        text = f"https://h.cn/{number}" if number < 3 else None
        mark = PrintedMark(symbology=Symbology.QR, text=text)
        defects = Defects(noise_grey=3, shift_px=20)
        image = render(mark, np.random.default_rng(number), defects, SIZE)
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        lines.append(f"{number}.png,{'QRCode' if text else 'NONE'},{text or ''}")
    (tmp_path / "index.csv").write_text("\n".join(lines))
    return tmp_path


def test_a_table_for_people(cli, pictures):
    done = cli("vision", "test", pictures, "--budget-ms", "1000")
    assert (done.exit_code, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["qr", "3", "3", "0", "0", "0", "0", "100.0", "%"] in [r[:9] for r in rows]
    assert ["none", "1", "0", "0", "0", "1", "0"] in [r[:7] for r in rows]
    _, suggested = done.stdout.split("suggested settings\n")
    assert parse(f"{LINE}{suggested}", pictures / "line.toml").reading.region


def test_an_object_a_picture_for_programs(cli, pictures):
    done = cli("vision", "test", pictures, "--json", "--budget-ms", "1000")
    assert done.exit_code == 0
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["file"] for o in objects] == [f"{n}.png" for n in range(4)]
    first, nothing = objects[0], objects[3]
    assert first["texts"] == ["https://h.cn/0"]
    assert (first["outcome"], first["symbology"], first["aim"]) == ("read", "qr", "]Q1")
    assert first["ms"] > 0
    assert isinstance(first["variant"], str)
    assert (nothing["outcome"], nothing["texts"]) == ("clear", [])
    assert (nothing["symbology"], nothing["variant"], nothing["grade"]) == (None,) * 3


def test_a_wrong_text_ends_with_one(cli, pictures):
    (pictures / "index.csv").write_text("file,symbology,expected_text\n0.png,QRCode,x")
    done = cli("vision", "test", pictures)
    assert done.exit_code == 1
    assert "0.png" in done.stdout
    assert "https://h.cn/0" in done.stdout


def test_a_region_and_symbologies_of_ones_own(cli, pictures):
    away = cli("vision", "test", pictures, "--json", "--region", "0,0,60,60")
    other = cli("vision", "test", pictures, "--json", "--symbology", "data_matrix")
    for done in (away, other):
        read = [json.loads(line)["texts"] for line in done.stdout.splitlines()]
        assert read == [[]] * 4


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("1,2,3", "4 numbers are needed"),
        ("a,b,c,d", "4 numbers are needed"),
        ("0,0,0,5", "width and height 1 or more"),
        ("-1,0,5,5", "x and y must be 0 or more"),
    ],
)
def test_a_region_that_is_none_is_told(cli, pictures, region, told):
    done = cli("vision", "test", pictures, f"--region={region}")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"--region {region}: ")
    assert told in done.stderr


def test_a_bad_folder_is_a_sentence(cli, tmp_path):
    for command in ("test", "teach"):
        done = cli("vision", command, tmp_path / "nowhere")
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"{tmp_path / 'nowhere'}: there is no such folder\n"


def test_what_is_taught_is_settings(cli, pictures):
    done = cli("vision", "teach", pictures)
    assert (done.exit_code, done.stderr) == (0, "")
    station = parse(f"{LINE}{done.stdout}", pictures / "line.toml").reading
    assert station.symbologies == (Symbology.QR,)
    assert station.region is not None
    assert station.region.x > 100
    assert station.module_px == pytest.approx(5, abs=0.2)
    lesson = json.loads(cli("vision", "teach", pictures, "--json").stdout)
    assert lesson["region"] == station.region.model_dump()
    assert (lesson["pictures"], lesson["read"]) == (4, 3)


def test_a_folder_that_teaches_nothing_ends_with_one(cli, pictures):
    done = cli("vision", "teach", pictures, "--symbology", "data_matrix")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no code is read in any of the 4 pictures" in done.stderr


LINE = """
[line]
id = "L01"
data = "/var/lib/line-agent"
[platform]
url = "https://imp.example"
[devices.plc]
kind = "line_io"
address = "modbus://10.0.0.2:502/1"
[devices.eye]
kind = "opencv_camera"
folder = "/var/lib/line-agent/pictures"
[[stations]]
kind = "reading"
io = "plc"
camera = "eye"
"""
