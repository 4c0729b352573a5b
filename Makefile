# Every target creates the virtual environment .venv from the pinned and hashed requirements.lock if it is missing.
PYTHON ?= python3
BIN := .venv/bin
# The number of test processes: many tests wait, so three keep two cores busy. tests/conftest.py defines which tests run
# in the same process.
WORKERS ?= 3
# AKTUM_TEST_DATA names the folder of public sample files; the tests that read it are skipped without (docs/tests.md).
MINUTES ?= 60
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
FAST := tests/rules tests/architecture tests/replay tests/deploy tests/clients
# Images of containers often set this variable. With it, every program of the stack, and the sandbox of every workflow,
# compiles its modules again.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help demo up down test test-fast lint types fmt bench soak desk-check engines histories matrices lock clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# uv installs the packages several times faster than pip, which does it where uv cannot: uv does not read the
# configuration of pip, such as the address of an index.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || { echo "Creating .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the pinned packages (once, about a minute) ..."
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > .venv/uv.lock
	@$(PIP) --require-hashes -r .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/.ready ## run the main job end to end on real engines
	@$(BIN)/aktum demo

up: .venv/.ready ## start the embedded stack with worker and API, until Ctrl-C
	@$(BIN)/aktum up

down: .venv/.ready ## stop a detached stack
	@$(BIN)/aktum down

test: .venv/.ready ## run all tests, including the replay of stored histories
	@$(PYTEST)

test-fast: .venv/.ready ## run the tests that need no server: rules, replay, deployment, clients
	@$(PYTEST) -m 'not servers' $(FAST)

lint: .venv/.ready ## check rules and format with ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.ready ## check types with mypy --strict
	@$(BIN)/mypy

fmt: .venv/.ready ## format, and fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.ready ## measure the targets of docs/benchmarks.md
	@$(BIN)/python -m benchmarks

soak: .venv/.ready ## random lives of invoices under faults and kills: make soak MINUTES=60 SEED=7
	@$(BIN)/python -m soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

desk-check: .venv/.ready ## open all pages of the desk in Chromium: make desk-check OPTIONS="--theme dark --pictures var/pictures"
	@$(BIN)/python -m tests.desk_check $(OPTIONS)

engines: .venv/.ready ## build the real Gotenberg and versitygw into var/engines (needs Go)
	@$(BIN)/python -m local.engines.native.build

histories: .venv/.ready ## record the histories of new scenarios: make histories NAMES="claimed_work"
	@$(BIN)/python -m tests.record_histories $(NAMES)

matrices: .venv/.ready ## write the tables of the crash and fault matrices into docs/integrations.md
	@AKTUM_WRITE_MATRICES=1 $(BIN)/python -m pytest -n0 -q tests/matrices

lock: ## pin the dependencies again (needs uv)
	@uv pip compile pyproject.toml --extra local --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements.lock

clean: ## remove the local state (invoices, mail, archive) but keep the environment and the engines
	@test ! -d var || find var -mindepth 1 -maxdepth 1 ! -name engines -exec rm -rf {} +
