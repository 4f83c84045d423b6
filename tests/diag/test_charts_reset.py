"""`line-agent vision trends --reset` beside a running line: who may, what is left."""

import pytest

from agent.quality import HeadKey, HeadQuality
from agent.vision.trends.head import HeadTrends

WHO = ("--by", "李工", "--reason", "换喷头", "--role", "supervisor")


@pytest.fixture
def heads(line):
    """Two heads that print; one is named as people name things."""
    quality = line.agent.watching.quality
    for name in ("T1000 左/1", "jet"):
        quality.heads[HeadKey(head=name, lane=1)] = HeadQuality(trends=HeadTrends())
    return quality


def noted(line):
    rows = line.agent.reader.journal_after(0, 1000)
    return [row.fact() for row in rows if row.kind == "ActDone"]


async def test_a_head_is_reset_by_its_name_and_it_is_noted(line, heads):
    done = await line.cli("vision", "trends", "--reset", "T1000 左/1", *WHO)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "the charts of 'T1000 左/1' settle anew" in done.stderr
    assert heads.names() == ("jet",)
    (fact,) = noted(line)
    assert (fact.act, fact.subject) == ("reset_charts", "T1000 左/1")
    assert (fact.by, fact.reason) == ("李工", "换喷头")


async def test_a_head_without_charts_is_refused_with_those_there_are(line, heads):
    done = await line.cli("vision", "trends", "--reset", "jett", *WHO)
    assert done.exit_code == 1
    assert "no head 'jett' has charts; there are: 'T1000 左/1', 'jet'" in done.stderr
    assert noted(line) == []


@pytest.mark.parametrize(
    ("left_out", "told"), [("--role", "say --role supervisor"), ("--reason", "say why")]
)
async def test_it_is_a_supervisors_with_a_reason(line, heads, left_out, told):
    at = WHO.index(left_out)
    who = WHO[:at] + WHO[at + 2 :]
    done = await line.cli("vision", "trends", "--reset", "jet", *who)
    assert done.exit_code == 2
    assert told in done.stderr
    assert heads.names() == ("T1000 左/1", "jet")
    assert noted(line) == []
