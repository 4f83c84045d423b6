# `make demo` runs a simulated line; `make test` proves it. Both set up what they need.
PY := .venv/bin/python
.PHONY: setup demo test check bench bench-vision matrix seeds pairs lock clean

.venv/.installed.lock: requirements.lock
	@sh tools/setup.sh

setup: .venv/.installed.lock

demo: setup
	@.venv/bin/line-sim demo $(ARGS)

test: setup
	$(PY) -m pytest -n 2 --dist worksteal $(ARGS)

# 200 seeds of 2,000 bottles with faults, in virtual time.
seeds: setup
	@.venv/bin/line-sim bench --seeds 200 --bottles 2000 $(ARGS)

# Every printer, reader and line I/O with every other, in virtual time.
pairs: setup
	@.venv/bin/line-sim pairs $(ARGS)

# Every driver on every transport, and every fault case, from a run of their tests.
matrix: setup
	@$(PY) tools/matrix.py $(ARGS)

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

bench: setup
	@.venv/bin/line-sim measure $(ARGS)

# The eye beside the bare libraries; the last part runs a fast line for ten minutes.
bench-vision: setup
	@.venv/bin/line-sim bench-vision $(ARGS)

lock: setup
	.venv/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	    --all-extras --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
