# Everything on a fresh machine: `make app` opens the app with the demo, `make test` checks the whole project.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8501
JOBS ?= 2

.PHONY: app test lint types tests docs doc-pictures browser screens demo-truth species-truth real combinations reproduce clean
.DEFAULT_GOAL := app

$(VENV)/.runtime: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.development: $(VENV)/.runtime requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

app: $(VENV)/.runtime
	$(BIN)/python -m widgets.serve --server.port $(PORT)

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.development
	$(BIN)/mypy

# Any Chromium that is there, else one is installed where that can be done; without one the browser tests say so.
browser: $(VENV)/.development
	$(BIN)/python -m tests.browser.chromium

tests: $(VENV)/.development browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -m "not browser"
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m browser tests/browser

# The documents as a site in build/docs; whatever Sphinx warns of is an error.
docs: $(VENV)/.development
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html -d build/doctrees docs build/docs

doc-pictures: browser
	$(BIN)/python -m benchmarks.doc_pictures

test: lint types docs tests

screens: browser
	$(BIN)/python -m tests.browser.screens

demo-truth: $(VENV)/.runtime
	$(BIN)/python -m benchmarks.demo_truth --out build/results/demo.json --page docs/results/demo.md

species-truth: $(VENV)/.runtime
	$(BIN)/python -m benchmarks.species_truth --out build/results/species.json --page docs/results/species.md

real: $(VENV)/.development
	$(BIN)/python -m benchmarks.real_photographs

# The searches for the best superpixels compared, over the projects that `make real` made; resumes.
combinations: $(VENV)/.development
	$(BIN)/python -m benchmarks.combinations --images 24 --small 3

# Every figure and table of the paper on the demo, in short form; `sxai reproduce` does it on your own project.
reproduce: $(VENV)/.runtime
	$(BIN)/python -m sxai --home build/demo demo
	$(BIN)/python -m sxai --home build/demo reproduce --short --out build/reproduction

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
