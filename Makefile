# Python 3.11 or newer (with venv) and make are all you need.
PYTHON ?= python3
BIN     = .venv/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:
COMPILE = $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-config \
          --custom-compile-command 'make lock' $(LOCK_FLAGS)
# Builds the pages, where they are not up to date; with a Node from PyPI where the system has none (exit code 3).
PAGES   = $(BIN)/python -m runtime.pages || { [ $$? -eq 3 ] && echo 'Installing one from PyPI …' && \
          $(INSTALL) -r requirements-node.lock && $(BIN)/python -m runtime.pages; }

.DEFAULT_GOAL := help
.PHONY: help run test check fix lock pages schema migrate seed admin bench clean

help: ## Tell what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r verb meaning; do printf '  make %-8s %s\n' "$$verb" "$$meaning"; done

run: .venv/.run ## Serve on http://127.0.0.1:8000, with its own database and demo data; PORT=… and other settings as variables
	@$(PAGES) || echo 'Serving without pages.'
	@exec $(BIN)/python server.py serve

test: .venv/.dev ## Run the tests
	@$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: .venv/.dev ## Check format, lint, types, imports between folders and the schema snapshot
	@$(MAKE) --no-print-directory --jobs 2 check-pages check-python

.PHONY: check-pages check-python
check-pages:
	@$(BIN)/python -m runtime.pages --check

check-python:
	@$(BIN)/python -m ruff format --check --quiet
	@$(BIN)/python -m ruff check --quiet
	@$(BIN)/python -m mypy
	@$(BIN)/python $(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python server.py schema --check

fix: .venv/.dev ## Format, and repair what the linter can
	@$(BIN)/python -m ruff check --fix
	@$(BIN)/python -m ruff format
	@$(BIN)/python -m runtime.pages --fix

lock: .venv/.dev ## Pin what pyproject.toml asks for; LOCK_FLAGS=--upgrade takes the newest
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) --group node --output-file requirements-node.lock
	@$(COMPILE) pyproject.toml --group dev --constraint requirements.lock --constraint requirements-node.lock --output-file requirements-dev.lock

pages: .venv/.run ## Build the pages of ui/, where they are not up to date
	@$(PAGES)

schema: .venv/.dev ## Write schema/schema.graphql
	@$(BIN)/python server.py schema

migrate: .venv/.run ## Bring the database to the newest tables
	@exec $(BIN)/python server.py migrate

admin: .venv/.run ## Make EMAIL=… an admin; the password is asked for, or read from standard input
	@exec $(BIN)/python server.py admin "$(EMAIL)"

seed: .venv/.run ## Fill the database with invented data; SEED='--flush --bookings 100000' and more, see SEED=--help
	@exec $(BIN)/python server.py seed $(SEED)

bench: .venv/.dev ## Measure speed and memory, beside peers on Node and in Python; BENCH='--quick' and more, see BENCH=--help
	@exec $(BIN)/python -m bench $(BENCH)

clean: ## Remove the packages, the built pages, the caches and the embedded database with all its data
	rm -rf ui/dist ui/node_modules .venv .state .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/.run: requirements.lock | $(BIN)/pip
	@echo 'Installing packages into .venv …'
	@$(INSTALL) -r requirements.lock
	@touch $@

# The same .venv: all that .run installs, and what tests and checks need.
.venv/.dev: requirements-dev.lock | $(BIN)/pip
	@echo 'Installing packages for development into .venv …'
	@$(INSTALL) -r requirements-dev.lock
	@touch .venv/.run $@

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv .venv
