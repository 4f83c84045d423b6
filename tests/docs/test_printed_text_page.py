"""docs/vision/printed-text.md on drawn packs of a printer with figures of its own."""

from dataclasses import replace

from simulators.cameras.dot_text import FAIR, GOOD
from simulators.cameras.text_folder import Pack, own_style, write_folder

SETTINGS = """
[line]
id = "L01"
data = "data"
[platform]
url = "http://127.0.0.1:1"
[devices.plc]
kind = "line_io"
address = "modbus://127.0.0.1:1/1"
[devices.eye]
kind = "opencv_camera"
folder = "frames"
[[stations]]
kind = "reading"
io = "plc"
camera = "eye"
[stations.printed_text]
lines = ["{batch}", "EXP {expiry:%Y%m%d}"]
box = { x = 18, y = 1, width = 80 }
"""


def packs():
    for number in range(12):
        lines = (f"L24{number + 10}-B8", f"EXP 2027{number % 9 + 1:02}31")
        pack = Pack(lines=lines, look=(GOOD, FAIR)[number % 2])
        if number == 7:
            pack = replace(pack, look=replace(FAIR, lost_row=3))
        if number == 8:
            pack = replace(pack, said=(lines[0], lines[1].replace("2027", "2021")))
        yield pack


async def test_the_page_is_what_happens(root, steps, session, tmp_path):
    write_folder(tmp_path / "packs", packs(), own_style())
    (tmp_path / "line.toml").write_text(SETTINGS, encoding="utf-8")
    terminal = session()
    page = list(steps(root / "docs" / "vision" / "printed-text.md"))
    assert page
    for step in page:
        await terminal.do(step)
    assert (tmp_path / "head-1.npz").is_file()
