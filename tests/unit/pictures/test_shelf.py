"""Kept pictures: under the quota, whole or gone, found again without an index."""

import csv

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.pictures.exporting import export, pictures_in
from agent.pictures.kept import KeptPicture, from_json, is_id
from agent.pictures.png_text import text_in, with_text
from agent.pictures.shelf import LEAST_FREE_SHARE, Quota, Shelf, read_picture
from agent.pictures.small import small_pgm
from agent.vision.evaluation.index import examples

RNG = np.random.default_rng(5)
IMAGE = RNG.integers(0, 255, (48, 64), dtype=np.uint8)
QUOTA = Quota(pictures=5, size=10**6)


def picture(item: int, **more) -> KeptPicture:
    given = {
        "at_ms": 1_772_000_000_000 + item,
        "order": "MO-1",
        "boot": 7,
        "item": item,
        "reason": "low_grade",
        "read": "0106901234567892\x1d21A",
        "code_known": True,
        "symbology": "gs1_data_matrix",
        "grade": 1.4,
        "notes": "码偏移 2 mm",
    }
    return KeptPicture(**(given | more))


def shelf_in(folder, quota=QUOTA, free=0.5) -> Shelf:
    shelf = Shelf(folder / "pictures", quota, lambda _: free)
    shelf.open()
    return shelf


def files(folder):
    return sorted(path.name for path in (folder / "pictures").iterdir())


def test_a_picture_travels_with_its_numbers_and_its_pixels(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    assert shelf.put(picture(1), IMAGE)
    path = shelf.path(picture(1).id)
    assert read_picture(path) == picture(1)
    assert np.array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), IMAGE)
    assert files(tmp_path) == ["1772000000001-7-1-low_grade.png"]


def test_colour_pictures_are_kept_as_they_are(tmp_path) -> None:
    image = RNG.integers(0, 255, (20, 30, 3), dtype=np.uint8)
    shelf = shelf_in(tmp_path)
    assert shelf.put(picture(1), image)
    assert np.array_equal(cv2.imread(str(shelf.path(picture(1).id))), image)


def test_the_oldest_goes_first(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    for item in range(1, 9):
        assert shelf.put(picture(item), IMAGE)
    assert [each.item for each in shelf.kept] == [4, 5, 6, 7, 8]
    assert len(files(tmp_path)) == 5


def test_bytes_count_too(tmp_path) -> None:
    one = len(with_text(cv2.imencode(".png", IMAGE)[1].tobytes(), "x" * 300))
    shelf = shelf_in(tmp_path, Quota(pictures=100, size=3 * one + one // 2))
    for item in range(1, 9):
        assert shelf.put(picture(item), IMAGE)
        assert shelf.size <= 3 * one + one // 2
        on_disk = sum(p.stat().st_size for p in (tmp_path / "pictures").iterdir())
        assert on_disk == shelf.size
    assert [each.item for each in shelf.kept] == [6, 7, 8]


def test_a_picture_larger_than_the_quota_costs_no_other(tmp_path) -> None:
    shelf = shelf_in(tmp_path, Quota(pictures=5, size=5000))
    small = np.zeros((8, 8), np.uint8)
    assert shelf.put(picture(1), small)
    assert not shelf.put(picture(2), RNG.integers(0, 255, (200, 200), dtype=np.uint8))
    assert [each.item for each in shelf.kept] == [1]


def test_a_disk_that_fills_up_gets_no_pictures(tmp_path) -> None:
    shelf = shelf_in(tmp_path, free=LEAST_FREE_SHARE - 0.001)
    assert not shelf.put(picture(1), IMAGE)
    assert files(tmp_path) == []


def test_a_restart_finds_what_is_whole_and_throws_out_what_is_torn(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    for item in (1, 2, 3, 4):
        shelf.put(picture(item), IMAGE)
    torn = shelf.path(picture(2).id)
    torn.write_bytes(torn.read_bytes()[:-20])
    empty = shelf.path(picture(3).id)
    empty.write_bytes(b"")
    (tmp_path / "pictures" / f"{picture(9).id}.part").write_bytes(b"half")
    stranger = tmp_path / "pictures" / "notes.txt"
    stranger.write_text("somebody's")
    again = shelf_in(tmp_path)
    assert again.kept == (picture(1), picture(4))
    assert stranger.exists()
    assert files(tmp_path) == [
        f"{picture(1).id}.png",
        f"{picture(4).id}.png",
        "notes.txt",
    ]
    assert again.size == sum(again.path(each.id).stat().st_size for each in again.kept)


def test_a_smaller_quota_is_kept_from_the_start(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    for item in (1, 2, 3, 4):
        shelf.put(picture(item), IMAGE)
    again = shelf_in(tmp_path, Quota(pictures=2, size=10**6))
    assert [each.item for each in again.kept] == [3, 4]
    assert len(files(tmp_path)) == 2


def test_a_renamed_picture_is_not_taken_for_another(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    shelf.put(picture(1), IMAGE)
    shelf.path(picture(1).id).rename(shelf.path(picture(2).id))
    with pytest.raises(ValueError, match="it says it is"):
        read_picture(shelf.path(picture(2).id))


def test_what_is_no_picture_is_an_error_and_leaves_nothing(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    with pytest.raises(ValueError, match="shape"):
        shelf.put(picture(1), np.zeros((0, 0), np.uint8))
    assert files(tmp_path) == []


def test_a_disk_fault_leaves_no_part_behind(tmp_path, monkeypatch) -> None:
    shelf = shelf_in(tmp_path)

    def broken(_self, _target):
        raise OSError(5, "input/output error")

    monkeypatch.setattr("pathlib.Path.replace", broken)
    with pytest.raises(OSError, match="input/output"):
        shelf.put(picture(1), IMAGE)
    assert files(tmp_path) == []
    assert shelf.kept == ()


@pytest.mark.parametrize(
    "name", ["", "..", "../lock", "1772000000001-7-1-low_grade.png", "a/b", "1-1-1-x"]
)
def test_names_that_are_no_pictures(name) -> None:
    assert not is_id(name)
    assert is_id(picture(1).id)


@given(st.text(max_size=300, alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_travels_in_a_png(text) -> None:
    png = cv2.imencode(".png", IMAGE[:4, :4])[1].tobytes()
    held = with_text(png, text)
    assert text_in(held) == text
    assert cv2.imdecode(np.frombuffer(held, np.uint8), cv2.IMREAD_UNCHANGED) is not None


@given(st.binary(max_size=400))
def test_noise_is_no_text(noise) -> None:
    png = with_text(cv2.imencode(".png", IMAGE[:4, :4])[1].tobytes(), "numbers")
    for torn in (noise, png[:40] + noise, png[:-1] + noise):
        try:
            assert text_in(torn) == "numbers"
        except ValueError:
            continue


def test_a_flipped_bit_in_the_text_is_found() -> None:
    png = bytearray(with_text(cv2.imencode(".png", IMAGE)[1].tobytes(), "grade 1.4"))
    png[png.index(b"1.4")] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        text_in(bytes(png))


@pytest.mark.parametrize("text", ['{"at_ms":1}', "[]", "no json", '{"at_ms":"1"}'])
def test_other_texts_are_no_pictures(text) -> None:
    with pytest.raises(ValueError, match="no picture of ours"):
        from_json(text)


def test_an_export_is_what_vision_test_reads(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    shelf.put(picture(1), IMAGE)
    shelf.put(picture(2, code_known=False, read="\\x", reason="unknown_code"), IMAGE)
    shelf.put(picture(3, code_known=False, read="", symbology="", grade=None), IMAGE)
    out = tmp_path / "out"
    assert export(tmp_path, list(pictures_in(tmp_path)), out) == 3
    first, second, third = examples(out)
    assert first.expected == "0106901234567892\x1d21A"
    assert {each.value for each in first.symbologies} >= {"gs1_data_matrix"}
    assert (second.expected, third.expected) == (None, None)
    assert all(each.path.is_file() for each in (first, second, third))
    with (out / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["read"] == "0106901234567892\\x1d21A"
    assert rows[0]["time"] == "2026-02-25T06:13:20.001000+00:00"
    assert (rows[0]["grade"], rows[2]["grade"]) == ("1.4", "")
    with pytest.raises(FileExistsError):
        export(tmp_path, [], out)


def test_a_picture_thrown_out_meanwhile_is_left_out(tmp_path) -> None:
    shelf = shelf_in(tmp_path)
    shelf.put(picture(1), IMAGE)
    listed = [*pictures_in(tmp_path), picture(2)]
    assert export(tmp_path, listed, tmp_path / "out") == 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [((480, 640), b"72 54"), ((20, 9000), b"72 2"), ((9000, 20), b"72 96")],
)
def test_a_small_picture_fits_a_screen_whatever_its_shape(shape, size) -> None:
    png = cv2.imencode(".png", np.full(shape, 7, np.uint8))[1].tobytes()
    small = small_pgm(png)
    assert small is not None
    assert small.startswith(b"P5\n" + size + b"\n255\n")
    assert set(small.split(b"\n", 3)[3]) == {7}


def test_a_torn_file_is_no_small_picture() -> None:
    assert small_pgm(b"\x89PNG torn") is None
