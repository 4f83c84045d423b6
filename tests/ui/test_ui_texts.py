"""Nothing the agent can say is without words, symbol, cause and remedy."""

import unicodedata

import pytest
from rich.cells import cell_len

from agent.domain.run_state import RunState
from agent.domain.words import Level, Notice, Reason, StopCause
from drivers.base import LinkState
from ui import signs
from ui.actions import ACTS
from ui.texts import NOTICES, REASONS, STOPS
from ui.words import Advice, Words

# The room for a cause or remedy on a screen of 120 columns.
LINE_CELLS = 68


def all_words(advice: Advice) -> list[Words]:
    return [advice.name, advice.cause, advice.remedy]


def is_chinese(text: str) -> bool:
    return any("CJK UNIFIED" in unicodedata.name(c, "") for c in text)


def test_every_word_of_the_domain_has_its_text():
    assert set(STOPS) == set(StopCause)
    assert set(REASONS) == set(Reason)
    assert set(NOTICES) == set(Notice)
    assert set(signs.RUN_SIGNS) == set(RunState)
    assert set(signs.LEVELS) == set(Level)
    assert set(signs.LINK_SIGNS) == {state.value for state in LinkState}


@pytest.mark.parametrize("advice", [*STOPS.values(), *REASONS.values()])
def test_texts_are_in_both_languages_and_end_as_sentences(advice):
    for words in all_words(advice):
        assert is_chinese(words.zh)
        assert not set(words.zh) & set(",;:()?!"), "half-width marks in Chinese"
        assert words.en.isascii()
    for words in (advice.cause, advice.remedy):
        assert words.zh.endswith("。")
        assert words.en.endswith(".")


@pytest.mark.parametrize("advice", STOPS.values())
def test_a_stop_is_told_on_one_line_each(advice):
    for words in (advice.cause, advice.remedy):
        assert cell_len(words.zh) <= LINE_CELLS
        assert cell_len(words.en) <= LINE_CELLS


@pytest.mark.parametrize(
    "family",
    [
        [*signs.RUN_SIGNS.values(), signs.RUN_UNKNOWN],
        [signs.SYNC_HELD, signs.SYNC_WAITING, signs.SYNC_SENDING, signs.SYNC_DONE],
        [signs.BALANCED, signs.NOT_BALANCED, signs.BOOKS_OPEN],
        [signs.ONLINE, signs.OFFLINE, signs.UNKNOWN],
    ],
)
def test_states_differ_by_symbol_and_word_not_by_colour_alone(family):
    assert len({sign.symbol for sign in family}) == len(family)
    assert len({sign.words.zh for sign in family}) == len(family)


def test_texts_name_keys_that_exist():
    keys = {key.upper() for act in ACTS for key in act.keys.split(",")}
    for advice in STOPS.values():
        for word in advice.remedy.en.replace(".", " ").replace(",", " ").split():
            if word[0] == "F" and word[1:].isdigit():
                assert word in keys
                assert word in advice.remedy.zh
