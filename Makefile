# `make demo` shows desksim at work, `make test` checks everything, `make help` lists the rest.

PYTHON ?= python3
PYTHON312 ?= python3.12
PYTHON313 ?= python3.13
VENV ?= .venv
JOBS ?= 2

# What resolves requirements.txt. It is needed by `make pins` and `make test-floors` only.
UV_VERSION := 0.13.9
UV := .cache/uv/bin/uv

BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTEST = $(BIN)/python -m pytest -n $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help demo test lint fast golden look notebook bench focus test-313 test-floors pins clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(READY) ## Set up, then run a shipped scenario
	$(BIN)/desksim run scenarios/remote-office.yaml

test: lint ## Set up, then every check: format, lint, types, floors, tests, notebooks
	$(PYTEST) tests

lint: $(READY) ## Format, lint, types and floors
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: $(READY) ## The tests, without the slow ones and the notebooks
	$(PYTEST) -m "not slow" tests

golden: $(READY) ## Write the kept reports anew, after a change that is meant
	$(BIN)/python -m tests.golden

look: $(VENV)/.look ## Open the pages in Chromium, check that they fit, and leave screenshots
	$(BIN)/python -m tests.look

notebook: $(VENV)/.notebook ## Open the notebooks in JupyterLab, which is installed first
	$(BIN)/jupyter lab notebooks

bench: $(READY) ## Time, memory and events of the main jobs, beside the textbook twin
	$(BIN)/python -m benchmarks

# The validator pins NumPy 1.26, which Python 3.13 does not have, and breaks with pyarrow 25.
focus: $(READY) ## Ask the FinOps Foundation's validator about a bill (PYTHON312=python3.12)
	test -x .cache/focus/bin/focus-validator || { $(PYTHON312) -m venv .cache/focus && \
	  .cache/focus/bin/python -m pip install --quiet "focus-validator==2.2.1" "pyarrow<25"; }
	$(BIN)/python -m tests.focus_validator

test-313: ## `make fast` on Python 3.13 (PYTHON313=python3.13)
	$(MAKE) fast VENV=.venv-3.13 PYTHON=$(PYTHON313)

# The oldest libraries meet newer ones that they did not know, hence `-W default`.
test-floors: $(UV) ## `make fast` on the oldest dependencies that pyproject.toml admits
	$(UV) venv --no-config --quiet --clear --python $(PYTHON) .venv-floors
	$(UV) pip install --no-config --quiet --python .venv-floors --resolution lowest-direct -r pyproject.toml
	$(UV) pip install --no-config --quiet --python .venv-floors --group dev
	$(UV) pip install --no-config --quiet --python .venv-floors --no-deps --no-build-isolation -e .
	.venv-floors/bin/python -m pytest -n $(JOBS) -W default -m "not slow" tests

pins: $(UV) ## Write requirements.txt anew, with the newest versions
	$(UV) pip compile --no-config --quiet --upgrade --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --custom-compile-command "make pins" \
	  --group dev pyproject.toml --output-file requirements.txt

clean: ## Remove environments, caches and build leftovers, never reports
	rm -rf .venv .venv-* .cache build dist .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	find sim tests benchmarks notebooks -name __pycache__ -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "desksim needs Python 3.11 or newer, and '$(PYTHON)' is not." \
	    "Name one that is: make PYTHON=python3.13 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# What is pinned stays as it is; only JupyterLab and what it needs besides are added.
$(VENV)/.notebook: $(READY)
	$(BIN)/python -m pip install --quiet --no-build-isolation -e '.[notebook]'
	@touch $@

# It drives the Chromium that is there; nothing else needs it, and it is large.
$(VENV)/.look: $(READY)
	$(BIN)/python -m pip install --quiet "playwright==1.65.2"
	@touch $@

$(UV): Makefile
	$(PYTHON) -m venv .cache/uv
	.cache/uv/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@
