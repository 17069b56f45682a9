# Everything Assay needs to be set up, shown and tested. `make demo` and `make test` work from a fresh clone.
# Needs Python 3.11 or newer with venv; on Debian: apt-get install python3 python3-venv libgomp1 make
# The browser tests also want: apt-get install chromium chromium-driver

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?=

.PHONY: demo test lint bench soak models lock clean help

help:
	@echo "make demo    a simulated bank's day, live in the browser"
	@echo "make test    style, types, storeys and the whole test suite"
	@echo "make bench   the figures of the README (DATA=table for the quality bench)"
	@echo "make soak    long kill, load and fault runs"
	@echo "make models  rebuild every model we ship"

$(VENV)/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Assay needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c 'import lightgbm' || { echo "LightGBM does not load: the OpenMP runtime is missing; on Debian: apt-get install libgomp1"; exit 1; }
	@touch $@

demo: $(VENV)/ready
	$(BIN)/assay demo

lint: $(VENV)/ready
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	@command -v chromium >/dev/null || echo "No chromium here: the browser tests will be skipped (apt-get install chromium chromium-driver)."
	$(BIN)/python -m pytest -m "not soak" -n 2 --dist loadfile

bench: $(VENV)/ready
	$(BIN)/assay bench speed
	@if [ -n "$(DATA)" ]; then $(BIN)/assay bench payments --data "$(DATA)"; else echo "for the quality bench: make bench DATA=transactions.parquet"; fi

soak: $(VENV)/ready
	$(BIN)/python -m pytest -m soak

# Every model we ship, from data we may ship: simulated worlds only.
models: $(VENV)/ready
	$(BIN)/assay simulate bank --out build/bank.parquet --seed 2026 --size 4000 --days 120
	$(BIN)/assay train payments --data build/bank.parquet --licence "Apache-2.0 (simulated: assay simulate bank --seed 2026 --size 4000 --days 120)" --out src/assay/kinds/payments/shipped

lock:
	uv pip compile -q pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 --no-emit-package assay --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
