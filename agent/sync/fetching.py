"""Bring a package file in, range by range, until its digest proves it complete."""

from pathlib import Path

from agent.documents import PackageDocument
from agent.sync.errors import PlatformNonsense, PlatformUnreachable
from agent.sync.incoming import PartFile
from agent.sync.platform import FileStream, PlatformClient
from agent.sync.ports import Sleep

# The longest code a line carries (a URL) is well below this; it bounds what a
# manifest of n codes may make us store.
_CODE_BYTES_MAX = 1024
_SMALLEST_CAP_BYTES = 1 << 20


class WrongDigest(Exception):
    """The platform's file, fetched whole, is not what its manifest says."""


async def fetch_file(
    client: PlatformClient, manifest: PackageDocument, folder: Path, sleep: Sleep
) -> Path:
    """The complete file in `folder`. A cut raises `PlatformUnreachable`; what came
    stays, and the next call goes on there. `WrongDigest` after a clean attempt."""
    part = PartFile(folder, manifest.package)
    for _piece in part.load():
        await sleep(0)
    resumed = part.size > 0
    await _fill(client, manifest, part)
    if part.sha256 == manifest.sha256:
        return part.finish()
    size, sha256 = part.size, part.sha256
    part.restart()
    if resumed:
        raise PlatformUnreachable(f"package {manifest.package}: earlier part was bad")
    raise WrongDigest(
        f"package {manifest.package}: {size} bytes with SHA-256 {sha256}, "
        f"the manifest says {manifest.sha256}"
    )


async def _fill(
    client: PlatformClient, manifest: PackageDocument, part: PartFile
) -> None:
    async with client.open_file(manifest.package, part.size) as stream:
        if stream.start != part.size:
            part.restart()
        if stream.start == part.size:
            await _read(stream, manifest, part)
        total = stream.total
    if part.size < total:
        raise PlatformUnreachable(
            f"package {manifest.package}: {part.size} of {total} bytes came"
        )


async def _read(stream: FileStream, manifest: PackageDocument, part: PartFile) -> None:
    cap = max(_SMALLEST_CAP_BYTES, manifest.codes * _CODE_BYTES_MAX)
    if stream.total > cap:
        raise PlatformNonsense(
            f"package {manifest.package}: {stream.total} bytes "
            f"for {manifest.codes} codes"
        )
    if stream.start == stream.total:
        return
    async for piece in stream.chunks:
        if part.size + len(piece) > stream.total:
            raise PlatformNonsense(
                f"package {manifest.package}: more than {stream.total} bytes"
            )
        part.append(piece)
