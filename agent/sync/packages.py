"""One code package: fetched, handed over, answered with a receipt (验收)."""

from pathlib import Path

from agent.documents import PackageDocument
from agent.sync.errors import PlatformRefused
from agent.sync.fetching import WrongDigest, fetch_file
from agent.sync.incoming import PartFile
from agent.sync.messages import Receipt
from agent.sync.platform import PlatformClient
from agent.sync.ports import Intake, RefusedDocument, Sleep

_GONE = frozenset({404, 410})
# Sending the same receipt again would be refused again.
_FINAL = frozenset({400, 404, 409, 410, 422})
_DETAIL_MAX = 2000


class PackageTaker:
    """Takes packages one at a time. A judged package is not judged again when only
    its receipt could not be delivered."""

    def __init__(
        self, *, client: PlatformClient, intake: Intake, folder: Path, sleep: Sleep
    ) -> None:
        self._client = client
        self._intake = intake
        self._folder = folder
        self._sleep = sleep
        self._undelivered: dict[str, Receipt] = {}

    async def take(self, announced: PackageDocument) -> None:
        """Fetch, hand over, answer. Raises while the platform cannot be reached."""
        package = announced.package
        receipt = self._undelivered.get(package)
        if receipt is None:
            receipt = await self._judge(announced)
            self._undelivered[package] = receipt
            if receipt.verdict == "refused":
                await self._refuse(package, receipt.detail)
        try:
            await self._client.send_receipt(package, receipt)
        except PlatformRefused as error:
            if error.status not in _FINAL:
                raise
            await self._refuse(package, f"the platform refused our receipt: {error}")
        del self._undelivered[package]

    async def _judge(self, announced: PackageDocument) -> Receipt:
        known = self._intake.known_package(announced.package)
        if known == announced.sha256:
            return self._receipt(announced)
        if known is not None:
            return self._receipt(announced, f"imported before, with SHA-256 {known}")
        try:
            return await self._import(announced)
        except WrongDigest as error:
            return self._receipt(announced, str(error))
        except PlatformRefused as error:
            if error.status not in _GONE:
                raise
            return self._receipt(announced, f"the platform does not have it: {error}")

    async def _import(self, announced: PackageDocument) -> Receipt:
        manifest = await self._client.manifest(announced.package)
        if manifest != announced:
            return self._receipt(announced, "manifest and feed differ")
        path = await fetch_file(self._client, manifest, self._folder, self._sleep)
        try:
            await self._intake.on_package(manifest, path)
        except self._intake.refusals as error:
            return self._receipt(announced, str(error) or type(error).__name__)
        finally:
            PartFile(self._folder, manifest.package).discard()
        return self._receipt(announced)

    def _receipt(self, package: PackageDocument, refusal: str = "") -> Receipt:
        return Receipt(
            line=self._client.line,
            verdict="refused" if refusal else "accepted",
            codes=0 if refusal else package.codes,
            sha256=package.sha256,
            detail=refusal[:_DETAIL_MAX],
        )

    async def _refuse(self, package: str, problem: str) -> None:
        await self._intake.on_refused(
            RefusedDocument(feed="packages", name=package, problem=problem)
        )
