# The two commands of the README. Each makes .venv, installs what it needs with the tested versions, and runs.
# 3.11 is the tested version; 3.12 and 3.13 are allowed.
PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3))
VENV := .venv
BIN := $(VENV)/bin
# One torch thread per process: trials share the cores, and more threads slow each other down.
export OMP_NUM_THREADS ?= 1

.PHONY: run test check clean

run: $(VENV)/run.installed
	$(BIN)/python examples/quickstart.py

# Two processes: each reads every test and imports every library by itself, which takes it half a minute.
test: $(VENV)/dev.installed
	$(BIN)/python -m pytest -n 2 --dist loadgroup --durations 20

# Format, lint and types; types on the unpacked wheel, because type checkers do not see the mapped folders.
check: $(VENV)/dev.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	rm -rf build && $(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/wheel .
	cd build/wheel && ../../$(BIN)/python -m zipfile -e *.whl unpacked && cd unpacked && ../../../$(BIN)/mypy --config-file ../../../pyproject.toml -p nas_plugins

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/dev.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/run.installed

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
