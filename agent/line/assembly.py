"""Packing stations put together, the outermost first, each knowing the one above."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from agent.domain.packing import Packer
from agent.domain.spec import Order
from agent.domain.words import Level
from agent.line.packing import Packing
from agent.line.ports import CodeBook, Journal, OrderMemory
from agent.line.running import Running
from drivers.base import CodeReader, LabelPrinter


@dataclass(frozen=True, slots=True, kw_only=True)
class PackingStation:
    """Devices of one packing station."""

    level: Level
    labeller: LabelPrinter
    reader: CodeReader


def build_packing(
    order: Order,
    stations: Sequence[PackingStation],
    *,
    memory: OrderMemory,
    journal: Journal,
    codes: Mapping[Level, CodeBook],
    running: Running,
) -> list[Packing]:
    """The packing of an order where it was left off, innermost first."""
    new_id = itertools.count(memory.next_container()).__next__
    built: list[Packing] = []
    for station in reversed(stations):
        level = order.spec.level(station.level)
        then = memory.containers(station.level)
        packer = Packer(
            order=order.order,
            level=station.level,
            size=level.holds,
            new_id=new_id,
            open_id=then.open_id,
            held=then.held,
            closed=then.closed,
        )
        packer.filled.update(dict.fromkeys(then.filled))
        packer.labelled.update(then.labelled)
        built.append(
            Packing(
                packer=packer,
                journal=journal,
                codes=codes[station.level],
                code_format=level.format,
                labeller=station.labeller,
                reader=station.reader,
                running=running,
                label_fields=partial(label_fields, order),
                template=level.template,
                above=built[-1] if built else None,
            )
        )
    return built[::-1]


def label_fields(order: Order, container: int, code: str) -> Mapping[str, str]:
    """What a label template may name."""
    return {
        "code": code,
        "product": order.product,
        "batch": order.batch,
        "order": order.order,
        "number": str(container),
    }
