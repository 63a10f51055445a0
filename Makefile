# Everything a developer does, one target each. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup run test unit docs dist examples soak mutants house pictures check coverage bench clean answers constraints digests image chromium postgres nginx

BASE_PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Newer than what it was made from: nothing to install.
STAMP := $(VENV)/.installed
# Files of tests run side by side; 1 for one after the other.
WORKERS ?= 2
# Newer than package.json: npm has had its try.
TYPESCRIPT := $(VENV)/node_modules/.installed
OPENAPI_TOOLS := $(VENV)/openapi-tools/.installed
# What needs nothing that pip cannot bring.
UNIT := quba tests/quba tests/backend/ranking tests/wellbehaved/client
BROWSERS := chromium chromium-browser google-chrome

help: ## List these commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

setup: $(STAMP) ## Make .venv and install everything into it; quick when nothing changed

$(STAMP): pyproject.toml constraints.txt
	@$(BASE_PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python " + sys.version.split()[0] + " is too old: 3.11 or newer is needed. Name one with: make setup BASE_PYTHON=python3.11")'
	@[[ -x $(BIN)/pip ]] || $(BASE_PYTHON) -m venv --clear $(VENV)
	@echo "Installing into $(VENV). The first time takes some minutes: most of it is torch."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

# Only checks use it. Where npm is missing, or finds no registry, `make check` says that it leaves the scripts out.
$(TYPESCRIPT): package.json
	@mkdir -p $(@D)
	@if command -v npm > /dev/null; then \
	  cp package.json $(VENV)/package.json; \
	  npm install --prefix $(VENV) --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null \
	    || echo "npm could not install TypeScript; the types of the board's scripts stay unchecked." >&2; \
	fi
	@touch $@

# Linters and generators of other people's clients; where one cannot be had, its tests are skipped.
$(OPENAPI_TOOLS): $(STAMP) tests/backend/openapi_tools.py
	@$(BIN)/python -m tests.backend.openapi_tools
	@mkdir -p $(@D) && touch $@

run: setup ## Start service and dashboard; Ctrl-C ends both
	@exec $(BIN)/wellbehaved up

test: check chromium postgres nginx $(OPENAPI_TOOLS) ## All that CI asks: the checks, every test, the coverage
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report= $(PYTEST_ARGS)
	@$(MAKE) --no-print-directory coverage

unit: setup ## The tests of the science, of rankings and of the client: no browser, no Postgres, any system
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not browser and not postgres and not wheel" $(UNIT) $(PYTEST_ARGS)

docs: setup ## Build the guide that the service shows at /guide; every link of it is checked
	@rm -rf backend/guide && NO_MKDOCS_2_WARNING=1 $(BIN)/python -m docs.guide

dist: docs ## Build source archive and wheel into dist/, install the wheel into an empty environment and ask it
	@rm -rf dist && $(BIN)/python -m build --outdir dist .
	@empty=$$(mktemp -d) && trap 'rm -rf "$$empty"' EXIT && $(BASE_PYTHON) -m venv "$$empty" \
	  && "$$empty/bin/pip" install --quiet --disable-pip-version-check --constraint constraints.txt dist/*.whl \
	  && (cd "$$empty" && bin/wellbehaved --version && bin/wellbehaved rank --help > /dev/null)

check: setup $(TYPESCRIPT) ## Style, types, import rules, spelling
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/python -m tests.architecture.scripts
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.txt || { cat $(VENV)/lint-imports.txt >&2; exit 1; }
	@$(BIN)/typos

examples: setup postgres ## The property tests alone, on examples that no run has seen; some minutes, for every night
	@WELLBEHAVED_FRESH_EXAMPLES=1 $(BIN)/python -m pytest -m hypothesis tests $(PYTEST_ARGS)

soak: setup chromium postgres ## The tests that have a long form in it, faults first; hours
	@WELLBEHAVED_SOAK=1 $(BIN)/python -m pytest tests/faults $$(grep -rl --include='test_*.py' WELLBEHAVED_SOAK tests)

mutants: setup ## Change the source in small ways and count what the tests notice: PACKAGE=quba MINUTES=20 SEED=0
	@$(BIN)/python -m tests.mutation.mutants $(or $(PACKAGE),quba) --minutes $(or $(MINUTES),20) --seed $(or $(SEED),0)

house: setup ## Measure how the tree reads, beside its targets
	@$(BIN)/python -m tests.architecture.house

pictures: setup chromium ## Make the pictures of docs/images anew from the running product; some minutes
	@$(BIN)/python -m tests.browser.pictures
	@$(BIN)/python -m tests.evaluation.own_data.pictures
	@$(BIN)/python -m tests.browser.growth_picture

coverage: setup ## Hold the last test run against the targets, package by package
	@for target in quba:100 backend:95 evaluation:95 wellbehaved:95 dashboard:95; do \
	  package=$${target%:*} least=$${target#*:}; \
	  table=$$($(BIN)/coverage report --skip-covered --include="$$package/*" --fail-under=$$least) \
	    || { echo "$$table"; echo "$$package: branch coverage is under $$least %."; exit 1; }; \
	  echo "$$package: branch coverage $$(grep TOTAL <<< "$$table" | grep -oE '[0-9.]+%$$'), at least $$least % wanted"; \
	done

bench: setup ## Measure speed beside a peer; each script prints its ratio
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

clean: ## Remove what was built and cached; .venv and the data stay
	@rm -rf build dist backend/guide *.egg-info .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

answers: setup ## Write the client's answers and the options of `rank` from the OpenAPI document
	@$(BIN)/python -m tests.architecture.answers
	@$(BIN)/python -m tests.architecture.view_options

image: setup ## Build the container image and start it in a test; some minutes
	@WELLBEHAVED_TEST_DOCKERD=1 $(BIN)/python -m pytest -n0 -rs tests/packaging/test_image.py

digests: ## Pin the images of others to what their registries have now: NAME_IMAGE=name@sha256:... in .env
	@umask 077; touch .env; for each in $$(grep -ohE '[A-Z]+_IMAGE:-[^}]+' docker-compose.yml | sort -u); do \
	  name=$${each%%:-*} image=$${each#*:-}; \
	  docker pull --quiet "$$image" > /dev/null; \
	  digest=$$(docker image inspect --format '{{index .RepoDigests 0}}' "$$image"); \
	  sed -i "/^$$name=/d" .env; echo "$$name=$$image@$${digest#*@}" | tee -a .env; \
	done

constraints: setup ## Write constraints.txt from what is installed now
	@head -2 constraints.txt > $(VENV)/constraints.txt
	@$(BIN)/python -m pip list --disable-pip-version-check --format=freeze --exclude-editable --exclude pip >> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt && touch $(STAMP)

# What the tests drive and pip cannot bring is fetched only where it is missing and apt-get is there.
chromium:
	@for name in $(BROWSERS); do command -v $$name > /dev/null && exit 0; done; $(call fetch,chromium,-m "not browser")

postgres:
	@compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null || { $(call fetch,postgresql,-m "not postgres"); }

# Its tests are skipped with the reason where it cannot be had.
nginx:
	@PATH=$$PATH:/usr/sbin; command -v nginx > /dev/null || ( $(call fetch,nginx,-m "not browser") ) || true

define fetch
if command -v apt-get > /dev/null && [[ $$(id -u) == 0 ]]; then \
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) > /dev/null; \
else \
  echo "The tests need $(1), which was not found. Install it with your system's package manager, or leave its tests out: $(BIN)/pytest $(2)" >&2; exit 1; \
fi
endef
