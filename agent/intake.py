"""What comes down from the platform, taken into the store."""

import logging
from pathlib import Path

from agent.documents import (
    OrderDocument,
    PackageDocument,
    SpecDocument,
    spec_from_json,
    spec_to_json,
    to_order,
    to_spec,
)
from agent.domain.code_format import normalise_line
from agent.domain.facts import OrderReceived
from agent.domain.words import Level
from agent.line.ports import Journal
from agent.store.errors import PackageError, StoreFaultError
from agent.store.package_lines import Identify
from agent.store.package_meta import PackageClaim, PackageMeta
from agent.store.reader import StoreReader
from agent.store.store import Store
from agent.store.views import OrderView
from agent.store.writer import Run
from agent.sync.ports import Intake, PackageRefusal, RefusedDocument

log = logging.getLogger(__name__)


class StoreIntake:
    """Orders and packages into the store; taking one twice has the effect of once."""

    def __init__(
        self, store: Store, reader: StoreReader, journal: Journal, aside: Run
    ) -> None:
        self._store = store
        self._reader = reader
        self._journal = journal
        self._aside = aside

    def handlers(self) -> Intake:
        """As sync wants them."""
        return Intake(
            on_order=self.take_order,
            on_package=self.take_package,
            on_refused=self._refused,
            known_package=self._known,
            refusals=(PackageRefusal, PackageError),
        )

    async def take_order(self, document: OrderDocument, spec: SpecDocument) -> None:
        """A new order, or a newer word on one not yet started."""
        known = self._reader.order(document.order)
        if known is not None and known.state != "received":
            log.info("order %s is %s: its repeat is ignored", known.order, known.state)
            return
        order = to_order(document, to_spec(spec))
        fact = OrderReceived(
            order=order.order,
            product=order.product,
            batch=order.batch,
            target=order.target,
            spec=order.spec.spec,
            spec_version=order.spec.version,
            spec_json=spec_to_json(order.spec),
            close_short=order.close_short,
            production="" if order.production is None else order.production.isoformat(),
            expiry="" if order.expiry is None else order.expiry.isoformat(),
        )
        if known is None or not _says_the_same(known, fact):
            await self._journal.commit(fact)

    async def take_package(self, manifest: PackageDocument, path: Path) -> None:
        """Import beside the line, then the fact; a cut-off import is finished."""
        claim, identify = self.claim(manifest)
        orphan = next(
            (m for m in self._store.orphans() if m.package == claim.package), None
        )
        if orphan is not None and orphan.source_sha256 == manifest.sha256:
            meta = orphan
        else:
            meta = await self._import(path, claim, identify)
        await self._journal.commit(meta.accepted())

    async def _import(
        self, path: Path, claim: PackageClaim, identify: Identify
    ) -> PackageMeta:
        try:
            return await self._aside(
                lambda: self._store.accept_package(path, claim, identify)
            )
        except StoreFaultError as error:
            # No room for the package is no fault of the line's own database: the
            # line goes on, and the download is tried again.
            raise OSError(str(error)) from error

    def claim(self, manifest: PackageDocument) -> tuple[PackageClaim, Identify]:
        """What the package says it is, and how its lines are read.

        `PackageRefusal` if its order or level is unknown here.
        """
        view = self._reader.order(manifest.order)
        if view is None:
            raise PackageRefusal(f"its order {manifest.order} is unknown to this line")
        try:
            level = spec_from_json(view.spec_json).level(Level(manifest.level))
        except KeyError as error:
            raise PackageRefusal(str(error.args[0])) from None
        claim = PackageClaim(
            package=manifest.package,
            level=level.level,
            mode=level.mode,
            order=manifest.order,
            product=manifest.product,
            count=manifest.codes,
            sha256=manifest.sha256,
        )
        return claim, lambda line: normalise_line(level.format, line)

    def _known(self, package: str) -> str | None:
        if self._reader.package(package) is None:
            return None
        return self._reader.packages.get(package).meta.source_sha256

    async def _refused(self, refused: RefusedDocument) -> None:
        log.error("%s %s refused: %s", refused.feed, refused.name, refused.problem)


def _says_the_same(known: OrderView, fact: OrderReceived) -> bool:
    """Whether a received order is a mere repeat of what is on file."""
    return (
        known.product == fact.product
        and known.batch == fact.batch
        and known.target == fact.target
        and known.spec_json == fact.spec_json
        and known.close_short == fact.close_short
        and known.production == fact.production
        and known.expiry == fact.expiry
    )
