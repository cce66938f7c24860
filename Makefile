# Everything happens in .venv of this checkout. A fresh machine needs Python 3.11 and make, no more.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Without bytecode: Python writes it when a module is first imported, and most of them never are.
INSTALL := $(BIN)/python requirements/install.py --no-compile
# `make serve PORT=8123`. Set here, so that variables of the shell that happen to have these names say nothing.
HOST :=
PORT :=
# Images and shells like to say that Python shall keep no bytecode. As nothing has been compiled yet (see `INSTALL`), each
# process would compile all that it imports anew: TensorFlow for 12 s, the engine for 5 s, the api for 3 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo serve screenshots test test-all check bench lock audit sbom clean

demo: $(VENV)/demo-ready  ## Run the main job: upload two tables, train, predict.
	@$(BIN)/python examples/demo.py

serve: $(VENV)/demo-ready  ## Run the service on this machine and print its address; HOST and PORT say where.
	@$(BIN)/nobrains serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: check $(VENV)/checkov/ready $(VENV)/moto/ready  ## Check style, types and rooms, then run every test.
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile

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

screenshots: $(VENV)/ready  ## Picture every view of the page, in light, dark and on a phone, and renew those of README and docs.
	$(BIN)/python -m tests.browser.scenes.screenshots --pictures

bench: $(VENV)/ready  ## Measure the service; writes its sections of docs/benchmarks.md.
	$(BIN)/python -m benchmarks.service --back-ends embedded real --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.service.serving --peers mlflow mlserver --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.service.streams --back-ends embedded real --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.service.page_views --write docs/benchmarks.md
	$(BIN)/python -m benchmarks.scaling --write docs/benchmarks.md

# What the demo and the service need. pip goes first: the one that comes with Python 3.11 takes twice as long.
$(VENV)/demo-ready: requirements/demo.lock requirements/pip.lock pyproject.toml
	@echo "Installing into $(VENV), once:"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r requirements/pip.lock
	@$(INSTALL) --require-hashes -r requirements/demo.lock
	@$(INSTALL) --no-deps --no-build-isolation --no-index -e .
	@touch $@

# The same, with what tests, audits and traces need.
$(VENV)/ready: requirements/all.lock $(VENV)/demo-ready
	@$(INSTALL) --require-hashes -r requirements/all.lock
	@touch $@

$(VENV)/checkov/ready: requirements/checkov.txt  ## Looks over the manifests; in an environment of its own.
	@$(PYTHON) -m venv $(VENV)/checkov
	@$(VENV)/checkov/bin/python requirements/install.py -r requirements/checkov.txt
	@touch $@

$(VENV)/moto/ready: requirements/moto.txt  ## A server of S3's interface, which would hold other packages back.
	@$(PYTHON) -m venv $(VENV)/moto
	@$(VENV)/moto/bin/python requirements/install.py -r requirements/moto.txt
	@touch $@

COMPILE := $(VENV)/uv/bin/uv pip compile
LOCKED := --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --quiet
WITHIN := -c requirements/all.lock
lock: $(VENV)/uv/ready  ## Refresh the locked requirements of the checkout, the demo and both images.
	$(COMPILE) pyproject.toml $(LOCKED) --upgrade --extra engine --extra sql --extra test --extra traces --extra audit -o requirements/all.lock
	$(COMPILE) pyproject.toml $(LOCKED) --extra engine $(WITHIN) -o requirements/demo.lock
	$(COMPILE) pyproject.toml $(LOCKED) --extra engine --extra traces $(WITHIN) -o requirements/worker.lock
	$(COMPILE) pyproject.toml $(LOCKED) --extra sql --extra traces $(WITHIN) -o requirements/api.lock
	echo pip | $(COMPILE) - $(LOCKED) $(WITHIN) -o requirements/pip.lock

$(VENV)/uv/ready:
	@$(PYTHON) -m venv $(VENV)/uv
	@$(VENV)/uv/bin/python requirements/install.py uv
	@touch $@

audit: $(VENV)/ready  ## Look every locked requirement up among known vulnerabilities (extra `audit`; needs the network).
	$(BIN)/python requirements/audit.py requirements/all.lock

sbom: $(VENV)/ready  ## Write sbom.json, the CycloneDX bill of materials of what is locked (extra `audit`).
	$(BIN)/python -m cyclonedx_py requirements --output-reproducible --pyproject pyproject.toml --of JSON -o sbom.json requirements/all.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
