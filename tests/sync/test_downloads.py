"""Orders, specs and packages coming down from the platform stub."""

import hashlib
import random
from pathlib import Path

import httpx
import pytest

from agent.documents import PackageDocument
from agent.sync.downloads import Downloads
from agent.sync.ports import Intake, PackageRefusal, RefusedDocument
from agent.sync.status import Trouble
from simulators.platform import OrderPlan, faults, issue_order

LINE = "L1"


class Desk:
    """Takes what comes down, as the store would."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.specs: list[tuple[str, int]] = []
        self.packages: dict[str, bytes] = {}
        self.accepted: dict[str, str] = {}
        self.refused: list[RefusedDocument] = []
        self.refuse_with = ""
        self.crash_on = ""

    async def on_order(self, order, spec) -> None:
        if order.order == self.crash_on:
            raise KilledError
        self.orders.append(order.order)
        self.specs.append((spec.spec, spec.version))

    async def on_package(self, manifest: PackageDocument, path: Path) -> None:
        if manifest.package == self.crash_on:
            raise KilledError
        if manifest.order not in self.orders:
            raise PackageRefusal(f"order {manifest.order} is not known here")
        if self.refuse_with:
            raise PackageRefusal(self.refuse_with)
        self.packages[manifest.package] = path.read_bytes()
        self.accepted[manifest.package] = manifest.sha256

    async def on_refused(self, document: RefusedDocument) -> None:
        self.refused.append(document)

    def intake(self) -> Intake:
        return Intake(
            on_order=self.on_order,
            on_package=self.on_package,
            on_refused=self.on_refused,
            known_package=self.accepted.get,
        )


class KilledError(BaseException):
    """The process died here."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def downloads(bench, desk, tmp_path):
    return make(bench, desk, tmp_path)


def make(bench, desk, tmp_path) -> Downloads:
    return Downloads(
        client=bench.client,
        marks=bench.marks,
        intake=desk.intake(),
        folder=tmp_path / "incoming",
        rng=random.Random(2),
        sleep=nap,
        interval_s=5.0,
    )


async def nap(_delay_s: float) -> None: ...


def issue(bench, order="MO-1", **changes):
    plan = OrderPlan(line=LINE, order=order, target=50, seed=7, **changes)
    return issue_order(bench.ledger, plan)


def receipts(bench, package):
    return [
        (receipt.verdict, receipt.codes, receipt.detail)
        for receipt in bench.ledger.settlements.receipts(package)
    ]


def file_requests(bench):
    return [url for method, url, _ in bench.wire.sent if url.endswith("-unit")]


async def settle(downloads, most=30) -> None:
    for _ in range(most):
        if await downloads.poll() == 5.0:
            return
    raise AssertionError(f"never settles: {downloads.status}")


async def test_order_comes_with_its_spec_and_packages(bench, desk, downloads, tmp_path):
    issued = issue(bench)
    await settle(downloads)
    assert desk.orders == ["MO-1"]
    assert desk.specs == [("LIME-330", 1)]
    assert list(desk.packages) == ["MO-1-unit", "MO-1-case", "MO-1-pallet"]
    for package in issued.packages:
        body = desk.packages[package.package]
        assert hashlib.sha256(body).hexdigest() == package.sha256
        assert body.count(b"\n") == package.codes
        assert receipts(bench, package.package) == [("accepted", package.codes, "")]
    assert downloads.status.online
    assert list((tmp_path / "incoming").iterdir()) == []


async def test_nothing_new_is_nothing_done_and_a_later_order_is_found(
    bench, desk, downloads
):
    issue(bench)
    await settle(downloads)
    await settle(downloads)
    assert desk.orders == ["MO-1"]
    issue(bench, "MO-2")
    await settle(downloads)
    assert desk.orders == ["MO-1", "MO-2"]


async def test_more_documents_than_a_page_holds(bench, desk, downloads):
    for number in range(40):
        issue(bench, f"MO-{number}")
    await settle(downloads)
    assert desk.orders == [f"MO-{number}" for number in range(40)]
    assert len(desk.packages) == 120


async def test_order_issued_between_two_requests_comes_before_its_packages(
    bench, desk, downloads
):
    feeds = []

    def issue_after_the_first(request: httpx.Request) -> None:
        if request.method == "GET" and "/lines/" in request.url.path:
            feeds.append(request.url.path)
            if len(feeds) == 2:
                issue(bench)

    bench.wire.veto = issue_after_the_first
    await settle(downloads)
    await settle(downloads)
    assert desk.refused == []
    assert len(desk.packages) == 3


async def test_cut_download_goes_on_where_it_stopped(bench, desk, downloads):
    issued = issue(bench)
    bench.script.add(faults.truncate(100), on="GET /v1/packages/MO-1-unit$")
    assert await downloads.poll() < 5.0
    assert downloads.status.trouble is Trouble.UNREACHABLE
    ranges = []

    def watch(request: httpx.Request) -> None:
        if request.url.path == "/v1/packages/MO-1-unit":
            ranges.append(request.headers.get("range"))

    bench.wire.veto = watch
    await settle(downloads)
    assert ranges == ["bytes=100-"]
    body = desk.packages["MO-1-unit"]
    assert hashlib.sha256(body).hexdigest() == issued.packages[0].sha256
    assert desk.orders == ["MO-1"], "the order was not handed over again"


async def test_cut_download_goes_on_after_a_restart(bench, desk, downloads, tmp_path):
    issue(bench)
    bench.script.add(faults.truncate(70), on="GET /v1/packages/MO-1-unit$")
    await downloads.poll()
    await settle(make(bench, desk, tmp_path))
    assert set(desk.packages) == {"MO-1-unit", "MO-1-case", "MO-1-pallet"}
    assert len(file_requests(bench)) == 2


async def test_part_left_complete_by_a_dead_process_is_not_fetched_again(
    bench, desk, downloads, tmp_path
):
    issue(bench)
    folder = tmp_path / "incoming"
    folder.mkdir()
    codes = "".join(f"{code}\n" for code in bench.ledger.catalogue.codes("MO-1-unit"))
    (folder / "MO-1-unit.part").write_text(codes)
    await settle(downloads)
    assert desk.packages["MO-1-unit"].decode() == codes
    assert receipts(bench, "MO-1-unit")[-1][0] == "accepted"


@pytest.mark.parametrize("left", [b"torn by a power cut\n", b"x" * 100_000])
async def test_bad_part_is_thrown_away_and_fetched_afresh(
    bench, desk, downloads, tmp_path, left
):
    issue(bench)
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "MO-1-unit.part").write_bytes(left)
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_platform_without_ranges_starts_from_the_beginning(
    bench, desk, downloads, tmp_path
):
    issue(bench)
    bench.script.add(faults.truncate(70), on="GET /v1/packages/MO-1-unit$")
    await downloads.poll()

    def no_ranges(request: httpx.Request) -> None:
        request.headers.pop("range", None)

    bench.wire.veto = no_ranges
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_wrong_digest_is_refused_with_a_receipt(bench, desk, downloads):
    issue(bench)
    forged = faults.Fault(
        name="forged",
        takes_effect=True,
        spoil=lambda reply: faults.Reply(body=reply.body.replace(b"2", b"3")),
    )
    bench.script.add(forged, on="GET /v1/packages/MO-1-unit$")
    await settle(downloads)
    assert set(desk.packages) == {"MO-1-case", "MO-1-pallet"}
    ((verdict, codes, detail),) = receipts(bench, "MO-1-unit")
    assert (verdict, codes) == ("refused", 0)
    assert "the manifest says" in detail
    assert [refused.name for refused in desk.refused] == ["MO-1-unit"]


def instead(bench, status, headers, body) -> None:
    """The next request for the unit file gets this, as a careless proxy would."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("MO-1-unit"):
            return None
        bench.wire.veto = lambda _: None
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    bench.wire.veto = answer


async def test_file_that_ends_early_without_an_error_is_gone_on_with(
    bench, desk, downloads, tmp_path
):
    issue(bench)
    start = "\n".join(bench.ledger.catalogue.codes("MO-1-unit")).encode()[:90]
    instead(bench, 200, {"Content-Length": "1595"}, start)
    await downloads.poll()
    assert downloads.status.trouble is Trouble.UNREACHABLE
    assert (tmp_path / "incoming/MO-1-unit.part").stat().st_size == 90
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_file_longer_than_it_says_is_not_taken(bench, desk, downloads):
    issue(bench)
    instead(bench, 200, {"Content-Length": "10"}, b"0" * 50)
    await downloads.poll()
    assert downloads.status.trouble is Trouble.NONSENSE
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


@pytest.mark.parametrize(
    "value", ["bytes 0-9/1595", "bytes 80-90", "items 70-80/1595", ""]
)
async def test_range_that_was_not_asked_for_is_not_appended(
    bench, desk, downloads, value
):
    issue(bench)
    bench.script.add(faults.truncate(70), on="GET /v1/packages/MO-1-unit$")
    await downloads.poll()
    instead(bench, 206, {"Content-Range": value}, b"0" * 10)
    await downloads.poll()
    assert downloads.status.trouble is Trouble.NONSENSE
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_more_bytes_than_the_manifest_can_mean_are_not_stored(
    bench, desk, downloads, tmp_path
):
    issue(bench)
    flood = faults.Fault(
        name="flood",
        takes_effect=False,
        spoil=lambda _: faults.Reply(body=b"0" * (2 << 20)),
    )
    bench.script.add(flood, on="GET /v1/packages/MO-1-unit$")
    await downloads.poll()
    assert downloads.status.trouble is Trouble.NONSENSE
    assert (tmp_path / "incoming/MO-1-unit.part").stat().st_size == 0


async def test_refusal_of_the_importer_reaches_the_platform(bench, desk, downloads):
    issue(bench)
    desk.refuse_with = "line 17: no code of this product"
    await settle(downloads)
    for level in ("unit", "case", "pallet"):
        assert receipts(bench, f"MO-1-{level}") == [("refused", 0, desk.refuse_with)]
    assert len(desk.refused) == 3


async def test_refused_package_is_judged_once_though_its_receipt_is_lost(
    bench, desk, downloads
):
    issue(bench)
    desk.refuse_with = "line 17: no code of this product"
    bench.script.add(faults.cut_before(), on="unit/receipt", times=2)
    await settle(downloads)
    assert len(file_requests(bench)) == 1
    assert len(desk.refused) == 3


async def test_what_was_handed_over_is_not_handed_over_again_after_a_failure(
    bench, desk, downloads
):
    issue(bench)
    bench.script.add(faults.status(503), on="GET /v1/packages/MO-1-pallet$")
    await settle(downloads)
    posts = [url for method, url, _ in bench.wire.sent if method == "POST"]
    assert len(posts) == len(set(posts)) == 3


async def test_lost_receipt_is_sent_again_without_a_second_import(
    bench, desk, downloads
):
    issue(bench)
    bench.script.add(faults.lose_reply(), on="POST .*unit/receipt")
    bench.script.add(faults.status(503), on="POST .*unit/receipt")
    await settle(downloads)
    assert len(file_requests(bench)) == 1
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_receipt_the_platform_will_not_have_does_not_block(
    bench, desk, downloads
):
    issue(bench)
    bench.script.add(faults.status(409), on="POST .*unit/receipt")
    await settle(downloads)
    assert set(desk.packages) == {"MO-1-unit", "MO-1-case", "MO-1-pallet"}
    assert "refused our receipt: HTTP 409" in desk.refused[0].problem


async def test_crash_in_a_handler_brings_the_document_again(
    bench, desk, downloads, tmp_path
):
    issue(bench)
    desk.crash_on = "MO-1-case"
    with pytest.raises(KilledError):
        await downloads.poll()
    assert bench.marks.cursor("orders") != ""
    assert bench.marks.cursor("packages") == ""
    desk.crash_on = ""
    await settle(make(bench, desk, tmp_path))
    assert set(desk.packages) == {"MO-1-unit", "MO-1-case", "MO-1-pallet"}
    assert len(file_requests(bench)) == 1, "a known package is not fetched again"
    assert receipts(bench, "MO-1-unit") == [("accepted", 55, "")]


async def test_known_package_with_other_content_is_refused(bench, desk, downloads):
    issue(bench)
    desk.accepted["MO-1-unit"] = "0" * 64
    await settle(downloads)
    ((verdict, _, detail),) = receipts(bench, "MO-1-unit")
    assert (verdict, detail) == ("refused", f"imported before, with SHA-256 {'0' * 64}")


async def test_manifest_that_is_not_the_announced_one_is_refused(
    bench, desk, downloads
):
    issue(bench)
    other = faults.altered("other", lambda answer: answer.update(codes=1))
    bench.script.add(other, on="unit/manifest")
    await settle(downloads)
    assert receipts(bench, "MO-1-unit") == [("refused", 0, "manifest and feed differ")]


async def test_package_the_platform_has_lost_does_not_block(bench, desk, downloads):
    issue(bench)
    bench.script.add(faults.status(410), on="GET /v1/packages/MO-1-unit$")
    await settle(downloads)
    assert set(desk.packages) == {"MO-1-case", "MO-1-pallet"}
    assert receipts(bench, "MO-1-unit")[0][0] == "refused"


async def test_bad_order_is_reported_and_the_next_one_taken(bench, desk, downloads):
    issue(bench)
    issue(bench, "MO-2")

    def spoil(answer) -> None:
        answer["items"][0]["target"] = -5
        answer["items"][0]["colour"] = "red"

    bench.script.add(faults.altered("bad order", spoil), on="/orders")
    await downloads.poll()
    assert desk.orders == ["MO-2"]
    (refused,) = [each for each in desk.refused if each.feed == "orders"]
    assert refused.name == "MO-1"
    assert "target: Input should be greater than or equal to 1 (got -5)" in (
        refused.problem
    )
    assert "colour: Extra inputs are not permitted" in refused.problem


async def test_order_for_another_product_than_its_spec_is_reported(
    bench, desk, downloads
):
    issue(bench)

    def spoil(answer) -> None:
        answer["items"][0]["product"] = "Beer"

    bench.script.add(faults.altered("other product", spoil), on="/orders")
    await downloads.poll()
    assert desk.orders == []
    assert "asks for LIME-330 v1 of Beer" in desk.refused[0].problem


async def test_order_whose_spec_is_missing_is_reported(bench, desk, downloads):
    issue(bench)

    def no_spec(answer) -> None:
        answer["items"] = []

    bench.script.add(faults.altered("no spec", no_spec), on="/specs")
    await downloads.poll()
    assert desk.orders == []
    assert "spec: LIME-330 v1 is not in the specs feed" in desk.refused[0].problem


async def test_bad_spec_is_reported(bench, desk, downloads):
    issue(bench)

    def spoil(answer) -> None:
        answer["items"][0]["levels"][0]["format"]["gtin"] = "06901234567890"

    bench.script.add(faults.altered("bad spec", spoil), on="/specs")
    await downloads.poll()
    problems = {refused.feed: refused.problem for refused in desk.refused}
    assert "levels.0.format.gs1_element.gtin" in problems["specs"]
    assert "its check digit is 2" in problems["specs"]
    assert "is not in the specs feed" in problems["orders"]


async def test_new_spec_version_is_learnt_when_an_order_needs_it(
    bench, desk, downloads
):
    issue(bench)
    await settle(downloads)
    issue(bench, "MO-2", per_case=12)
    await settle(downloads)
    assert desk.specs == [("LIME-330", 1), ("LIME-330", 2)]


@pytest.mark.parametrize(
    "fault",
    [
        faults.html(),
        faults.other_json(b"[]"),
        faults.other_json(b'{"items": [], "next": 5}'),
        faults.altered("stuck", lambda answer: answer.update(next="")),
        faults.status(500),
        faults.redirect("http://elsewhere/"),
        faults.bomb(),
    ],
    ids=lambda fault: fault.name,
)
async def test_nonsense_in_a_feed_moves_no_cursor(bench, desk, downloads, fault):
    issue(bench)
    bench.script.add(fault, on="/orders")
    await downloads.poll()
    assert bench.marks.cursor("orders") == ""
    assert not downloads.status.online
    await settle(downloads)
    assert desk.orders == ["MO-1"]


async def test_outage_is_a_status_and_passes(bench, desk, downloads):
    issue(bench)
    bench.transport.up = False
    for _ in range(5):
        assert 0 <= await downloads.poll() <= 30
    assert not downloads.status.online
    assert downloads.status.last_error.startswith("平台无法连接")
    bench.transport.up = True
    await settle(downloads)
    assert downloads.status.online
    assert desk.orders == ["MO-1"]


async def test_full_disk_is_a_status(bench, desk, downloads, tmp_path):
    issue(bench)
    (tmp_path / "incoming").write_text("a file where the folder should be")
    await downloads.poll()
    assert downloads.status.trouble is Trouble.LOCAL_DISK
    (tmp_path / "incoming").unlink()
    await settle(downloads)
    assert len(desk.packages) == 3


async def test_run_polls_at_its_interval(bench, desk, tmp_path):
    slept = []

    async def sleep(delay_s: float) -> None:
        slept.append(delay_s)
        if len([s for s in slept if s == 5.0]) == 3:
            raise KilledError

    issue(bench)
    downloads = Downloads(
        client=bench.client,
        marks=bench.marks,
        intake=desk.intake(),
        folder=tmp_path,
        rng=random.Random(2),
        sleep=sleep,
        interval_s=5.0,
    )
    with pytest.raises(KilledError):
        await downloads.run()
    assert desk.orders == ["MO-1"]
