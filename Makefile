# Everything runs in .venv, made from hash-pinned files; nothing has to be installed but Python 3.11 or newer and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
UV_COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --group build

.PHONY: run test check format bench hub-wheel lock clean

run: .venv/run.stamp ## everything on this machine; ARGS="--until-synced" ends when the view has its proof
	@$(BIN)/zeven up $(ARGS)

test: .venv/dev.stamp ## all tests, in two lanes; ARGS="-k word" picks some
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder $(ARGS)

check: .venv/dev.stamp ## lint, form, types, rooms, schemas
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/zeven schemas check

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp ## measures against peers in the same run; takes minutes
	$(BIN)/python -m tests.benchmarks

hub-wheel: .venv/run.stamp ## what a hub installs, in dist/
	@$(BIN)/python -m deploy.hub.build --to dist

lock: ## pins with hashes, after a change of pyproject.toml; needs uv
	$(UV_COMPILE) pyproject.toml -o requirements.txt
	$(UV_COMPILE) --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@echo "Making the virtual environment in .venv"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.12"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "The module venv is missing; on Debian: apt install python3-venv"; exit 2; }

.venv/run.stamp: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing the libraries of requirements.txt, checked by hash (a minute or two the first time)"
	@$(PIP) install --progress-bar on --require-hashes -r requirements.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev.stamp: requirements-dev.txt pyproject.toml | .venv/bin/python
	@echo "Installing the libraries of requirements-dev.txt, checked by hash"
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements-dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@ .venv/run.stamp
