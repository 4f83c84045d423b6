"""Orders, specs and code packages down. The line runs on what it has meanwhile.

A feed's cursor is kept only after everything of the page was taken by its handler,
so a crash brings documents again, never loses one.
"""

import asyncio
import json
import random
from pathlib import Path

from pydantic import JsonValue

from agent.clock import WallClock, wall_ms
from agent.documents import (
    DocumentError,
    OrderDocument,
    PackageDocument,
    SpecDocument,
    read_document,
    to_order,
    to_spec,
)
from agent.sync.backoff import Backoff
from agent.sync.errors import PlatformError, PlatformNonsense, PlatformRefused
from agent.sync.messages import FeedAnswer
from agent.sync.packages import PackageTaker
from agent.sync.platform import Feed, PlatformClient
from agent.sync.ports import Intake, MarkStore, RefusedDocument, Sleep
from agent.sync.status import Condition, LinkStatus, trouble_of

INTERVAL_S = 5.0


class Downloads:
    """Polls the feeds of a line and hands on what is new. `folder` is for files."""

    def __init__(
        self,
        *,
        client: PlatformClient,
        marks: MarkStore,
        intake: Intake,
        folder: Path,
        rng: random.Random,
        sleep: Sleep = asyncio.sleep,
        now_ms: WallClock = wall_ms,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._client = client
        self._marks = marks
        self._intake = intake
        self._sleep = sleep
        self._interval_s = interval_s
        self._condition = Condition("download", now_ms)
        self._backoff = Backoff(rng)
        self._packages = PackageTaker(
            client=client, intake=intake, folder=folder, sleep=sleep
        )
        self._specs: dict[tuple[str, int], SpecDocument] = {}
        self._specs_cursor = ""
        self._taken: set[str] = set()

    @property
    def status(self) -> LinkStatus:
        """The link as the feeds see it."""
        return self._condition.link()

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self._sleep(await self.poll())

    async def poll(self) -> float:
        """Take what is new. Seconds until the next poll."""
        try:
            more = await self._take_all()
        except (PlatformError, OSError) as error:
            self._condition.bad(trouble_of(error), str(error))
            if isinstance(error, PlatformRefused):
                return self._backoff.next_s(error.retry_after_s)
            return self._backoff.next_s()
        self._condition.good()
        self._backoff.reset()
        return 0.0 if more else self._interval_s

    async def _take_all(self) -> bool:
        """One page of packages and all orders; whether there may be more packages.

        Packages are asked for first and taken last: the order a package names was
        published before it, so it is among the orders read in between.
        """
        packages = await self._page("packages")
        while (orders := await self._page("orders")).items:
            await self._take("orders", orders)
        if packages.items:
            await self._take("packages", packages)
        return bool(packages.items)

    async def _page(self, feed: Feed) -> FeedAnswer:
        return await self._page_after(feed, self._marks.cursor(feed))

    async def _page_after(self, feed: Feed, cursor: str) -> FeedAnswer:
        page = await self._client.feed(feed, cursor)
        if page.items and page.next == cursor:
            raise PlatformNonsense(f"feed {feed} does not go on after {cursor!r}")
        return page

    async def _take(self, feed: Feed, page: FeedAnswer) -> None:
        """Hand over a page; what was handed over before a failure is not repeated."""
        for raw in page.items:
            key = f"{feed} {json.dumps(raw, sort_keys=True)}"
            if key in self._taken:
                continue
            try:
                await self._hand_over(feed, raw)
            except DocumentError as error:
                await self._refuse(feed, raw, error)
            self._taken.add(key)
        await self._marks.set_cursor(feed, page.next)
        self._taken = {key for key in self._taken if not key.startswith(f"{feed} ")}

    async def _hand_over(self, feed: Feed, raw: JsonValue) -> None:
        name = f"{feed[:-1]} {_id_of(feed, raw)}"
        if feed == "packages":
            await self._packages.take(read_document(PackageDocument, raw, name))
            return
        order = read_document(OrderDocument, raw, name)
        spec = await self._spec_of(order)
        to_order(order, to_spec(spec))
        await self._intake.on_order(order, spec)

    async def _spec_of(self, order: OrderDocument) -> SpecDocument:
        wanted = (order.spec, order.spec_version)
        if wanted not in self._specs:
            await self._learn_specs()
        if wanted not in self._specs:
            raise DocumentError(
                f"order {order.order}",
                (f"spec: {order.spec} v{order.spec_version} is not in the specs feed",),
            )
        return self._specs[wanted]

    async def _learn_specs(self) -> None:
        """Specs are few and needed for ever: each process reads them from the start."""
        while (page := await self._page_after("specs", self._specs_cursor)).items:
            for raw in page.items:
                try:
                    spec = read_document(
                        SpecDocument, raw, f"spec {_id_of('specs', raw)}"
                    )
                except DocumentError as error:
                    await self._refuse("specs", raw, error)
                else:
                    self._specs[spec.spec, spec.version] = spec
            self._specs_cursor = page.next

    async def _refuse(self, feed: Feed, raw: JsonValue, error: DocumentError) -> None:
        await self._intake.on_refused(
            RefusedDocument(feed=feed, name=_id_of(feed, raw), problem=str(error))
        )


def _id_of(feed: Feed, raw: JsonValue) -> str:
    """What a document calls itself, as far as it says."""
    name = raw.get(feed[:-1]) if isinstance(raw, dict) else None
    return name[:64] if isinstance(name, str) else "?"
