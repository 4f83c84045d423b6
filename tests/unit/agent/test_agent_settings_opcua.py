"""The section `[opcua]`: absent it costs nothing, half of it is refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.cli.template import TEMPLATE
from agent.domain.run_state import RunState
from agent.domain.words import StopCause
from agent.opcua.packml_states import CAUSE_IDS, is_starved, state_number
from agent.settings import SettingsError, parse

GOOD = TEMPLATE.format(line='"L01"', data='"/data"')
FILE = Path("line.toml")
FILES = 'certificate = "a.der"\nkey = "a.pem"\ntrust = "trust"\n'


def test_absent_there_is_no_server() -> None:
    assert parse(GOOD, FILE).opcua is None


def test_defaults_are_the_safe_ones() -> None:
    section = parse(f"{GOOD}\n[opcua]\n{FILES}", FILE).opcua
    assert section is not None
    assert section.address == "opc.tcp://0.0.0.0:4840"
    assert section.security == "Basic256Sha256"
    assert section.allow_methods is False


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "certificate, key and trust are needed"),
        ('security = "none"\nallow_methods = true', "needs security and users"),
        (FILES + "allow_methods = true", "needs security and users"),
        ('security = "none"\naddress = "http://x"', "opcua.address"),
        ('security = "Basic128"', "opcua.security"),
        ('security = "none"\nnodeset = "x"', "did you mean 'nodesets'"),
    ],
)
def test_what_is_half_said_is_refused(lines: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        parse(f"{GOOD}\n[opcua]\n{lines}\n", FILE)


def test_the_agent_does_not_load_asyncua() -> None:
    program = "import sys, agent.app; sys.exit('asyncua' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == 0


def test_every_state_and_cause_has_its_number() -> None:
    numbers = {state_number(state, None) for state in RunState}
    assert numbers == {3, 4, 6, 11, 16, 17}
    assert sorted(CAUSE_IDS.values()) == list(range(1, len(StopCause) + 1))
    held = RunState.HELD
    assert state_number(held, StopCause.CODES_EXHAUSTED) == 5
    assert state_number(held, StopCause.DISK) == 9
    assert state_number(held, StopCause.PRINTER) == 11
    assert is_starved(held, StopCause.CODES_EXHAUSTED)
    assert not is_starved(held, StopCause.PRINTER)
