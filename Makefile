# Everything happens in .venv of this checkout. A fresh machine needs Python 3.11 and make, no more.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo serve screenshots test test-all check bench lock audit sbom clean

demo: $(VENV)/ready  ## Run the main job: upload two tables, train, predict.
	$(BIN)/python examples/demo.py

serve: $(VENV)/ready  ## Run the service on this machine and print its address.
	$(BIN)/nobrains serve

test: check $(VENV)/checkov/ready  ## Check style, types and rooms, then run every test.
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

test-all: test  ## The same, then other examples, long tests, processes killed at random, both images built and run (root).
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile searching
	$(BIN)/python -m pytest -m long
	$(BIN)/python -m benchmarks.chaos --jobs 60 --kills 30
	$(BIN)/python -m pytest -m images -s

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

screenshots: $(VENV)/ready  ## Picture every view of the page, in light, dark and on a phone, and renew the README's.
	$(BIN)/python -m tests.browser.screenshots --pictures

bench: $(VENV)/ready  ## Measure the service; writes its sections of docs/benchmarks.md.
	$(BIN)/python -m benchmarks.service --back-ends embedded real --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.streams --back-ends embedded real --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.page_views --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.scaling --write docs/benchmarks.md

$(VENV)/ready: requirements/all.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/all.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	touch $@

$(VENV)/checkov/ready: requirements/checkov.txt $(VENV)/ready  ## Looks over the manifests; in an environment of its own.
	$(PYTHON) -m venv $(VENV)/checkov
	$(VENV)/checkov/bin/pip install --quiet --disable-pip-version-check -r requirements/checkov.txt
	touch $@

COMPILE := uv pip compile pyproject.toml --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet
lock:  ## Refresh the locked requirements of the checkout and of both images (needs uv).
	$(COMPILE) --upgrade --extra engine --extra test --extra traces --extra audit -o requirements/all.lock
	$(COMPILE) --extra engine --extra traces -c requirements/all.lock -o requirements/worker.lock
	$(COMPILE) --extra traces -c requirements/all.lock -o requirements/api.lock

audit: $(VENV)/ready  ## Look every locked requirement up among known vulnerabilities (extra `audit`; needs the network).
	$(BIN)/python requirements/audit.py requirements/all.lock

sbom: $(VENV)/ready  ## Write sbom.json, the CycloneDX bill of materials of what is locked (extra `audit`).
	$(BIN)/python -m cyclonedx_py requirements --output-reproducible --pyproject pyproject.toml --of JSON -o sbom.json requirements/all.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
