#!/bin/sh
# Makes .venv from the locked dependencies and installs the system libraries it needs.
# Run by `make`; safe to run again. Says what it does.
set -eu
cd "$(dirname "$0")/.."
say() { printf 'setup: %s\n' "$*" >&2; }

python=${PYTHON:-python3.11}
command -v "$python" >/dev/null 2>&1 || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Python 3.11 or newer is needed, found $("$python" --version 2>&1); set PYTHON=/path/to/python3.11"
    exit 1
}

need=""
"$python" -c 'import ensurepip, venv' 2>/dev/null || need="$need python3-venv"
ldconfig -p 2>/dev/null | grep -q 'libzbar\.so\.0' || need="$need libzbar0"
if [ -n "$need" ]; then
    command -v apt-get >/dev/null 2>&1 || { say "please install:$need"; exit 1; }
    root=""
    [ "$(id -u)" = 0 ] || root=sudo
    say "installing system packages:$need (apt-get${root:+ with sudo})"
    $root apt-get update -q >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $root apt-get install -q -y --no-install-recommends $need >/dev/null
fi

[ -x .venv/bin/python ] || { say "creating .venv with $("$python" --version)"; "$python" -m venv .venv; }
say "installing locked dependencies into .venv"
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
cp requirements.lock .venv/.installed.lock
say "ready"
