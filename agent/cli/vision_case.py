"""`vision case`: all codes of a picture of an open case. 整箱识读"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import cv2
import typer

from agent.cli.exits import Exit, plain_errors
from agent.cli.records import AsJson
from agent.cli.tables import table
from agent.cli.vision_case_drawn import annotated
from agent.cli.vision_input import numbers_of, picture_at, region_of, unusable
from agent.vision.cases.layout import Shifted
from agent.vision.cases.reader import BUDGET_MS, CaseReader
from agent.vision.cases.result import CaseResult, PlacedCode
from agent.vision.cases.words import told
from agent.vision.decoded import Corners, Decoded
from agent.vision.region import Image
from agent.vision.symbology import Symbology

Wanted = Annotated[
    list[Symbology] | None,
    typer.Option("--symbology", help="may be repeated; QR unless told 码制"),
]


def case_command(
    picture: Annotated[Path, typer.Argument(help="picture of an open case 图片")],
    *,
    rows: Annotated[int, typer.Option(min=1, help="from top to bottom 排数")],
    columns: Annotated[int, typer.Option(min=1, help="from left to right 列数")],
    symbology: Wanted = None,
    shifted: Annotated[
        Shifted,
        typer.Option(help="rows half a place to the right, as honeycomb 错排"),
    ] = Shifted.NONE,
    region: Annotated[
        str, typer.Option(metavar="X,Y,W,H", help="where the case is, px 区域")
    ] = "",
    corners: Annotated[
        str,
        typer.Option(
            metavar="X,Y,…",
            help="of the places in an earlier picture, as this prints them 箱位四角",
        ),
    ] = "",
    budget_ms: Annotated[float, typer.Option(min=1, help="时限")] = BUDGET_MS,
    workers: Annotated[int, typer.Option(min=1, max=16, help="threads 线程")] = 2,
    out: Annotated[
        Path | None, typer.Option(help="write the picture with its places 标注图")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read all codes of an open case and name the places that miss one. 整箱识读

    Exit code 0: every place has its own code. Row 1 is on top, column 1 on the left.
    """
    image = picture_at(picture)
    try:
        reader = CaseReader(
            frozenset(symbology or {Symbology.QR}),
            rows=rows,
            columns=columns,
            shifted=shifted,
            region=region_of("--region", region) if region else None,
            taught=_corners(corners),
            budget_ms=budget_ms,
            max_workers=workers,
        )
    except ValueError as error:
        unusable(str(error))
    result = reader.read(image)
    reader.close()
    print(_object(picture, result) if as_json else _shown(picture, result))
    if out is not None:
        with plain_errors():
            _write(out, annotated(image, result))
    if not result.is_complete:
        raise typer.Exit(Exit.NEGATIVE)


def _corners(text: str) -> Corners | None:
    if not text:
        return None
    n = numbers_of("--corners", text, 8)
    return ((n[0], n[1]), (n[2], n[3]), (n[4], n[5]), (n[6], n[7]))


def _write(path: Path, image: Image) -> None:
    suffix = path.suffix or ".png"
    try:
        done, data = cv2.imencode(suffix, image)
    except cv2.error:
        done = False
    if not done:
        unusable(f"{path}: no kind of picture is written as {suffix}; use .png or .jpg")
    path.write_bytes(data.tobytes())


def _shown(picture: Path, result: CaseResult) -> str:
    layout = result.layout
    head = (
        f"{picture}: {len(result.codes)} / {layout.places} 码 codes, "
        f"{result.elapsed_ms:.0f} ms"
    )
    rows = [
        (each.row or "?", each.column or "?", each.code.symbology, each.code.text)
        for each in result.codes
    ]
    parts = [head, table(("排 row", "列 column", "码制 symbology", "text"), rows)]
    parts += ["\n".join(told(result))] if told(result) else []
    if result.outline is not None:
        corners = ",".join(f"{n:.0f}" for point in result.outline for n in point)
        parts.append(f"箱位四角 corners of the places: --corners {corners}")
    return "\n\n".join(parts)


def _object(picture: Path, result: CaseResult) -> str:
    return json.dumps(
        {
            "file": picture.name,
            "complete": result.is_complete,
            "rows": result.layout.rows,
            "columns": result.layout.columns,
            "codes": [_placed(each) for each in result.codes],
            "missing": [
                {"row": each.row, "column": each.column, "state": each.state}
                for each in result.missing
            ],
            "missing_count": result.missing_count,
            "duplicates": [_group(group) for group in result.duplicates],
            "crowded": [{"row": r, "column": c} for r, c in result.crowded],
            "strangers": [_code(code) for code in result.strangers],
            "doubt": result.doubt,
            "corners": result.outline,
            "looks": result.looks,
            "ms": round(result.elapsed_ms, 1),
            "timed_out": result.timed_out,
        },
        ensure_ascii=False,
    )


def _group(group: Sequence[PlacedCode]) -> dict[str, object]:
    places = [{"row": each.row, "column": each.column} for each in group]
    return {"text": group[0].code.text, "places": places}


def _placed(each: PlacedCode) -> dict[str, object]:
    return {"row": each.row, "column": each.column} | _code(each.code)


def _code(code: Decoded) -> dict[str, object]:
    return {"text": code.text, "symbology": code.symbology, "aim": code.aim}
