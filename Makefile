# edihub: every verb a contributor needs. `make run` and `make test` set themselves up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: setup run test check format bench contract faults golden kills pins system pages

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

system:  ## Chromium and OpenSSH's sshd for the tests that need them: installed from Debian where they are missing and we are root
	@missing=""; command -v chromium >/dev/null || missing="chromium"; \
	PATH="$$PATH:/usr/sbin" command -v sshd >/dev/null || missing="$$missing openssh-server"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "missing:$$missing; the tests that need them will be skipped"; fi

pages: setup  ## the audit log with 100,000 messages: the time of every filter
	$(BIN)/python -m pytest -m long -s tests/acceptance/console $(ARGS)

kills: setup  ## two hundred seeded kills on SQLite and on PostgreSQL, EDIHUB_SEED chooses others; then every point of AS2
	EDIHUB_HYPOTHESIS=search $(BIN)/python -m pytest -m long -s tests/fault/store_flow $(ARGS)
	$(BIN)/python -m pytest -m long tests/acceptance/as2/test_as2_is_killed_everywhere.py

faults: setup  ## the long fault suite: kills of every process, of PostgreSQL and of the queue under load; EDIHUB_KILLS (250 each) and EDIHUB_SEED choose
	EDIHUB_HYPOTHESIS=search $(BIN)/python -m pytest -m "long or not long" -s tests/fault $(ARGS)

contract: setup  ## the server against its own description: every address, made-up requests, three seeds
	$(BIN)/python -m pytest -m long tests/acceptance/api $(ARGS)

golden: setup  ## write again what is generated from the types; read the difference before committing it
	$(BIN)/python -m hub.model.json_schemas schemas/canonical
	$(BIN)/python -m hub.routing.json_schema schemas/config
	$(BIN)/python -m hub.store.states README.md

bench: setup
	$(BIN)/edihub bench $(ARGS)

pins: setup  ## recompile requirements/*.txt after a change of pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra postgres --extra redis --extra traces pyproject.toml -o requirements/run.txt

PEERS ?= .peers
PYAS2LIB ?= pyas2lib==1.4.4
LIBAS2 ?= libas2@0.8.2 pkijs@2.1.90 asn1js@2.0.26 @peculiar/webcrypto@1.1.3 nodemailer@6.4.11

.PHONY: interop peers fuzz

peers: $(PEERS)/pyas2lib $(PEERS)/libas2  ## the AS2 products that tests trade with, each in an environment of its own

interop: setup peers  ## AS2 against OpenSSL, pyas2lib and libas2, as a table
	EDIHUB_INTEROP_TABLE=1 EDIHUB_PEERS=$(abspath $(PEERS)) $(BIN)/python -m pytest tests/interop -q --no-header -p no:randomly $(ARGS)

$(PEERS)/pyas2lib:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check $(PYAS2LIB) || { rm -rf $@; exit 1; }

$(PEERS)/libas2:
	mkdir -p $@
	if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix $@ $(LIBAS2); else echo "npm is missing: libas2 is left out"; fi

FUZZ_SECONDS ?= 1800
fuzz: setup $(PEERS)/atheris  ## coverage-guided fuzzing of the BER reader and the MIME reader; the corpus is kept
	$(PEERS)/atheris/bin/python tests/fuzz_as2.py $(FUZZ_SECONDS)

$(PEERS)/atheris:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet --disable-pip-version-check atheris cryptography pydantic || { rm -rf $@; exit 1; }
