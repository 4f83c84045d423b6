from drivers.transports.memory_wires import joined
from drivers.wiretap import FRAME_BYTES, Direction, WireTap


async def test_both_directions_are_taken_down_in_order():
    ours, theirs = joined()
    tap = WireTap("jet")
    stream = tap.wrap(ours)
    await stream.send(b"^0?RS\r")
    await theirs.send(b"^0=RS2\r")
    await stream.receive()
    await stream.close()
    assert [(f.direction, f.data) for f in tap.frames()] == [
        (Direction.SENT, b"^0?RS\r"),
        (Direction.RECEIVED, b"^0=RS2\r"),
    ]
    assert await theirs.receive() == b"^0?RS\r"
    assert await theirs.receive() == b""


async def test_the_ring_is_bounded_and_counts_what_it_lost():
    tap = WireTap("reader", frames=3)
    for number in range(5):
        tap.record(Direction.RECEIVED, b"%d" % number)
    assert [frame.data for frame in tap.frames()] == [b"2", b"3", b"4"]
    assert tap.dropped == 2


async def test_a_long_piece_keeps_its_size_but_not_its_bytes():
    tap = WireTap("reader")
    tap.record(Direction.RECEIVED, b"x" * (FRAME_BYTES + 1))
    (frame,) = tap.frames()
    assert (len(frame.data), frame.size) == (FRAME_BYTES, FRAME_BYTES + 1)


async def test_a_watcher_sees_frames_until_it_stops_watching():
    tap = WireTap("reader")
    seen = []
    stop = tap.watch(seen.append)
    tap.record(Direction.SENT, b"1")
    stop()
    tap.record(Direction.SENT, b"2")
    assert [frame.data for frame in seen] == [b"1"]
