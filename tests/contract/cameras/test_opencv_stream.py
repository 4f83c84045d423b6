"""Streaming cameras: a video file and an MJPEG stream on a real socket through OpenCV,
and a stream played by the test for what those cannot show."""

import asyncio
import random
import threading
import time

import cv2
import numpy as np
import pytest

from drivers.base import Camera, Diagnosable, Exposed, LinkState
from drivers.cameras.exposures import Exposures
from drivers.cameras.frame import BadFrame, Frame
from drivers.cameras.opencv_stream.driver import OpenCvStreamCamera
from drivers.cameras.opencv_stream.settings import OpenCVStreamSettings
from drivers.cameras.opencv_stream.source import StreamCapture, StreamCounts
from drivers.errors import LinkDown
from drivers.link import Backoff

KIND = "opencv_stream"
TRANSPORTS = {"film": "file", "mjpeg": "http", "": "memory"}
SHAPE = (48, 64)
V4L2 = "/dev/v4l/by-id/usb-Test_0001-video-index0"
SOON = Backoff(first_s=0.02, cap_s=0.05)


def camera_of(source, *, video_of=None, **more):
    settings = OpenCVStreamSettings.model_validate(
        {"kind": KIND, "source": str(source), **more}
    )
    given = {} if video_of is None else {"video_of": video_of}
    return OpenCvStreamCamera(
        "camera", settings, rng=random.Random(1), backoff=SOON, **given
    )


async def frame_of(camera, item, **within):
    camera.expose(item)
    async with asyncio.timeout(within.get("s", 5)):
        return await camera.frame()


def readings(camera):
    return {each.name: each.value for each in camera.readings()}


@pytest.fixture
def film(tmp_path):
    """40 frames at 50 a second; frame n is of the grey 5 n."""
    path = tmp_path / "film.avi"
    codec = cv2.VideoWriter_fourcc(*"FFV1")
    writer = cv2.VideoWriter(str(path), codec, 50, SHAPE[::-1], isColor=False)
    assert writer.isOpened()
    for n in range(40):
        writer.write(np.full(SHAPE, 5 * n, np.uint8))
    writer.release()
    return path


class Played:
    """A stream whose frames the test lets go, one `send` each; the next `grab` gets it.

    Frame n is of the grey n. `end` ends it, `hang` lets the reader hang.
    """

    def __init__(self):
        self.sent = threading.Semaphore(0)
        self.freed = threading.Event()
        self.ended = False
        self.sets = []
        self.grabbed = self.retrieved = 0
        self.is_broken = False
        self.opened = True
        self.released = False

    def send(self, count=1):
        for _ in range(count):
            self.sent.release()

    def end(self):
        self.ended = True
        self.sent.release()

    def isOpened(self):
        return self.opened

    def grab(self):
        while not self.sent.acquire(timeout=0.05):
            if self.released or self.freed.is_set():
                return False
        self.grabbed += 1
        return not self.ended

    def retrieve(self):
        self.retrieved += 1
        return not self.is_broken, np.full((*SHAPE, 3), self.grabbed % 250, np.uint8)

    def set(self, key, value):
        self.sets.append((key, value))
        return True

    def get(self, key):
        return dict(self.sets).get(key, 0.0)

    def release(self):
        self.released = True


class Shelf:
    """Streams that are opened one after another."""

    def __init__(self, *videos):
        self.videos = list(videos)
        self.opened = 0

    def __call__(self, settings):
        self.opened += 1
        return self.videos.pop(0)


@pytest.fixture
async def played(running):
    """A running camera over a stream that the test plays."""
    video = Played()
    shelf = Shelf(video)
    camera = camera_of(V4L2, video_of=shelf, timeout_ms=5000)
    async with running(camera):
        yield camera, video, shelf
        video.freed.set()


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def test_it_is_a_camera_that_is_told_when_to_look_and_shows_itself(film):
    camera: Camera = camera_of(film)
    assert isinstance(camera, Exposed)
    assert isinstance(camera, Diagnosable)
    assert camera.status().link is LinkState.DOWN
    with pytest.raises(LinkDown, match="not opened yet"):
        await camera.frame()


async def test_a_film_plays_at_its_own_pace_and_over_again(film, running):
    camera = camera_of(film)
    async with running(camera):
        began_s = time.monotonic()
        greys = []
        for item in range(1, 6):
            frame = await frame_of(camera, item)
            assert isinstance(frame, Frame)
            assert (frame.item, frame.image.shape) == (item, SHAPE)
            greys.append(int(frame.image[0, 0]))
        assert time.monotonic() - began_s > 0.07  # 5 frames are 4 intervals of 20 ms
        assert greys == sorted(set(greys))
        await until(lambda: camera.stream.frames > 45)  # it holds 40
        assert isinstance(await frame_of(camera, 9), Frame)
    assert readings(camera)["width"] == SHAPE[1]
    assert camera.latency.by_exchange["picture"].total == 6


@pytest.mark.parametrize(
    ("rotate", "corner"), [(0, (0, 0)), (90, (0, 1)), (180, (1, 1)), (270, (1, 0))]
)
async def test_a_picture_is_turned_clockwise(tmp_path, running, rotate, corner):
    image = np.zeros(SHAPE, np.uint8)
    image[:8, :8] = 200
    path = tmp_path / "corner.avi"
    codec = cv2.VideoWriter_fourcc(*"FFV1")
    writer = cv2.VideoWriter(str(path), codec, 50, SHAPE[::-1], isColor=False)
    for _ in range(5):
        writer.write(image)
    writer.release()
    camera = camera_of(path, rotate=rotate)
    async with running(camera):
        frame = await frame_of(camera, 1)
    row, column = corner
    assert frame.image[-row, -column] == 200
    assert (frame.image > 100).mean() < 0.1
    assert frame.image.flags.c_contiguous


async def test_the_frame_after_the_moment_is_taken_and_no_other_is_decoded(played):
    camera, video, _ = played
    video.send(3)
    await until(lambda: camera.stream.frames == 3)
    camera.expose(7)
    video.send(1)
    frame = await camera.frame()
    assert (frame.item, frame.image[0, 0], frame.image.ndim) == (7, 4, 2)
    video.send(2)
    await until(lambda: camera.stream.frames == 6)
    assert video.retrieved == 1
    counts = readings(camera)
    assert (counts["frames"], counts["pictures"], counts["missed"]) == (6, 1, 0)


@pytest.mark.fault("F30")
async def test_an_item_without_a_frame_is_a_no_read_in_time(running):
    video = Played()
    camera = camera_of(V4L2, video_of=Shelf(video), timeout_ms=50)
    async with running(camera):
        bad = await frame_of(camera, 3, s=1)
        assert isinstance(bad, BadFrame)
        assert (bad.item, bad.reason) == (3, "no picture within 50 ms of its moment")
        video.send(1)
        await until(lambda: camera.exposures.counts.late == 1)
        video.freed.set()
    assert video.retrieved == 0


async def test_a_frame_that_is_still_of_before_is_not_taken(running):
    """With a latency of a minute, whatever comes now was begun long ago."""
    video = Played()
    camera = camera_of(V4L2, video_of=Shelf(video), latency_ms=10_000, timeout_ms=60)
    async with running(camera):
        camera.expose(3)
        video.send(5)
        assert isinstance(await camera.frame(), BadFrame)
        video.freed.set()
    assert video.retrieved == 0


def test_what_lay_in_the_pipe_at_the_start_is_not_taken_for_now():
    """Five frames come at once, those after them 40 ms apart."""
    now_s = [0.0]

    class Piped(Played):
        def grab(self):
            self.grabbed += 1
            now_s[0] += 0.04 if self.grabbed > 5 else 0.0
            return True

    video = Piped()
    settings = OpenCVStreamSettings(kind=KIND, source="http://camera/video")
    exposures = Exposures(
        delay_s=0, timeout_s=1, clock=lambda: now_s[0], wake=lambda: None
    )
    exposures.open()
    capture = StreamCapture(
        *("camera", settings, exposures, StreamCounts()),
        clock=lambda: now_s[0],
        video_of=lambda _: video,
    )
    capture.open()
    exposures.expose(1)
    capture.turn()
    assert exposures.take().image[0, 0] == 7


async def test_a_torn_frame_is_a_no_read_of_its_item(played):
    camera, video, _ = played
    video.is_broken = True
    camera.expose(3)
    video.send(1)
    bad = await camera.frame()
    assert (bad.item, "decoded" in bad.reason) == (3, True)


@pytest.mark.fault("F30")
async def test_a_stream_that_ends_costs_no_reads_and_comes_back(running):
    first, second = Played(), Played()
    camera = camera_of(V4L2, video_of=Shelf(first, second), timeout_ms=5000)
    async with running(camera):
        camera.expose(1)
        camera.expose(2)
        first.end()
        lost = [await camera.frame() for _ in range(2)]
        assert [(each.item, each.reason[:19]) for each in lost] == [
            (1, "the camera was lost"),
            (2, "the camera was lost"),
        ]
        assert first.released
        await until(lambda: camera.session == 2)
        camera.expose(3)
        second.send(1)
        assert (await camera.frame()).item == 3
        second.freed.set()


async def test_a_waiting_line_hears_that_the_camera_is_gone(running):
    first, second = Played(), Played()
    second.opened = False
    camera = camera_of(V4L2, video_of=Shelf(first, *[second] * 50), timeout_ms=5000)
    async with running(camera):
        waiting = asyncio.create_task(camera.frame())
        await asyncio.sleep(0)
        first.end()
        with pytest.raises(LinkDown, match="ended, or fell silent"):
            await asyncio.wait_for(waiting, 30)
        camera.expose(8)
        assert (await camera.frame()).item == 8
        await until(lambda: "cannot be opened" in camera.status().detail)


async def test_a_stream_that_hangs_is_lost_and_never_opened_twice_at_once(running):
    hangs = Played()
    shelf = Shelf(hangs, Played())
    camera = camera_of(V4L2, video_of=shelf, silent_ms=200, timeout_ms=60)
    async with running(camera):
        camera.expose(1)
        assert isinstance(await camera.frame(), BadFrame)
        stuck = camera._last  # its library does not come back
        stuck._capture.close = lambda: hangs.freed.wait(5)
        await until(lambda: "no frame for" in camera.status().detail)
        camera.expose(2)
        assert isinstance(await camera.frame(), BadFrame)
        await until(lambda: camera.status().link is LinkState.OPENING)
        await asyncio.sleep(0.1)
        assert shelf.opened == 1
        hangs.freed.set()
        await until(lambda: shelf.opened == 2)
        last = camera._last
    await last.close()


async def test_a_flood_of_frames_and_items_stays_bounded(played):
    camera, video, _ = played
    counts = camera.exposures.counts
    video.send(2000)
    for item in range(200):
        camera.expose(item)
    await until(lambda: camera.stream.frames == 2000)
    video.send(1)
    await until(lambda: counts.pictures + counts.missed == 200)
    taken = [(await camera.frame()).item for _ in range(64)]
    assert taken == sorted(set(taken))
    assert counts.dropped == 200 - 64


async def test_a_camera_that_takes_another_value_stays_down_and_says_which(running):
    video = Played()
    video.get = lambda key: 640.0
    camera = camera_of(V4L2, video_of=Shelf(*[video] * 50), width=1280)
    async with running(camera, ready=False):
        await until(lambda: "width" in camera.status().detail)
        assert "took 640 for 1280" in camera.status().detail
        assert camera.status().link is not LinkState.READY


async def test_exposure_goes_to_a_v4l2_camera_in_its_unit(running):
    video = Played()
    camera = camera_of(V4L2, video_of=Shelf(video), exposure_us=500, gain=10)
    async with running(camera):
        video.freed.set()
    assert video.sets == [
        (cv2.CAP_PROP_AUTO_EXPOSURE, 1),
        (cv2.CAP_PROP_EXPOSURE, 5),
        (cv2.CAP_PROP_GAIN, 10),
    ]


async def test_a_source_that_is_not_there_says_so_without_its_password(running):
    camera = camera_of("rtsp://me:secret@127.0.0.1:9/x")
    async with running(camera, ready=False):
        await until(lambda: "cannot be opened" in camera.status().detail)
    # Ended meanwhile: the reason stands in what is told to the line.
    camera.expose(1)
    bad = await camera.frame()
    assert "secret" not in bad.reason


class Mjpeg:
    """A network camera: JPEG after JPEG over HTTP, 40 ms apart; frame n is grey 2 n."""

    def __init__(self):
        self.count = 0
        self.clients = set()
        self.is_silent = False

    async def serve(self, reader, writer):
        self.clients.add(writer)
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\n"
                b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
            )
            while True:
                if not self.is_silent:
                    writer.write(self.part())
                    await writer.drain()
                await asyncio.sleep(0.04)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.clients.discard(writer)
            writer.close()

    def part(self):
        self.count += 1
        image = np.full(SHAPE, 2 * self.count % 250, np.uint8)
        jpeg = cv2.imencode(".jpg", image)[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}"
        return head.encode() + b"\r\n\r\n" + jpeg + b"\r\n"

    def hang_up(self):
        for each in self.clients:
            each.transport.abort()


@pytest.fixture
async def mjpeg():
    camera = Mjpeg()
    server = await asyncio.start_server(camera.serve, "127.0.0.1", 0)
    camera.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/video"
    yield camera
    server.close()
    camera.hang_up()
    await until(lambda: not camera.clients)


async def test_a_network_camera_shows_what_it_sees_now(mjpeg, running):
    camera = camera_of(mjpeg.url, timeout_ms=2000, silent_ms=1000)
    async with running(camera):
        for item in (1, 2, 3):
            before = mjpeg.count
            frame = await frame_of(camera, item)
            shown = round(int(frame.image[0, 0]) / 2)
            # Of now, and not of what lay in the pipe (it holds back one frame).
            assert before - 1 <= shown <= mjpeg.count
            await asyncio.sleep(0.1)


@pytest.mark.fault("F30")
@pytest.mark.parametrize("how", ["hang_up", "silence"])
async def test_a_network_camera_that_is_lost_comes_back(mjpeg, running, how):
    camera = camera_of(mjpeg.url, timeout_ms=300, silent_ms=300)
    async with running(camera):
        await frame_of(camera, 1)
        if how == "silence":
            mjpeg.is_silent = True
        else:
            mjpeg.hang_up()
        await until(lambda: camera.status().link is not LinkState.READY)
        camera.expose(2)
        assert isinstance(await camera.frame(), BadFrame)
        mjpeg.is_silent = False
        async with asyncio.timeout(30):
            await camera.link.wait_ready()
        frame = await frame_of(camera, 3)
        assert (frame.item, isinstance(frame, Frame)) == (3, True)
