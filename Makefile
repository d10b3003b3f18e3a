# Every target does its own set-up: a virtual environment in .venv, made anew when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo editor test test-editors test-durable test-image hostile lint docs one-file bench clean

demo: .venv/ready
	$(BIN)/python examples/demo.py

editor: .venv/ready
	tests/editors/install.sh vscode
	$(BIN)/python tests/editors/open_vscode.py

test: .venv/ready lint
	$(BIN)/pytest -q -n auto

# With a Postgres of its own (apt install postgresql): workers that are killed, a store that fails. Some minutes.
test-durable: .venv/ready
	DUCKFLUX_POSTGRES=1 $(BIN)/pytest -q -n 2 tests/durable

test-editors: .venv/ready
	tests/editors/install.sh
	DUCKFLUX_EDITOR_TESTS=1 $(BIN)/pytest -q tests/editors

# The container image, built from the Dockerfile, as root on Debian (apt install buildah debootstrap). Some minutes.
test-image: .venv/ready
	DUCKFLUX_IMAGE=1 $(BIN)/pytest -q tests/packaging/test_built_image.py

# Every trial of the promises in SECURITY.md, with a table of them at the end: takes some minutes.
hostile: .venv/ready
	DUCKFLUX_HOSTILE=full $(BIN)/pytest -q -n auto tests/hostile tests/web/test_safety.py

lint: .venv/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# The documentation as a site, in build/site/html.
docs: .venv/ready
	$(BIN)/python -m pip install --quiet --group docs
	$(BIN)/python docs/site/build.py

# `duckflux` as one file for this platform, in dist: needs objdump on Linux (apt install binutils).
one-file: .venv/ready
	$(BIN)/python packaging/one_file/build.py . dist

bench: .venv/ready
	$(BIN)/python benchmarks/cel/compare.py
	$(BIN)/python benchmarks/analysis/bench.py
	$(BIN)/python benchmarks/runtime/bench.py
	$(BIN)/python benchmarks/lsp/bench.py
	$(BIN)/python benchmarks/lsp/index.py
	$(BIN)/python benchmarks/lsp/last_run.py
	$(BIN)/python benchmarks/runtime/live.py
	$(BIN)/python benchmarks/runtime/debug.py
	$(BIN)/python -m benchmarks.trace.bench
	$(BIN)/python benchmarks/web/bench.py

.venv/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache build dist
