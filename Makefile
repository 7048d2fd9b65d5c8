# What people and machines type here. `make help` lists it.

CONFIG ?= config/exporter.yaml
# Which Python to use (3.11 or newer); empty: the first on PATH that will do.
PYTHON ?=
# How many tests run beside each other. Three keep two processors busy, for many tests wait; 0: one by one.
WORKERS ?= 3

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCK := uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-strip-extras --quiet --output-file constraints.txt
# What operation needs of it, for the image: the same versions, by the same hashes.
LOCK_RUNTIME := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-strip-extras --no-annotate --quiet --constraint constraints.txt \
	--output-file constraints-runtime.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Child processes say things when they happen, also when their output is a pipe.
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lint audit format bench docs tools backup restore lock upgrade clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  CONFIG=$(CONFIG) says what \`make run\` reads; PYTHON=… which Python is used;"
	@echo "  WORKERS=$(WORKERS) says how many tests run beside each other."

setup: $(READY) ## Make .venv with everything in it (the others do so by themselves)

run: $(READY) ## Start the exporter (with the demo portal, when CONFIG reads a simulated one)
	@CONFIG='$(CONFIG)' exec sh tools/run.sh

test: $(READY) ## Bring the tools that tests need, then run all tests with coverage
	@$(BIN)/python -m tools
	@$(BIN)/pytest --numprocesses=$(WORKERS) --cov --cov-report=term

lint: $(READY) ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

audit: $(READY) ## Ask what is known against the pinned versions; says so where it cannot ask
	@$(BIN)/python -m tools.audit

format: $(READY) ## Put the code into the form that lint expects
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(READY) ## Measure scrapes against the library's own server, start and memory
	@$(BIN)/python -m bench

docs: $(READY) ## Write docs/metrics.md from the catalogue of metrics
	@$(BIN)/python -m tools.docs

tools: $(READY) ## Bring Prometheus, Alertmanager, their checkers, Chromium and systemd-analyze
	@$(BIN)/python -m tools

# STACK=compose: the volumes of docker-compose.yml. For it a host needs no Python.
backup: $(if $(filter compose,$(STACK)),,$(READY)) ## Keep all that cannot be made again in one file (BACKUP='--layout system', STACK=compose)
	@$(if $(filter compose,$(STACK)),sh deploy/backup.sh,$(BIN)/python -m tools.backup save) $(BACKUP)

restore: $(if $(filter compose,$(STACK)),,$(READY)) ## Put the backup FROM=file back; overwrites nothing (BACKUP='--replace' moves aside)
	@test -n '$(FROM)' || { echo "Say which: make restore FROM=var/backups/….tar.gz" >&2; exit 2; }
	@$(if $(filter compose,$(STACK)),sh deploy/restore.sh,$(BIN)/python -m tools.backup restore) $(BACKUP) '$(FROM)'

lock: $(READY) ## Pin what pyproject.toml asks for, with hashes; pins that still fit stay
	@$(BIN)/$(LOCK)
	@$(BIN)/$(LOCK_RUNTIME)

upgrade: $(READY) ## Pin the newest versions of everything; `make test` then installs and tries them
	@$(BIN)/$(LOCK) --upgrade
	@$(BIN)/$(LOCK_RUNTIME) --upgrade

clean: ## Remove everything that was made here, except the archive of collected pages
	rm -rf $(VENV) .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	rm -f .coverage .coverage.* coverage.xml
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp per step, so that a second run begins at once and a changed pin only installs.
$(VENV)/.made:
	@sh tools/venv.sh $(PYTHON)
	@touch $@

$(READY): $(VENV)/.made constraints.txt pyproject.toml
	@echo "Installing what constraints.txt pins ..."
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
