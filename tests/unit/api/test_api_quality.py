"""Print quality and kept pictures over the API, and through its client."""

from urllib.parse import quote

import pytest

from agent.api.models import QualityNote
from agent.api.quality_models import (
    PictureModel,
    PicturesModel,
    QualityChart,
    QualityHead,
    QualityModel,
    QualityWarning,
)
from agent.client import AgentRefused

NOTE = QualityNote(
    head="jet 1",
    lane=1,
    parameter="symbol_contrast",
    cause="ink",
    cause_zh="墨迹变淡。",
    cause_en="The ink fades.",
    remedy_zh="清洁喷头。",
    remedy_en="Clean the head.",
)
HEAD = QualityHead(
    head="jet 1",
    lane=1,
    prints=950,
    grade=2.96,
    ungraded=3,
    grading_ms=13.5,
    ungraded_why="the symbol is cut off",
    settle=200,
    charts=(
        QualityChart(
            parameter="symbol_contrast",
            zh="符号反差",
            state="worse",
            prints=950,
            mean=0.61234,
            usual=0.77,
            low=0.73,
            high=None,
            grade=3.4,
            points=((940, 0.613),),
        ),
        QualityChart(
            parameter="print_growth",
            zh="印制增量",
            state="settling",
            prints=150,
            mean=None,
            usual=None,
            low=None,
            high=None,
            grade=None,
        ),
    ),
    warnings=(QualityWarning(**NOTE.model_dump(), value=0.61, usual=0.77, item=412),),
)
PICTURE = PictureModel(
    id="1772000000001-7-1-low_grade",
    at_ms=1_772_000_000_001,
    order="MO-1",
    boot=7,
    item=1,
    reason="low_grade",
    read="0106901234567892\x1d21A",
    symbology="gs1_data_matrix",
    grade=1.4,
    notes="",
)


async def test_quality_comes_through_whole(client, view) -> None:
    assert await client.quality() == QualityModel()
    view.prints = QualityModel(heads=(HEAD,))
    assert await client.quality() == view.prints


async def test_pictures_are_listed_and_fetched_byte_for_byte(client, view) -> None:
    view.kept = PicturesModel(kept=(PICTURE,), size=17, dropped=2)
    view.files[PICTURE.id] = b"\x89PNG\r\n\x1a\n\x00\xff"
    listed = await client.pictures()
    assert listed == view.kept
    assert await client.picture(listed.kept[0].id) == view.files[PICTURE.id]


async def test_a_picture_is_a_png_and_an_unknown_one_says_what_to_do(http, view):
    view.files[PICTURE.id] = b"\x89PNG"
    reply = await http.get(f"/v1/pictures/{PICTURE.id}")
    assert reply.headers["content-type"] == "image/png"
    gone = await http.get("/v1/pictures/1772000000001-7-9-late")
    assert gone.status_code == 404
    assert gone.json()["remedy"].startswith("see GET /v1/pictures")


@pytest.mark.parametrize("name", ["..%2Flock", "%00", "a%0ab"])
async def test_no_path_gets_through(http, name):
    reply = await http.get(f"/v1/pictures/{name}")
    assert reply.status_code in {404, 422}
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_picture_that_is_gone_is_a_refusal(client) -> None:
    with pytest.raises(AgentRefused) as refused:
        await client.picture("1772000000001-7-9-late")
    assert refused.value.status == 404


async def test_charts_are_gauges_a_monitor_can_draw(http, view) -> None:
    view.prints = QualityModel(heads=(HEAD,))
    view.kept = PicturesModel(kept=(PICTURE,), size=17, dropped=2)
    lines = (await http.get("/v1/metrics")).text.splitlines()
    at = '{head="jet 1",lane="1"'
    assert f"line_agent_print_grade{at}}} 2.96" in lines
    assert f"line_agent_prints_ungraded{at}}} 3" in lines
    assert f"line_agent_print_grading_ms{at}}} 13.5" in lines
    contrast = f'{at},parameter="symbol_contrast"}}'
    assert f"line_agent_print_figure{contrast} 0.61234" in lines
    assert f"line_agent_print_worse{contrast} 1" in lines
    growth = f'{at},parameter="print_growth"}}'
    assert f"line_agent_print_worse{growth} 0" in lines
    assert not any(
        line.startswith(f"line_agent_print_figure{growth}") for line in lines
    )
    assert "line_agent_pictures_kept 1" in lines
    assert "line_agent_pictures_bytes 17" in lines
    assert "line_agent_pictures_dropped 2" in lines
    assert lines.count("# TYPE line_agent_print_figure gauge") == 1


async def test_the_status_tells_what_gets_worse(client, view) -> None:
    view.now = view.now.model_copy(update={"quality": (NOTE,)})
    assert (await client.status()).quality == (NOTE,)


SUPERVISOR = {
    "by": "李工",
    "reason": "清洗喷头",
    "role": "supervisor",
    "act_id": "reset-000001",
}


@pytest.mark.parametrize("head", ["jet", "T1000 left/1", "左", ""])
async def test_charts_are_reset_once_by_a_supervisor(http, view, head):
    path = f"/v1/acts/reset-charts/{quote(head, safe='')}"
    for _ in range(2):
        reply = await http.post(path, json=SUPERVISOR)
        assert reply.json() == {"done": True, "message": f"reset-charts {head}"}
    assert len(view.acts) == 1


@pytest.mark.parametrize(
    ("field", "value"), [("role", "operator"), ("role", None), ("reason", "")]
)
async def test_charts_are_reset_by_nobody_else(http, view, field, value):
    body = {k: v for k, v in (SUPERVISOR | {field: value}).items() if v is not None}
    reply = await http.post("/v1/acts/reset-charts/jet", json=body)
    assert (reply.status_code, reply.json()["where"]) == (422, f"body.{field}")
    assert view.acts == []
