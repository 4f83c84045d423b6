"""Print quality, and the pictures of the last rejects."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from agent.api.models import MAX_ID_CHARS, PlainText
from agent.api.ports import AgentView
from agent.api.problems import not_found
from agent.api.quality_models import PicturesModel, QualityModel

PictureId = Annotated[PlainText, Path(min_length=1, max_length=MAX_ID_CHARS)]


SMALL_TYPE = "image/x-portable-graymap"


def router(view: AgentView) -> APIRouter:
    """`/v1/quality` and `/v1/pictures`."""
    routes = APIRouter(tags=["quality"])

    @routes.get("/v1/quality")
    async def quality() -> QualityModel:
        """Charts of every head's prints, and what gets worse (印刷质量趋势)."""
        return view.quality()

    @routes.get("/v1/pictures")
    async def pictures() -> PicturesModel:
        """The kept pictures of rejects (剔除图片), the newest first."""
        return view.pictures()

    @routes.get(
        "/v1/pictures/{name}",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def picture(name: PictureId) -> Response:
        """One of them as a PNG file, with its numbers inside."""
        return _told(await view.picture(name), name, "image/png")

    @routes.get(
        "/v1/pictures/{name}/small",
        response_class=Response,
        responses={200: {"content": {SMALL_TYPE: {}}}},
    )
    async def small(name: PictureId) -> Response:
        """One of them 72 pixels wide, as a grey PGM file."""
        return _told(await view.small_picture(name), name, SMALL_TYPE)

    return routes


def _told(data: bytes | None, name: str, media_type: str) -> Response:
    if data is None:
        raise not_found(
            "picture", name, "path.name", "see GET /v1/pictures: old ones go first"
        )
    return Response(data, media_type=media_type)
