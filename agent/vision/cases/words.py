"""What was read of a case, in words of both languages."""

from typing import Final

from agent.vision.cases.result import CaseResult, Doubt, PlacedCode, PlaceState

STATES: Final = {
    PlaceState.UNREAD: "有码未读 print not read",
    PlaceState.BLANK: "无印码 no print",
    PlaceState.EMPTY: "无盖 no cap",
    PlaceState.MISSING: "缺码 no code",
}
DOUBTS: Final = {
    Doubt.NO_GRID: (
        "读到的码太少，无法确定行列。Too few codes to tell rows and columns."
    ),
    Doubt.ROWS: (
        "最外一排整排无码，无法确定排号；请示教箱位。An outer row shows no code: row "
        "numbers cannot be told; teach where the case stands."
    ),
    Doubt.COLUMNS: (
        "最外一列整列无码，无法确定列号；请示教箱位。An outer column shows no code: "
        "column numbers cannot be told; teach where the case stands."
    ),
    Doubt.ROWS_AND_COLUMNS: (
        "最外排和列无码，无法确定排号和列号；请示教箱位。Outer rows and columns show "
        "no code: their numbers cannot be told; teach where the case stands."
    ),
}


def place_text(row: int | None, column: int | None) -> str:
    """Such as 第3排第5列 row 3, column 5; ? for a number in doubt."""
    r, c = row or "?", column or "?"
    return f"第{r}排第{c}列 row {r}, column {c}"


def told(result: CaseResult) -> list[str]:
    """One line for everything that is not as it should be; none for a good case."""
    lines = [DOUBTS[result.doubt]] if result.doubt else []
    if result.doubt and result.missing_count:
        lines.append(
            f"缺 {result.missing_count} 个码 {result.missing_count} codes short"
        )
    lines += [
        f"{place_text(each.row, each.column)}: {STATES[each.state]}"
        for each in result.missing
    ]
    lines += [_repeated(group) for group in result.duplicates]
    lines += [
        f"{place_text(*cell)}: 一处两码 two codes in one place"
        for cell in result.crowded
    ]
    lines += [
        f"箱位外的码 a code on no place: {code.text}" for code in result.strangers
    ]
    if result.timed_out:
        lines.append("超时，未看完 out of time before all was tried")
    return lines


def _repeated(group: tuple[PlacedCode, ...]) -> str:
    places = "; ".join(place_text(each.row, each.column) for each in group)
    return f"重码 the same code twice: {group[0].code.text}: {places}"
