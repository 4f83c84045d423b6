"""The settings file `line-agent init` writes: a whole line, every key explained."""

TEMPLATE = """\
# Settings of one line. Every key is checked: a typing error names the nearest key.

[line]
id = {line}
data = {data}          # on a local disk, never a network share
auto_start = false         # true: the next order starts without an operator

[platform]                 # 标识中台
url = "http://127.0.0.1:8080"
poll_s = 5

[rules]
print_ahead = 32           # records kept queued at the printer
lease = 64                 # codes reserved at a time
reject_limit = 8           # rejects in a row that stop the line
sequence_limit = 3         # sequence faults in a row that stop the line
confirm_ms = 300           # longest time from a reject to its confirm sensor; 0: none
poll_ms = 20               # line I/O poll interval

[devices.plc]              # docs/devices/line-io.md
kind = "line_io"
address = "modbus://127.0.0.1:5020/1"

[devices.bottle_printer]   # docs/devices/leibinger-jet.md
kind = "leibinger_jet"
address = "tcp://127.0.0.1:3000"

[devices.camera]           # docs/devices/opencv-camera.md
kind = "opencv_camera"
folder = "/run/line-agent/pictures"

[devices.case_labeller]    # docs/devices/zebra-zpl.md
kind = "zebra_zpl"
address = "tcp://127.0.0.1:9100"

[devices.case_reader]      # docs/devices/text-reader.md
kind = "text_reader"
address = "tcp://127.0.0.1:9004"
no_read = "NOREAD"         # what the reader sends when it could not read

[devices.pallet_labeller]
kind = "zebra_zpl"
address = "tcp://127.0.0.1:9101"

[devices.pallet_reader]
kind = "text_reader"
address = "tcp://127.0.0.1:9005"
no_read = "NOREAD"

[[stations]]               # puts codes on bottles; leave out for pre-printed caps
kind = "coding"
printer = "bottle_printer"

[[stations]]               # reads every bottle and drives the gate
kind = "reading"
io = "plc"
camera = "camera"
budget_ms = 25
# head = "left"            # whose prints these are, for its charts
# grading = {{ minimum = 1.5 }}   # grade every print: docs/vision/trends.md

[[stations]]
kind = "packing"
level = "case"
labeller = "case_labeller"
reader = "case_reader"

[[stations]]
kind = "packing"
level = "pallet"
labeller = "pallet_labeller"
reader = "pallet_reader"
"""
