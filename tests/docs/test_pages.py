"""What the pages say of the program, held against the program."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from agent.api.app import create_app
from agent.api.models import Reconciliation
from agent.cli.main import app as line_agent
from agent.reports import as_text
from agent.settings import parse
from simulators.cli import app as line_sim

ROOT = Path(__file__).parents[2]
OWN = ("agent", "drivers", "simulators", "ui", "tests", "docs")
PAGES = [
    *ROOT.glob("*.md"),
    *(page for folder in OWN for page in (ROOT / folder).rglob("*.md")),
]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


def name_of(path):
    return str(path.relative_to(ROOT))


def text_of(*parts):
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "script",
    ["generate_settings_doc.py", "generate_commands_doc.py", "generate_devices_doc.py"],
)
def test_generated_pages_are_up_to_date(script):
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / script, "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


async def test_the_commands_page_is_what_happens(steps, session):
    terminal = session()
    for step in steps(ROOT / "docs" / "commands.md"):
        await terminal.do(step)


def test_the_settings_page_shows_settings():
    (example,) = re.findall(r"```toml\n(.*?)```", text_of("docs/settings.md"), re.S)
    assert parse(example, Path("example")).line.id == "L01"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if not re.match(r"[a-z]+:", file):
            assert (page.parent / file).exists(), target
        if anchor and not file:
            headings = re.findall(r"^#+ (.*)$", text, re.M)
            assert anchor in {h.lower().replace(" ", "-") for h in headings}, target


def test_pages_named_in_the_code_are_there():
    named = {
        found
        for folder in (*OWN, "tools", "systemd")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".md", ".sh", ".toml"}
        for found in re.findall(
            r"\bdocs/[\w/.-]+?\.md\b", file.read_text(encoding="utf-8")
        )
    }
    assert "docs/platform.md" in named
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_both_readmes_show_the_same():
    blocks, links = zip(
        *(
            (
                re.findall(r"```.*?```", page.read_text(encoding="utf-8"), re.S),
                re.findall(r"\]\((?!README|#)(.*?)\)", page.read_text("utf-8")),
            )
            for page in READMES
        ),
        strict=True,
    )
    assert blocks[0] == blocks[1]
    assert links[0][:-1] == links[1][:-1]


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_readmes_name_every_kind_of_device(page):
    kinds = re.findall(r'^## \[devices\.NAME\] with kind = "(\w+)"', SETTINGS, re.M)
    assert kinds
    assert set(re.findall(r"\| \[`(\w+)`\]", page.read_text("utf-8"))) == set(kinds)


SETTINGS = text_of("docs/settings.md")


def names_of(app: typer.Typer) -> set[str]:
    groups = {g.name: names_of(g.typer_instance) for g in app.registered_groups}
    own = {c.name or c.callback.__name__ for c in app.registered_commands}
    return own | {
        f"{group} {name}" for group, names in groups.items() for name in names
    }


@pytest.mark.parametrize("page", READMES, ids=name_of)
def test_readmes_name_every_command(page):
    rows = re.findall(
        r"^\| (`line-(?:agent|sim) .*?) \|", page.read_text("utf-8"), re.M
    )
    shown: dict[str, set[str]] = {"line-agent": set(), "line-sim": set()}
    for row in rows:
        first, *others = re.findall(r"`(.*?)`", row)
        program, *words = first.split()
        shown[program] |= {" ".join(words)}
        shown[program] |= {" ".join([*words[:-1], each]) for each in others}
    assert shown == {"line-agent": names_of(line_agent), "line-sim": names_of(line_sim)}


def test_the_readme_names_what_make_has():
    targets = set(re.findall(r"^(\w+):", text_of("Makefile"), re.M))
    shown = set(re.findall(r"\bmake (\w+)\b", text_of("README.md")))
    assert shown <= targets
    assert targets - shown <= {"setup", "lock", "clean"}


def test_the_api_page_names_every_route():
    paths = create_app(None).openapi()["paths"]
    routes = {(act.upper(), path) for path, acts in paths.items() for act in acts}
    rows = re.findall(r"^\| `(GET|POST) (/v1/[^?`]*)", text_of("docs/api.md"), re.M)
    assert set(rows) == routes


def test_the_settlement_shown_is_how_it_is_told():
    level = {"in_flight": 0, "sampled": 0}
    unit = {"issued": 3600, "unused": 684, "good": 2880, "rejected": 2, "voided": 34}
    case = {"issued": 152, "unused": 32, "good": 120, "rejected": 0, "voided": 0}
    pallet = {"issued": 5, "unused": 3, "good": 2, "rejected": 0, "voided": 0}
    books = Reconciliation.model_validate(
        {
            "order": "DEMO-0001",
            "product": "P",
            "batch": "B",
            "target": 2880,
            "closed": True,
            "codes": [
                {"level": "unit"} | level | unit,
                {"level": "case"} | level | case,
                {"level": "pallet"} | level | pallet,
            ],
            "items_judged": 2918,
            "items_passed": 2880,
            "items_rejected": 36,
            "items_absent": 2,
            "items_unknown": 0,
            "items_escaped": 0,
            "reasons": {"no_read": 36, "order_full": 2},
            "unnumbered": 6,
            "containers": {"case": 120, "pallet": 2},
            "partial": 0,
            "head_seq": 9543,
            "head_hash": "",
        }
    )
    (shown,) = re.findall(r"```text\n(codes .*?)```", text_of("README.md"), re.S)
    assert set(shown.splitlines()) <= set(as_text(books).splitlines())


def test_decisions_are_listed_with_their_titles():
    listed = re.findall(
        r"^\| \[(\d{4})\]\((.*?)\) \| (.*) \|$",
        text_of("docs/decisions/README.md"),
        re.M,
    )
    records = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert [file for _, file, _ in listed] == [record.name for record in records]
    for number, file, title in listed:
        assert text_of("docs/decisions", file).startswith(f"# {int(number)}. {title}\n")


def test_the_changelog_has_this_version():
    version = tomllib.loads(text_of("pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## .*\b{re.escape(version)}\b", text_of("CHANGELOG.md"), re.M)
