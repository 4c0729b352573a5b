# Every target sets up what it needs: a virtual environment in .venv from the pinned, hashed requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
# How many processes the tests run in; tests/conftest.py says which tests stay together.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
FAST := tests/rules tests/architecture tests/replay tests/deploy tests/clients
.DEFAULT_GOAL := help
.PHONY: help demo up down test test-fast lint types fmt bench engines histories lock clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || { echo "Creating .venv ..."; $(PYTHON) -m venv .venv; }
	@echo "Installing the pinned packages (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: .venv/.ready ## the main job, end to end, on real engines
	@$(BIN)/aktum demo

up: .venv/.ready ## start the embedded stack with worker and API, until Ctrl-C
	@$(BIN)/aktum up

down: .venv/.ready ## stop a detached stack
	@$(BIN)/aktum down

test: .venv/.ready ## all tests, replay of stored histories included
	@$(PYTEST)

test-fast: .venv/.ready ## the tests that need no server: rules, replay, deployment, clients
	@$(PYTEST) -m 'not servers' $(FAST)

lint: .venv/.ready ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: .venv/.ready ## mypy --strict
	@$(BIN)/mypy

fmt: .venv/.ready ## format and mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.ready ## measure against a no-op workflow of the same shape
	@$(BIN)/python -m benchmarks

engines: .venv/.ready ## build the real Gotenberg and versitygw into var/engines (needs Go)
	@$(BIN)/python -m local.engines.native.build

histories: .venv/.ready ## record the replayed workflow histories anew (only with a version bump)
	@$(BIN)/python -m tests.record_histories

lock: ## pin the dependencies again (needs uv)
	@uv pip compile pyproject.toml --extra local --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet --upgrade -o requirements.lock

clean: ## remove the local state (invoices, mail, archive) but keep the environment and the engines
	@test ! -d var || find var -mindepth 1 -maxdepth 1 ! -name engines -exec rm -rf {} +
