# Every target makes .venv first, with the pinned packages of constraints.txt. On Windows see README.md.
# Another Python: make PYTHON=python3.12 demo

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$one && break; \
	done)

.PHONY: demo dev test crash bench lint

demo: $(STAMP)
	$(BIN)/woocp demo

dev: $(STAMP)
	$(BIN)/woocp dev

test: $(STAMP)
	$(BIN)/pytest -n auto

# Takes some minutes, not on Windows. More points, or other ones: make crash CRASH="--worlds 900 --seed 1"
CRASH :=
crash: $(STAMP)
	@$(BIN)/python -m woocp_pipelines_tests.crash $(CRASH)

bench: $(STAMP)
	$(BIN)/python -m benchmarks

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

$(STAMP): setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "woocp needs Python 3.11, 3.12 or 3.13, and none was found; install one, or name it: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@echo "making $(VENV) with $$($(PYTHON) --version); the first time this takes a minute or two …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
