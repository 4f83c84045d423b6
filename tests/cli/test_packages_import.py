"""`packages import`: a user's file, all or nothing, with the lines that are wrong."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.store import Store


@pytest.fixture
def code_file(tmp_path):
    def write(*lines: str, name: str = "PK1.txt", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
        return path

    return write


def files_of(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "data" / "packages").iterdir()
    }


def test_import_then_list_and_lookup(cli, waiting, code_file) -> None:
    file = code_file("1000000002", "1000000001", "1000000003")
    result = cli("packages", "import", file, "--order", "WO-2", "-s", waiting)
    assert result.exit_code == 0
    assert result.stdout == "PK1\tunit\tWO-2\t3\n"
    assert "PK1.txt" in result.stderr  # the progress bar
    listed = cli("packages", "list", "-s", waiting)
    assert listed.stdout == "PK1\tunit\tWO-2\t3\t0\n"
    found = cli("lookup", "1000000002", "-s", waiting)
    assert "state     unused" in found.stdout
    assert cli("audit", "verify", "-s", waiting).exit_code == 0


def test_pairs_with_a_heading_and_gbk(cli, waiting, code_file) -> None:
    file = code_file("标识,验证码", "1000000001,甲", "1000000002,乙", encoding="gbk")
    result = cli(
        "packages", "import", file, "--order", "WO-2", "--package", "A-1", "-s", waiting
    )
    assert result.stdout == "A-1\tunit\tWO-2\t2\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["1000000001", "12", "x" * 10, "1000000001"], ["line 2: ", "line 3: "]),
        (["1000000001", "1000000002", "1000000001"], ["line 3: "]),
        (["1000000001", "", "1000000002"], ["line 2: empty line"]),
        (["1000000001", "1000\t00002"], ["line 2: the control character 0x09"]),
        ([], ["it holds no codes"]),
        (["https://example.com/1"], ["line 1: "]),
    ],
)
def test_refused_as_a_whole_with_line_numbers(
    cli, waiting, code_file, tmp_path, lines, said
) -> None:
    before = files_of(tmp_path)
    file = code_file(*lines)
    result = cli("packages", "import", file, "--order", "WO-2", "-s", waiting)
    assert result.exit_code == 2
    assert "code package PK1 refused: " in result.stderr
    for each in said:
        assert each in result.stderr
    assert result.stdout == ""
    assert files_of(tmp_path) == before
    assert cli("packages", "list", "-s", waiting).stdout == ""
    # Nothing of it is in the way: the same package, corrected, is taken.
    good = code_file("1000000007")
    again = cli("packages", "import", good, "--order", "WO-2", "-s", waiting)
    assert again.exit_code == 0


def test_a_code_of_another_package_is_refused(cli, waiting, code_file) -> None:
    first = code_file("1000000001", "1000000002")
    assert (
        cli("packages", "import", first, "--order", "WO-2", "-s", waiting).exit_code
        == 0
    )
    second = code_file("1000000003", "1000000002", name="PK2.txt")
    result = cli("packages", "import", second, "--order", "WO-2", "-s", waiting)
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert "PK1" in result.stderr


def test_imported_before_is_refused(cli, waiting, code_file) -> None:
    file = code_file("1000000001")
    arguments = ("packages", "import", file, "--order", "WO-2", "-s", waiting)
    assert cli(*arguments).exit_code == 0
    result = cli(*arguments)
    assert result.exit_code == 2
    assert "PK1 refused" in result.stderr
    assert "before" in result.stderr
    assert cli("packages", "list", "-s", waiting).stdout.count("\n") == 1


def test_an_import_that_was_cut_off_before_its_fact_is_finished(
    cli, waiting, code_file, tmp_path, monkeypatch
) -> None:
    file = code_file("1000000001", "1000000002")
    arguments = ("packages", "import", file, "--order", "WO-2", "-s", waiting)

    class Cut(BaseException):
        pass

    real = Store.accept_package

    def then_cut(self, *given):
        real(self, *given)
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(Store, "accept_package", then_cut)
        with pytest.raises(Cut):
            cli(*arguments)
    assert cli("packages", "list", "-s", waiting).stdout == ""
    assert cli(*arguments).stdout == "PK1\tunit\tWO-2\t2\n"
    assert cli("packages", "list", "-s", waiting).stdout == "PK1\tunit\tWO-2\t2\t0\n"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--order", "WO-9"], 2, "order 'WO-9' is unknown here"),
        (["--order", "WO-2", "--level", "pallet"], 2, "pallet"),
        (["--order", "WO-2", "--level", "box"], 2, "box"),
        (["--order", "WO-2", "--level", "barrel"], 2, "barrel"),
        (["--order", "WO-2", "--package", "../x"], 2, "../x"),
    ],
)
def test_what_it_is_for_must_exist(
    cli, waiting, code_file, options, code, said
) -> None:
    file = code_file("1000000001")
    result = cli("packages", "import", file, *options, "-s", waiting)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


def test_missing_file(cli, waiting, tmp_path) -> None:
    file = tmp_path / "none.txt"
    result = cli("packages", "import", file, "--order", "WO-2", "-s", waiting)
    assert result.exit_code == 2
    assert result.stderr == f"{file}: there is no such file\n"


def test_a_running_agent_keeps_its_folder(cli, waiting, code_file, tmp_path) -> None:
    with Store.open(tmp_path / "data", "L01"):
        result = cli(
            "packages",
            "import",
            code_file("1000000001"),
            "--order",
            "WO-2",
            "-s",
            waiting,
        )
    assert result.exit_code == 3
    assert f"in use by process {os.getpid()}" in result.stderr


def test_a_hundred_thousand_codes_with_a_bar(waiting, tmp_path) -> None:
    """As people do it: data on stdout, the bar on stderr."""
    file = tmp_path / "BIG.csv"
    file.write_text("".join(f"{n:010}\r\n" for n in range(100_000)), encoding="ascii")
    command = ["import", file, "--order", "WO-2", "-s", waiting]
    done = subprocess.run(
        [sys.executable, "-m", "agent", "packages", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "BIG\tunit\tWO-2\t100000\n"
    assert "BIG.csv" in done.stderr
    assert "100000/100000" in done.stderr
