# make run   the main job: environment, installation, `latecomer reproduce`
# make test  environment, installation, every test
# make help  the rest

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
# One more than the two cores of a small machine: some tests wait for a browser or for another process. Files stay
# together, so that what the tests of a file share is made once.
PYTEST := $(BIN)/python -m pytest --numprocesses 3 --dist loadfile --durations 40

.DEFAULT_GOAL := help
.PHONY: help environment run test quick bench document lint format types contract check ci lock clean

help:
	@echo "make run       reproduce the study: fits, all countries, scores, one HTML report"
	@echo "make test      every test and every doctest"
	@echo "make quick     every test but those marked slow, as in .ci/run"
	@echo "make bench     the speed beside other programs and C, some minutes; BENCH=--quick for less"
	@echo "make document  write model/README.md and its diagrams from the model text"
	@echo "make check     hold the historical fits against the tolerances"
	@echo "make lint      ruff: rules and format          make format    let ruff mend what it can"
	@echo "make types     mypy --strict                   make contract  import layers"
	@echo "make ci        all of the above, as in .ci/run"
	@echo "make lock      renew requirements.lock         make clean     remove what was built"
	@echo "PYTHON=/path/to/python3.12 make run            with another interpreter (3.11 or newer)"

environment: $(STAMP)

# A stamp rather than the folder: an interrupted installation is taken up again, a finished one is not repeated.
$(STAMP): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "make: got no program '$(PYTHON)'; expected Python 3.11 or newer. Cure: install it, or name one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)." >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: got $$($(PYTHON) --version 2>&1) as '$(PYTHON)'; expected Python 3.11 or newer. Cure: name a newer one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: got a Python without its venv module; expected one that can make an environment. Cure: install it (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 2; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv --clear .venv
	@echo "Installing the locked packages into .venv (once; about a minute) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: $(STAMP)
	$(BIN)/latecomer reproduce

test: $(STAMP)
	$(PYTEST)

quick: $(STAMP)
	HYPOTHESIS_PROFILE=quick $(PYTEST) -m "not slow"

bench: $(STAMP)
	$(BIN)/python -m tests.benchmark $(BENCH)

document: $(STAMP)
	$(BIN)/latecomer document

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)
	$(BIN)/mypy

contract: $(STAMP)
	$(BIN)/lint-imports

check: $(STAMP)
	$(BIN)/latecomer check --known

ci:
	.ci/run

# Needs uv (it is no part of the environment). One version of each package for Python 3.11 to 3.13, every file hashed.
lock:
	uv pip compile --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --quiet \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  --extra noise --extra posterior --extra pdf --extra cluster --extra tables \
	  --extra dev --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf build dist reports/out runs/out runs/results
	find latecomer tests -type d -name __pycache__ -prune -exec rm -rf {} +
