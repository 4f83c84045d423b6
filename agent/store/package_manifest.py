"""`manifest.json`, as it lies beside the codes in a zipped package."""

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.domain.words import Level, Mode
from agent.store.errors import PackageError
from agent.store.package_meta import PackageClaim

MANIFEST_NAME = "manifest.json"


class Manifest(BaseModel):
    """What the sender wrote about the codes; fields of later versions are ignored.

    `sha256` is that of the text file with the codes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    count: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")
    level: Level | None = None
    mode: Mode | None = None
    order: str | None = None
    product: str | None = None


def parse_manifest(package: str, text: bytes) -> Manifest:
    """The manifest; `PackageError` names every field that is wrong."""
    try:
        return Manifest.model_validate_json(text.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'text'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise PackageError(package, f"{MANIFEST_NAME} is wrong: {faults}") from error


def check_claim(claim: PackageClaim, manifest: Manifest) -> None:
    """`PackageError` names the first point on which the two disagree."""
    points = (
        ("id", claim.package, manifest.id),
        ("level", claim.level, manifest.level),
        ("mode", claim.mode, manifest.mode),
        ("order", claim.order, manifest.order),
        ("product", claim.product, manifest.product),
        ("count", claim.count, manifest.count),
        ("sha256", claim.sha256, manifest.sha256),
    )
    for name, claimed, written in points:
        if claimed is None or written is None:
            continue
        if str(claimed).lower() != str(written).lower():
            raise PackageError(
                claim.package,
                f"{MANIFEST_NAME} says {name} {written!s}, expected was {claimed!s}",
            )
