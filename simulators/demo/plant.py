"""The plant around the agent: line, camera and platform, listening on loopback."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from agent.vision.symbology import Symbology
from simulators.cameras.defects import RUINOUS, TYPICAL, Defects
from simulators.cameras.folder_camera import FolderCamera
from simulators.cameras.rendered import PrintedMark, render
from simulators.cameras.two_exposures import Lamp, two_exposures
from simulators.hosting import LoopbackHost
from simulators.line import SimulatedLine
from simulators.platform import PlatformLedger, create_app, running
from simulators.world.bottles import Bottle, Ruin
from simulators.world.faults import FaultPlan, Rates
from simulators.world.plan import LinePlan
from simulators.world.saved import SavedWorld, parse

# A sprinkle: about one bottle in eighty, as on a line in good order.
SPRINKLE = FaultPlan(
    rates=Rates(
        smeared=0.005,
        blank=0.002,
        faint=0.003,
        missed_triggers=0.001,
        double_triggers=0.001,
        label_misreads=0.01,
    )
)
DEVICES = (
    "plc",
    "printer",
    "case_printer",
    "case_reader",
    "pallet_printer",
    "pallet_reader",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A running plant. `platform_url` and the devices' `addresses` are real."""

    line: SimulatedLine
    ledger: PlatformLedger
    platform_url: str
    pictures: Path
    camera: "Camera"

    @property
    def addresses(self) -> dict[str, str]:
        """Where each device listens."""
        return self.line.addresses


class Camera:
    """Draws what the printer really printed and uploads it, one picture a trigger.

    `print_of(item)` says how badly a mark in good order is printed and seen. Where
    `lamp_of(item)` shines, the item is exposed twice, and the second, shorter picture
    is uploaded too if `second_of(item)`. `on_picture(item)` is called once all is
    there. All on the artist's thread.
    """

    def __init__(self, folder: Path, symbology: Symbology, seed: int) -> None:
        self._camera = FolderCamera(folder)
        self._symbology = symbology
        self._rng = np.random.default_rng(seed)
        self.print_of: Callable[[int], Defects] = lambda _item: TYPICAL
        self.lamp_of: Callable[[int], Lamp | None] = lambda _item: None
        self.second_of: Callable[[int], bool] = lambda _item: True
        self.on_picture: Callable[[int], None] = lambda _item: None
        self._artist = ThreadPoolExecutor(1, "camera")

    def on_shot(
        self, item: int, _bottle: Bottle | None, text: str | None, ruin: Ruin | None
    ) -> None:
        """One trigger of the camera."""
        self._artist.submit(self._shoot, item, text, ruin)

    def _shoot(self, item: int, text: str | None, ruin: Ruin | None) -> None:
        defects = self.print_of(item) if ruin is None else RUINOUS[ruin.value]
        mark = PrintedMark(symbology=self._symbology, text=text)
        lamp = self.lamp_of(item)
        if lamp is None:
            self._camera.shoot(item, render(mark, self._rng, defects))
        else:
            first, second = two_exposures(mark, self._rng, defects=defects, lamp=lamp)
            self._camera.shoot(item, first)
            if self.second_of(item):
                self._camera.shoot_second(item, second)
        self.on_picture(item)

    def close(self) -> None:
        """Finish the picture under way."""
        self._artist.shutdown(cancel_futures=True)


@asynccontextmanager
async def plant(
    folder: Path, ledger: PlatformLedger, symbology: Symbology, plan: LinePlan
) -> AsyncIterator[Plant]:
    """A plant that lives inside the block and leaves its state in `folder`."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    saved_file = folder / "world.json"
    seed = random.SystemRandom().getrandbits(32)
    camera = Camera(pictures, symbology, seed)
    line = SimulatedLine(
        plan,
        SPRINKLE,
        rng=random.Random(seed),
        on_shot=camera.on_shot,
        saved=_saved(saved_file),
    )
    host = LoopbackHost()
    try:
        await line.start(host, DEVICES)
        async with running(create_app(ledger)) as (interface, port):
            moving = asyncio.create_task(line.run())
            try:
                yield Plant(
                    line=line,
                    ledger=ledger,
                    platform_url=f"http://{interface}:{port}",
                    pictures=pictures,
                    camera=camera,
                )
            finally:
                moving.cancel()
                await asyncio.gather(moving, return_exceptions=True)
                saved_file.write_bytes(line.dump())
    finally:
        await host.close()
        await asyncio.get_running_loop().run_in_executor(None, partial(camera.close))


def _saved(file: Path) -> SavedWorld | None:
    return parse(file.read_bytes()) if file.exists() else None
