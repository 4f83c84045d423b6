"""`line-agent vision teach-text`: pictures of known text in, characters out."""

import json
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pytest

from agent.eye.text import printed_text_of, shapes_taught
from agent.settings import load
from agent.settings_vision import PrintedTextSection
from agent.vision.checks.printed_text.teach_trial import HeldOut
from agent.vision.reading.reader import CodeVision
from agent.vision.symbology import Symbology
from simulators.cameras.dot_text import FAIR, GOOD
from simulators.cameras.text_folder import Pack, own_style, picture, write_folder

LOOKS = (GOOD, FAIR)
POORLY, WRONGLY = 7, 8
STATION = """
[[stations]]
kind = "reading"
io = "plc"
camera = "eye"
"""
TEXT = """
[stations.printed_text]
lines = ["{batch}", "EXP {expiry:%Y%m%d}"]
box = { x = 18, y = 1, width = 80 }
"""
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
"""


def pack(number, **changes):
    lines = (f"L24{10 + 7 * number}-B{number % 10}", f"EXP 2027{number % 9 + 1:02}13")
    return replace(Pack(lines=lines, look=LOOKS[number % 2]), **changes)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Twelve packs; one of a blocked nozzle, one with a wrong year in the index."""
    packs = [pack(number) for number in range(12)]
    packs[POORLY] = replace(packs[POORLY], look=replace(FAIR, lost_row=3))
    said = tuple(line.replace("2027", "2021") for line in packs[WRONGLY].lines)
    packs[WRONGLY] = replace(packs[WRONGLY], said=said)
    folder = tmp_path_factory.mktemp("packs")
    write_folder(folder, packs, own_style())
    return folder


@pytest.fixture
def pictures(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "pictures")


@pytest.fixture
def settings(tmp_path):
    path = tmp_path / "line.toml"
    path.write_text(LINE + STATION + TEXT, encoding="utf-8")
    return path


@pytest.fixture
def teach(cli, pictures, settings, tmp_path):
    """Runs the command on the pictures, to head.npz unless told."""

    def run(*more, out=tmp_path / "head.npz"):
        where = [] if out is None else ["--out", out]
        return cli("vision", "teach-text", pictures, "-s", settings, *where, *more)

    return run


def test_it_says_what_was_learned_and_what_was_left_out(teach, tmp_path):
    done = teach()
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(f"{tmp_path / 'pictures'}: 10 / 12 ")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["2", "10"] in [row[:2] for row in rows if row[-1:] != ["*"]]
    assert [row[-1] for row in rows if row[:1] == ["7"]] == ["*"]
    passing = next(
        line for line in done.stdout.splitlines() if "good ones pass" in line
    )
    assert passing.split()[-3:] == ["10", "0", "10"]
    wrong = next(line for line in done.stdout.splitlines() if "wrong texts" in line)
    assert wrong.split()[-3:] == ["0", "0", "40"]
    _, left_out = done.stdout.split("left out")
    assert [r.split()[0] for r in left_out.splitlines()[1:]] == ["007.png", "008.png"]
    assert f'taught = "{tmp_path / "head.npz"}"' in done.stderr


def test_the_station_passes_what_it_refused_and_refuses_what_is_wrong(
    teach, settings, tmp_path
):
    """The file in the settings, on packs that taught nothing."""
    path = tmp_path / "head.npz"
    assert teach().exit_code == 0
    settings.write_text(
        LINE + STATION + TEXT + f'taught = "{path}"\n', encoding="utf-8"
    )
    section = load(settings).reading.printed_text
    assert isinstance(section, PrintedTextSection)
    taught = shapes_taught(section)
    reader = CodeVision(frozenset({Symbology.DATA_MATRIX}), budget_ms=60_000)
    counts = {"font": [0, 0], "taught": [0, 0]}
    for number in range(20, 26):
        shown = pack(number)
        image = picture(shown, own_style(), number)
        (code,) = reader.read(image).codes
        wrong = (shown.lines[0], shown.lines[1].replace("13", "18"))
        for name, shapes in (("font", None), ("taught", taught)):
            for place, lines in enumerate((shown.lines, wrong)):
                check = printed_text_of(section, lines, shapes)
                counts[name][place] += check(image, code, [code]).passed
    assert counts == {"font": [0, 0], "taught": [6, 0]}


def test_an_object_for_programs(teach, tmp_path):
    told = json.loads(teach("--json").stdout)
    assert told["written"] == str(tmp_path / "head.npz")
    assert (told["font"], told["pictures"], told["good"]) == ("7x5", 12, 10)
    learned = {each["character"]: each for each in told["learned"]}
    assert learned["2"]["pictures"] == 10
    assert learned["7"]["like_the_font"] < 0.92 < learned["2"]["like_the_font"]
    assert set("ACD") < set(told["missing"])
    assert set(told["weak"]) & set(learned) == set()
    assert all(count < 3 for count in told["weak"].values())
    assert told["check"] == {
        "pictures": 10,
        "passed": 10,
        "passed_by_font": 0,
        "wrong_texts": 40,
        "wrong_passed": 0,
        "wrong_passed_by_font": 0,
    }
    assert [each["picture"] for each in told["left_out"]] == ["007.png", "008.png"]
    assert "2021" in told["left_out"][1]["why"]


def test_nothing_is_overwritten_unasked(teach, tmp_path):
    path = tmp_path / "head.npz"
    path.write_bytes(b"mine")
    done = teach()
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"{path} exists already: give another --out, or --overwrite\n"
    assert path.read_bytes() == b"mine"
    assert teach("--overwrite").exit_code == 0
    assert path.read_bytes() != b"mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "head.npz",
        "line.toml",
        "pictures",
    ]


def test_the_file_of_the_settings_is_written_where_none_is_named(teach, settings):
    done = teach(out=None)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no `taught` in [stations.printed_text]; say with --out FILE" in done.stderr
    path = settings.parent / "left.npz"
    settings.write_text(
        LINE + STATION + TEXT + f'taught = "{path}"\n', encoding="utf-8"
    )
    done = teach(out=None)
    assert done.exit_code == 0
    assert path.is_file()
    assert "name it" not in done.stderr


@pytest.mark.parametrize("index", [True, False])
def test_one_text_for_all_pictures_goes_before_the_index(
    cli, settings, tmp_path, index
):
    packs = [pack(4, look=LOOKS[n % 2], said=("WRONG", "TEXT")) for n in range(5)]
    write_folder(tmp_path / "same", packs, own_style())
    if not index:
        (tmp_path / "same" / "index.csv").unlink()
    done = cli(
        "vision", "teach-text", tmp_path / "same", "-s", settings,
        "--out", tmp_path / "x.npz", "--text", r"L2438-B4\nEXP 20270513", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["good"] == 5


def test_too_few_good_ones_end_with_one_and_say_why(teach, pictures, tmp_path):
    rows = (pictures / "index.csv").read_text().splitlines()
    (pictures / "index.csv").write_text("\n".join([rows[0], *rows[4:10]]))
    cv2.imwrite(str(pictures / "004.png"), np.full((460, 820), 190, np.uint8))
    done = teach()
    assert done.exit_code == 1
    assert "3 of 6 pictures are good for learning, at least 4 are needed" in done.stderr
    assert "004.png" in done.stdout
    assert "no code is read" in done.stdout
    told = json.loads(teach("--json").stdout)
    assert told["written"] is None
    assert [p["picture"] for p in told["left_out"]] == ["004.png", "007.png", "008.png"]
    assert not (tmp_path / "head.npz").exists()


def test_what_makes_it_worse_is_not_written(teach, tmp_path, monkeypatch):
    """Nothing but the judgement itself is played: wrong texts that pass."""
    held_out = "agent.vision.evaluation.text_teaching.held_out"
    worse = (
        (
            HeldOut(prints=9, passed=9, wrong=36, wrong_passed=1),
            "1 of 36 wrong texts passed",
        ),
        (HeldOut(prints=9, passed=7, by_font=8), "7 of 9 pictures pass with it, and 8"),
    )
    for played, why in worse:
        monkeypatch.setattr(held_out, lambda *_, played=played: played)
        done = teach("--json")
        assert done.exit_code == 1
        assert f"is not written: {why}" in done.stderr
        assert json.loads(done.stdout)["written"] is None
        assert not (tmp_path / "head.npz").exists()


def test_input_that_cannot_be_used_is_a_sentence(teach, cli, settings, pictures):
    for more, told in (
        (("--text", "L24#7"), "--text: text 'L24#7': the font 7x5 has no #"),
        (("--text", r"L\q"), r"--text: \q in 'L\\q' is no escape"),
    ):
        done = teach(*more)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith(told)
    done = teach(out=pictures / "none" / "x.npz")
    assert done.exit_code == 2
    assert f"there is no folder {pictures / 'none'}; make it first" in done.stderr
    (pictures / "index.csv").write_text("file,symbology,expected_text\n000.png,,")
    done = teach()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "index.csv: no printed_text: write it beside each picture" in done.stderr
    settings.write_text(LINE + STATION, encoding="utf-8")
    done = teach()
    assert done.exit_code == 2
    assert f"{settings}: the reading station has no [stations.printed_text]" in (
        done.stderr
    )
    done = cli("vision", "teach-text", pictures / "none", "-s", settings)
    assert done.exit_code == 2
