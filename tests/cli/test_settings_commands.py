"""`init`, `check` and `run` with settings that cannot be used: one sentence each."""

import os
import re

import pytest

from agent.cli.template import TEMPLATE

GOOD = TEMPLATE.format(line='"L01"', data='"/tmp/none"')


@pytest.fixture
def refused(cli, tmp_path):
    """What `check` and `run` say of settings that they refuse."""

    def run(text: str | bytes) -> str:
        path = tmp_path / "line.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        checked = cli("check", "-s", path)
        assert (checked.exit_code, checked.stdout) == (2, "")
        ran = cli("run", "-s", path)
        assert (ran.exit_code, ran.stderr) == (2, checked.stderr)
        lines = checked.stderr.splitlines()
        assert all(line.startswith(f"{path}: ") for line in lines)
        return "\n".join(line.removeprefix(f"{path}: ") for line in lines)

    return run


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def without(key: str) -> str:
    text, count = re.subn(rf"(?m)^{key} = .*\n", "", GOOD, count=1)
    assert count == 1
    return text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[rules]", "[rule]", "unknown key 'rule'; did you mean 'rules'?"),
        (
            "auto_start",
            "autostart",
            "unknown key 'line.autostart'; did you mean 'auto_start'?",
        ),
        (
            "print_ahead",
            "print_ahaed",
            "unknown key 'rules.print_ahaed'; did you mean 'print_ahead'?",
        ),
        (
            "poll_s = 5",
            "pol_s = 5",
            "unknown key 'platform.pol_s'; did you mean 'poll_s'?",
        ),
        (
            "folder =",
            "keeep = 7\nfolder =",
            "unknown key 'devices.camera.keeep'; did you mean 'keep'?",
        ),
        (
            "budget_ms",
            "budgett",
            "unknown key 'stations[2].budgett'; did you mean 'budget_ms'?",
        ),
        (
            "budget_ms = 25",
            "region = { x = 1, y = 1, width = 1, height = 1, widht = 2 }",
            "unknown key 'stations[2].region.widht'; did you mean 'width'?",
        ),
        # A key of another section is no help here; what is possible is.
        (
            "poll_s = 5",
            "reject_limit = 5",
            "unknown key 'platform.reject_limit'; there is poll_s, url",
        ),
    ],
)
def test_unknown_keys_name_file_key_and_nearest(refused, old, new, said) -> None:
    assert refused(changed(old, new)) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('printer = "bottle', 'printer = "botle', "did you mean 'bottle_printer'?"),
        ('io = "plc"', 'io = "zzz"', "stations[2].io: there is no device 'zzz'; there"),
        (
            'io = "plc"',
            'io = "camera"',
            "stations[2].io: 'camera' is a opencv_camera, not a line_io",
        ),
        (
            'labeller = "pallet_labeller"',
            'labeller = "case_labeller"',
            "stations[4].labeller: 'case_labeller' is stations[3].labeller already",
        ),
        (
            'camera = "camera"',
            'camera = "camera"\nreader = "case_reader"',
            "stations[2]: name either a camera or a reader",
        ),
        ('level = "pallet"', 'level = "case"', "a case cannot hold cases"),
        ('level = "pallet"', 'level = "box"', "a box cannot hold cases"),
        (
            'kind = "line_io"',
            'kind = "line_ioo"',
            "devices.plc.kind: there is no kind 'line_ioo'; did you mean 'line_io'?",
        ),
        (
            'kind = "coding"',
            'kind = "codin"',
            "stations[1].kind: there is no kind 'codin'; did you mean 'coding'?",
        ),
        (
            'kind = "line_io"\n',
            "",
            "'devices.plc.kind' is missing",
        ),
        (
            "lease = 64",
            'lease = "many"',
            "rules.lease: Input should be a valid integer",
        ),
        ("lease = 64", "lease = 0", "rules.lease: Input should be greater than or"),
        ('id = "L01"', 'id = "L 01"', "line.id: String should match pattern"),
        ('url = "http:', 'url = "ftp:', "platform.url: String should match pattern"),
        (
            "modbus://127.0.0.1:5020/1",
            "tcp://127.0.0.1:5020",
            "devices.plc.address: ",
        ),
    ],
)
def test_wrong_values_name_key_and_fault(refused, old, new, said) -> None:
    told = refused(changed(old, new))
    assert said in told
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("id", "'line.id' is missing"),
        ("url", "'platform.url' is missing"),
        ("no_read", "'devices.case_reader.no_read' is missing"),
        ("printer", "'stations[1].printer' is missing"),
    ],
)
def test_missing_keys(refused, key, said) -> None:
    assert refused(without(key)) == said


def test_missing_sections_are_all_named(refused) -> None:
    assert refused("") == "\n".join(
        f"'{name}' is missing" for name in ("line", "platform", "devices", "stations")
    )


def test_every_fault_is_named_at_once(refused) -> None:
    text = changed("[rules]", "[rules]\nx = 1").replace("poll_ms = 20", "poll_ms = 1")
    assert len(refused(text).splitlines()) == 2


def test_stations_of_a_kind(refused) -> None:
    none = GOOD.split("[[stations]]", maxsplit=1)[0] + "stations = []\n"
    with_none = none.replace("[line]", "stations = []\n[line]").removesuffix(
        "stations = []\n"
    )
    assert refused(with_none) == "stations: exactly one reading station is needed"
    twice = GOOD + '[[stations]]\nkind = "coding"\nprinter = "bottle_printer"\n'
    assert refused(twice) == "stations: at most one coding station is supported"


def test_bad_toml_names_the_line(refused) -> None:
    said = refused('[line]\nid = "L01"\ndata data\n')
    assert said.startswith("is not valid TOML: ")
    assert "line 3" in said


def test_other_encodings_are_refused(refused) -> None:
    text = GOOD.replace("[platform]  ", "[platform] # 平台")
    said = refused(text.encode("gbk"))
    at = text.encode("gbk").index("平".encode("gbk"))
    assert said.startswith("is not UTF-8 at byte ")
    assert int(re.search(r"byte (\d+)", said)[1]) <= at + 40
    assert "save it as UTF-8" in said


def test_byte_order_mark_is_no_fault(cli, tmp_path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(GOOD, encoding="utf-8-sig")
    assert cli("check", "-s", path).exit_code == 0


@pytest.mark.parametrize("command", ["check", "run", "orders"])
def test_missing_file(cli, tmp_path, command) -> None:
    path = tmp_path / "nowhere.toml"
    result = cli(command, "-s", path)
    assert result.exit_code == 2
    assert result.stderr == f"{path}: cannot be read: No such file or directory\n"


def test_label_template_that_cannot_be_used(cli, tmp_path) -> None:
    """Found when the device is opened, which dials nobody."""
    path = tmp_path / "line.toml"
    text = TEMPLATE.format(line='"L01"', data=f'"{tmp_path / "data"}"')
    old = 'address = "tcp://127.0.0.1:9100"\n'
    assert old in text
    new = f'{old}templates = {{ case = "{tmp_path / "none.zpl"}" }}\n'
    path.write_text(text.replace(old, new), encoding="utf-8")
    for command in ("check", "run"):
        result = cli(command, "-s", path)
        assert result.exit_code == 2
        assert result.stderr.startswith("case_labeller: ")
        assert f"{tmp_path / 'none.zpl'}" in result.stderr


def test_init_then_check(cli, tmp_path) -> None:
    path = tmp_path / "line.toml"
    data = tmp_path / '数据 "1"'
    result = cli("init", path, "--line", "L7", "--data", data)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert f"`line-agent check -s {path}`" in result.stderr
    result = cli("check", "-s", path)
    assert result.exit_code == 0
    assert result.stderr == "settings are usable 配置可用\n"
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert ["plc", "line_io", "modbus://127.0.0.1:5020/1"] in rows
    assert len(rows) == 7
    assert not data.exists()  # nothing was started


def test_init_does_not_overwrite(cli, tmp_path) -> None:
    path = tmp_path / "line.toml"
    path.write_text("mine")
    result = cli("init", path)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert path.read_text() == "mine"


def test_init_refuses_what_check_would(cli, tmp_path) -> None:
    path = tmp_path / "line.toml"
    result = cli("init", path, "--line", "L 7")
    assert result.exit_code == 2
    assert "line.id" in result.stderr
    assert not path.exists()


def test_init_in_a_folder_that_is_not_there(cli, tmp_path) -> None:
    path = tmp_path / "etc" / "line.toml"
    result = cli("init", path)
    assert result.exit_code == 4
    assert result.stderr == f"{path}: No such file or directory\n"


def test_check_finds_names_that_do_not_resolve(cli, tmp_path) -> None:
    path = tmp_path / "line.toml"
    path.write_text(changed("127.0.0.1:3000", "printer.invalid:3000"))
    result = cli("check", "-s", path)
    assert result.exit_code == 1
    assert "devices.bottle_printer: printer.invalid cannot be found" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_check_finds_a_folder_nobody_may_write(cli, tmp_path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    path = tmp_path / "line.toml"
    path.write_text(TEMPLATE.format(line='"L01"', data=f'"{closed / "data"}"'))
    result = cli("check", "-s", path)
    assert result.exit_code == 1
    assert f"cannot write to {closed}" in result.stderr


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("after_lunch", "no kill point 'after_lunch'; have before_reserve,"),
        ("after_ring:x", "'x' is no number of visits"),
        ("after_ring:0", "'0' is no number of visits"),
    ],
)
def test_kill_points_are_checked(
    cli, empty, tmp_path, monkeypatch, value: str, said: str
) -> None:
    monkeypatch.setenv("LINE_AGENT_KILL_AT", value)
    result = cli("run", "-s", empty)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "data").exists()
