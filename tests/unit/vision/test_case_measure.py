"""The measure of case pictures counts what it says."""

from dataclasses import replace

import numpy as np

from agent.vision.cases.reader import CaseReader
from simulators.cameras.defects import GOOD
from simulators.cameras.open_case import Content, OpenCase, draw
from simulators.measure.eye.case_picture import Tally, tally

CASE = OpenCase(
    rows=3,
    columns=4,
    size=(1000, 800),
    mark=replace(GOOD, module_px=3.5),
    contents={(2, 2): Content.EMPTY},
)


def test_a_good_run_places_all_and_names_what_is_gone():
    made = tally(CASE, 2)
    assert (made.pictures, made.codes, made.placed) == (2, 22, 22)
    assert (made.wrong, made.gone, made.named, made.open) == (0, 2, 2, 0)
    assert made.alone > 11
    assert made.cells[:5] == ("2", "100.00", "0", "2 / 2", "0")


def test_a_code_in_anothers_place_is_wrong():

    shot = draw(CASE, np.random.default_rng(1))
    reader = CaseReader(frozenset({CASE.symbology}), rows=3, columns=4)
    result = reader.read(shot.image)
    reader.close()
    first, second, *others = result.codes
    swapped = (
        replace(first, code=second.code),
        replace(second, code=first.code),
        *others,
    )

    made = Tally()
    made.add(shot, replace(result, codes=swapped))
    assert made.wrong == 2
    assert made.placed == 9
