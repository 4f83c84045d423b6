"""Writes the generated part of docs/settings.md from the settings' own models."""

import json
import re
import sys
from typing import Any

from generated_part import write_or_check

from agent.settings import Settings

Node = dict[str, Any]
SCHEMA: Node = Settings.model_json_schema()

# Keys the models leave without a sentence. One that has got its own is an error here.
MEANINGS = {
    "CodingStation.level": "the level it codes; only `unit` is served yet",
    "ReadingStation.level": "the level it reads; only `unit` is served yet",
    "ReadingStation.camera": "camera that takes a picture of every unit",
    "ReadingStation.reader": "fixed reader instead of a camera; its `pattern` must "
    "give the item number",
    "ReadingStation.region": "where in the picture the code is; absent: everywhere",
    "ReadingStation.symbologies": "what to look for; empty: what the spec says",
    "PackingStation.level": "the container it fills",
    "PackingStation.strategy": "the next units that passed go into the open container",
    "RegionSection.x": "left edge",
    "RegionSection.y": "upper edge",
    "RegionSection.width": "width",
    "RegionSection.height": "height",
    "PrintedTextSection.box": "where the text stands",
}
LIMITS = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
TYPES = {
    "string": "text",
    "path": "path",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
}


def _page() -> str:
    top = SCHEMA["properties"]
    parts = [_section(f"[{name}]", _model(top[name])) for name in ("line", "platform")]
    parts.append(_section("[rules]", _model(top["rules"])))
    parts.append(_section("[opcua]", _optional(top["opcua"])))
    parts.append(_section("[pictures]", "PicturesSection"))
    for title, node in (
        ("[devices.NAME]", top["devices"]["additionalProperties"]),
        ("[[stations]]", top["stations"]["items"]),
    ):
        for each in node["oneOf"]:
            model = _model(each)
            kind = SCHEMA["$defs"][model]["properties"]["kind"]["const"]
            parts.append(_section(f'{title} with kind = "{kind}"', model))
    parts.append(_section("region of a reading station", "RegionSection"))
    parts.append(_section("grading of a reading station", "GradingSection"))
    parts.append(_section("placement of a reading station", "PlacementSection"))
    parts.append(_section("printed_text of a reading station", "PrintedTextSection"))
    parts.append(_section("box of printed_text", "TextBoxSection"))
    parts.append(
        _section("second_carrier of a reading station", "SecondCarrierSection")
    )
    return "\n".join(parts)


def _optional(node: Node) -> str:
    """The model of a section that may be absent."""
    return _model(next(each for each in node["anyOf"] if "$ref" in each))


def _section(title: str, model: str) -> str:
    """One table: a row for each key but `kind`, which the title has."""
    node = SCHEMA["$defs"][model]
    rows = [
        _row(model, key, field, key in node.get("required", ()))
        for key, field in node["properties"].items()
        if key != "kind"
    ]
    says = re.sub(r"\(docs/([^)]*)\)", r"([\1](\1))", node["description"])
    head = "| key | type | default | meaning |\n| --- | --- | --- | --- |"
    return f"## {title}\n\n{says}\n\n{head}\n" + "\n".join(rows) + "\n"


def _row(model: str, key: str, field: Node, required: bool) -> str:
    name = f"{model}.{key}"
    own, ours = field.get("description"), MEANINGS.get(name)
    if (own is None) == (ours is None):
        raise SystemExit(f"{name} must be explained by its model or by MEANINGS")
    default = "**needed**" if required else _toml(field["default"])
    meaning = (own or ours or "").replace("<", "\\<")
    return f"| `{key}` | {_type(field)} | {default} | {meaning} |"


def _type(field: Node) -> str:
    if "anyOf" in field:
        return _type(next(x for x in field["anyOf"] if x.get("type") != "null"))
    if "$ref" in field:
        target: Node = SCHEMA["$defs"][_model(field)]
        return _type(target) if "enum" in target else "table, below"
    if "enum" in field or "const" in field:
        return _choice(field.get("enum") or [field["const"]])
    if field["type"] == "array":
        return f"list of {_type(field['items']).removeprefix('one of ')}"
    if field["type"] == "object":
        return f"table of {_type(field['additionalProperties'])}"
    return _scalar(field)


def _scalar(field: Node) -> str:
    plain = TYPES[str(field.get("format", field["type"]))]
    if "pattern" in field:
        return f"{plain} like `{field['pattern']}`"
    if "minimum" in field and "maximum" in field:
        return f"{plain} {field['minimum']} to {field['maximum']}"
    limits = [f"{sign} {field[word]}" for word, sign in LIMITS if word in field]
    return " ".join([plain, *limits])


def _choice(values: list[str | int]) -> str:
    shown = ", ".join(
        f"`{value}`" if isinstance(value, int) else f'`"{value}"`' for value in values
    )
    return shown if len(values) == 1 else f"one of {shown}"


def _toml(value: object) -> str:
    if value is None:
        return "absent"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {json.dumps(v)}" for key, v in value.items())
        return f"`{{ {inside} }}`"
    return f"`{json.dumps(value, ensure_ascii=True)}`"


def _model(node: Node) -> str:
    """The name of the model a node refers to."""
    name: str = node["$ref"].rsplit("/", 1)[1]
    return name


if __name__ == "__main__":
    sys.exit(write_or_check("settings.md", _page(), "generate_settings_doc.py"))
