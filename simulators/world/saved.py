"""The line as a JSON text, so that a demonstration can be stopped and taken up again.

Bottles left on the belt come back where they stood. The PLC does not know them any
more, as after a night without power: they are thrown out.
"""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from simulators.world.bottles import Bottle, Fate, Mark, Ruin
from simulators.world.labels import Label
from simulators.world.packers import PackStation
from simulators.world.record import Container, Kind
from simulators.world.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedBottle:
    """`position_mm` from the trigger sensor while it is on the conveyor."""

    items: tuple[int, ...]
    marks: tuple[tuple[str, Ruin | None], ...]
    fate: Fate
    case: int | None
    position_mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedContainer:
    """One case or pallet; its number is its place in the list."""

    children: tuple[int, ...]
    short: bool
    label: Label | None
    read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStation:
    """`open` is the number of the container being filled; `labels` hang and wait."""

    containers: tuple[SavedContainer, ...]
    open: int | None
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedWorld:
    """All that is needed to go on."""

    boot_id: int
    binned: int
    bottles: tuple[SavedBottle, ...]
    cases: SavedStation
    pallets: SavedStation


_FORMAT = TypeAdapter(SavedWorld)


def dump(world: World) -> bytes:
    """The world as JSON."""
    odometer_mm = world.belt.odometer_mm(world.now_s)
    saved = SavedWorld(
        boot_id=world.plc.boot_id,
        binned=world.binned,
        bottles=tuple(_bottle(b, odometer_mm) for b in world.record.bottles),
        cases=_station(world, world.cases),
        pallets=_station(world, world.pallets),
    )
    return _FORMAT.dump_json(saved)


def parse(data: bytes) -> SavedWorld:
    """ValueError when `data` is not what `dump` gives."""
    try:
        return _FORMAT.validate_json(data)
    except ValidationError as error:
        raise ValueError(f"not a saved line: {error}") from error


def restore(world: World, saved: SavedWorld) -> None:
    """Put what was saved into a fresh world, which must not have been started.

    Its PLC should have been given a boot id other than the saved one.
    """
    if world.record.bottles:
        raise ValueError("only a fresh world can take up a saved one")
    odometer_mm = world.belt.odometer_mm(world.now_s)
    for kept in saved.bottles:
        position_mm = kept.position_mm or 0.0
        bottle = Bottle(len(world.record.bottles) + 1, odometer_mm - position_mm)
        bottle.items.extend(kept.items)
        bottle.marks.extend(Mark(text, ruin) for text, ruin in kept.marks)
        bottle.fate, bottle.case = kept.fate, kept.case
        world.record.bottles.append(bottle)
        if kept.position_mm is not None:
            world.put_back(bottle)
    world.binned = saved.binned
    stations = ((world.cases, saved.cases), (world.pallets, saved.pallets))
    for station, kept_station in stations:
        world.record.containers(station.kind).extend(
            _container(station.kind, number, kept_container)
            for number, kept_container in enumerate(kept_station.containers, start=1)
        )
        station.restore(kept_station.open, list(kept_station.labels))
        station.resume(world.now_s)


def _bottle(bottle: Bottle, odometer_mm: float) -> SavedBottle:
    here = bottle.fate is Fate.ON_BELT or (
        bottle.fate is Fate.PASSED and bottle.case is None
    )
    return SavedBottle(
        items=tuple(bottle.items),
        marks=tuple((mark.text, mark.ruin) for mark in bottle.marks),
        fate=bottle.fate,
        case=bottle.case,
        position_mm=odometer_mm - bottle.trigger_mm if here else None,
    )


def _station(world: World, station: PackStation) -> SavedStation:
    return SavedStation(
        containers=tuple(
            SavedContainer(
                children=tuple(container.children),
                short=container.short,
                label=container.label,
                read=container.read,
            )
            for container in world.record.containers(station.kind)
        ),
        open=None if station.open is None else station.open.number,
        labels=tuple(station.labels),
    )


def _container(kind: Kind, number: int, saved: SavedContainer) -> Container:
    return Container(
        kind=kind,
        number=number,
        children=list(saved.children),
        short=saved.short,
        label=saved.label,
        read=saved.read,
    )
