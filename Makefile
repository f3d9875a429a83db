# make run, make test, make lint; packages go into .venv, again only when the requirements change.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run install test test-unit test-app test-browser lint docs

run: install
	$(BIN)/streamlit run streamlit_app.py

install: $(VENV)/installed

# side by side: each of them waits at times, a browser for pages, the others for trainings
test: lint
	@$(BIN)/python -m tests.chromium
	@$(MAKE) --no-print-directory -j3 test-unit test-app test-browser

# a thread each, and none that keeps a core busy while it waits for the others of its pool
test-unit test-app test-browser: export OMP_NUM_THREADS := 1
test-unit test-app test-browser: export OMP_WAIT_POLICY := PASSIVE
test-app test-browser: test-%: $(VENV)/installed-dev
	$(BIN)/python -m pytest tests/$* -o cache_dir=.pytest_cache/$* $(if $(filter browser,$*),-n 2 --dist loadgroup)

# not as root, from whom nothing on a machine is kept: into folders that it may write
test-unit: $(VENV)/installed-dev
	$(BIN)/python -m tests.nobody pytest tests/unit -p no:cacheprovider

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/oxlint --deny-warnings explorer

# warnings are errors: a name that is documented and isn't there, a link that leads nowhere
docs: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is missing or older than 3.11: install Python 3.11, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) can't make virtual environments: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt | $(BIN)/pip
	@echo "Installing $< into $(VENV): a few minutes the first time"
	@$(BIN)/pip install -q -r $<
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "Installing $< into $(VENV)"
	@$(BIN)/pip install -q -r $<
	@touch $@
