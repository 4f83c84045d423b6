"""Which address of a box means what: map files, and the models they must fit."""

import tomllib
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

_MAPS = files("drivers.io.remote_io") / "maps"
WireAddress = Annotated[int, Field(ge=0, le=0xFFFF)]
# One request carries at most 125 registers.
SPAN = 125


class Table(StrEnum):
    """The four tables of Modbus."""

    COILS = "coils"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CounterAt(_Model):
    """A hardware counter of 16 or 32 bits. `run` is the coil that lets it count."""

    table: Table
    address: WireAddress
    bits: Annotated[int, Field(multiple_of=16, ge=16, le=32)] = 32
    run: WireAddress | None = None

    @model_validator(mode="after")
    def _registers(self) -> Self:
        if self.table not in (Table.INPUT, Table.HOLDING):
            raise ValueError("a counter lies in table input or holding")
        return self


class InputAt(_Model):
    """A single input: a bit of its own, or bit `bit` of a register."""

    table: Table
    address: WireAddress
    bit: Annotated[int, Field(ge=0, le=15)] = 0
    inverted: bool = False


class RejectKind(StrEnum):
    """How one reject is fired.

    `pulse_coil`: writing 1 starts a pulse whose length the box knows. `pulse_count`: a
    32-bit register to which the number of pulses is written. `held_coil`: on, and off
    again after `held_ms` by us, for boxes without pulse outputs.
    """

    PULSE_COIL = "pulse_coil"
    PULSE_COUNT = "pulse_count"
    HELD_COIL = "held_coil"


class RejectAt(_Model):
    """The output of the reject."""

    kind: RejectKind
    address: WireAddress
    held_ms: Annotated[int, Field(ge=5, le=1000)] = 60


class WatchdogAt(_Model):
    """Where the box's own watchdog can be read: `time` × `unit_ms`, 0 for off.

    `status`, where there is one, must read `running` while it watches.
    """

    table: Table
    time: WireAddress
    unit_ms: Annotated[float, Field(gt=0)]
    status: WireAddress | None = None
    running: int = 1


class IdentityAt(_Model):
    """Registers that say which module this is; shown in hexadecimal."""

    table: Table
    address: WireAddress
    count: Annotated[int, Field(ge=1, le=16)]


class Counters(_Model):
    """`gate` is a sensor before the reject; without one, nothing sees who passes."""

    trigger: CounterAt
    encoder: CounterAt
    gate: CounterAt | None = None
    confirm: CounterAt | None = None


class Inputs(_Model):
    """`reset` is the button that a person presses after a stop."""

    reset: InputAt
    estop_ok: InputAt | None = None
    air_ok: InputAt | None = None
    bin_full: InputAt | None = None
    confirm_ok: InputAt | None = None
    manual: InputAt | None = None


class Outputs(_Model):
    """Coils. The conveyor may run only while `run_permit` is energised."""

    run_permit: WireAddress
    infeed: WireAddress | None = None
    heartbeat: WireAddress | None = None
    reset_lamp: WireAddress | None = None
    red: WireAddress | None = None
    amber: WireAddress | None = None
    green: WireAddress | None = None
    buzzer: WireAddress | None = None

    def wired(self) -> dict[str, int]:
        """Coil by name, of those there are."""
        named = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: at for name, at in named.items() if at is not None}


class RemoteMap(_Model):
    """One box, as wired. `source` says where the addresses are from."""

    make: str
    model: str
    source: str
    high_word_first: bool
    counters: Counters
    inputs: Inputs
    outputs: Outputs
    reject: RejectAt
    watchdog: WatchdogAt | None = None
    identity: IdentityAt | None = None

    @model_validator(mode="after")
    def _one_look(self) -> Self:
        """Counters read at different moments would tell positions that never were."""
        found = [c for _, c in self.counters if c is not None]
        if len({c.table for c in found}) > 1:
            raise ValueError("all counters must lie in one table, to be read at once")
        first = min(c.address for c in found)
        last = max(c.address + c.bits // 16 for c in found)
        if last - first > SPAN:
            raise ValueError(f"counters must lie within {SPAN} registers")
        return self


def shipped() -> tuple[str, ...]:
    """Names of the map files that come with the driver."""
    return tuple(
        sorted(
            f.name.removesuffix(".toml")
            for f in _MAPS.iterdir()
            if f.name.endswith(".toml")
        )
    )


def load_map(name: str) -> RemoteMap:
    """The map called `name`, or at that path. `ValueError` says what is wrong."""
    if name in shipped():
        text = (_MAPS / f"{name}.toml").read_text(encoding="utf-8")
    else:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(
                f"no map {name!r}: {error.strerror}; shipped are {', '.join(shipped())}"
            ) from error
    try:
        return RemoteMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"map {name!r} is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "map"
        raise ValueError(f"map {name!r}: {where}: {first['msg']}") from error
