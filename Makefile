# Each target sets up what it needs; only Python >= 3.11, make and git are taken for granted.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Hashes are checked for every package; the project itself is linked in without its build tools being fetched again.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LINK := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

.PHONY: setup setup-dev full-text archives run demo test emulator check image-check bench knowledge locales slack-manifest lock clean

setup: $(VENV)/.runtime

setup-dev: $(VENV)/.dev

# What `feeds.full_text` needs; left out of `setup`, because few need it.
full-text: setup
	$(INSTALL) --requirement requirements-full-text.lock

# What `treatywatch backfill` needs for crawls, Zstandard and Dask.
archives: setup
	$(INSTALL) --requirement requirements-archives.lock

run: setup
	$(BIN)/treatywatch run

demo: setup
	$(BIN)/treatywatch demo

# Two for each core: many tests wait for programs that they have started, and for servers that keep them waiting.
test: setup-dev
	$(BIN)/python -m pytest -n $$(( 2 * $$(getconf _NPROCESSORS_ONLN) )) --dist worksteal

# Conversations at an emulator of Telegram by others, which needs a newer Python than everything else.
EMULATED := .venv-emulator
NEWER := $(PYTHON) python3 python3.14 python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python)
emulator:
	@for each in $(NEWER); do \
	    if $$each -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then \
	        exec $(MAKE) --no-print-directory converse PYTHON=$$each VENV=$(EMULATED); \
	    fi; \
	done; echo "No Python 3.12 or newer was found: the emulator's conversations are left out." >&2

.PHONY: converse
converse: $(VENV)/.emulator
	$(BIN)/python -m pytest tests/bot/test_emulator.py

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile

# Builds the container's image and tries it, where docker or podman is at hand; IMAGE_BUILD_OPTIONS goes to their `build`.
image-check:
	@$(PYTHON) -m tools.image_check

bench: setup-dev
	$(BIN)/python -m benchmarks

# Makes config/states/generated/ anew; what it needs is installed for it alone.
knowledge: setup $(VENV)/.knowledge
	$(BIN)/python -m tools.knowledge

# Adds new texts to the catalogs in bot/locales/, drops old ones, and tells what is left to translate.
locales: setup
	$(BIN)/python -m tools.locales

# Writes config/slack-manifest.yaml from what the code does.
slack-manifest: setup
	$(BIN)/python -m tools.slack_manifest

# Refreshes the lock files; needs uv (https://docs.astral.sh/uv/).
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements.lock
	uv pip compile --group build --universal --python-version 3.11 --generate-hashes --no-header --quiet --constraints requirements.lock --output-file requirements-build.lock
	uv pip compile pyproject.toml --group build --extra full-text --universal --python-version 3.11 --generate-hashes --no-header --quiet --constraints requirements.lock --output-file requirements-full-text.lock
	uv pip compile pyproject.toml --group build --extra archives --universal --python-version 3.11 --generate-hashes --no-header --quiet --constraints requirements.lock --output-file requirements-archives.lock
	uv pip compile pyproject.toml --group build --group dev --extra full-text --extra archives --universal --python-version 3.11 --generate-hashes --no-header --quiet --constraints requirements.lock --output-file requirements-dev.lock
	uv pip compile pyproject.toml --group build --group emulator --universal --python-version 3.12 --generate-hashes --no-header --quiet --constraints requirements-dev.lock --output-file requirements-emulator.lock
	uv pip compile --group knowledge --universal --python-version 3.11 --generate-hashes --no-header --quiet --output-file requirements-knowledge.lock

clean:
	rm -rf $(VENV) $(EMULATED) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Treatywatch needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Setting up (once; about a minute) ..."
	$(INSTALL) --requirement requirements.lock --requirement requirements-build.lock
	$(LINK)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Setting up for development (once) ..."
	$(INSTALL) --requirement requirements-dev.lock
	$(LINK)
	@touch $@ $(VENV)/.runtime

$(VENV)/.emulator: requirements-emulator.lock pyproject.toml | $(BIN)/python
	@echo "Setting up for the emulator (once) ..."
	$(INSTALL) --requirement requirements-emulator.lock
	$(LINK)
	@touch $@

$(VENV)/.knowledge: requirements-knowledge.lock | $(BIN)/python
	$(INSTALL) --requirement requirements-knowledge.lock
	@touch $@
