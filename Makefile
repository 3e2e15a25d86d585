# edihub: every verb a contributor needs. `make run` and `make test` set themselves up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: setup run test check format bench golden kills pins

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml requirements/dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: setup  ## the demo: a partner sends real orders, the hub answers
	$(BIN)/edihub demo $(ARGS)

test: setup  ## the whole suite
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: setup  ## format, lint, types, import rules, YAML lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict .
	$(BIN)/edihub lint

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

kills: setup  ## two hundred seeded kills on SQLite and on PostgreSQL; EDIHUB_SEED chooses others
	$(BIN)/python -m pytest -m long -s tests/fault/store_flow $(ARGS)

bench: setup
	$(BIN)/edihub bench $(ARGS)

pins: setup  ## recompile requirements/*.txt after a change of pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra postgres --extra redis pyproject.toml -o requirements/run.txt
