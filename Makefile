# Every target sets up what it needs by itself: a virtual environment in .venv, made with the
# newest Python >= 3.11 found, and for the tests the programs dig and curl where that is possible.

VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check -qq
DATA := $(CURDIR)/$(VENV)/test

# Nothing that a run leaves behind stands in the tree.
TEST_ENV := COVERAGE_FILE=$(DATA)/coverage HYPOTHESIS_STORAGE_DIRECTORY=$(DATA)/hypothesis

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint clean programs

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.sandbox ## From the tutorial's address to https, in the embedded AWS
	$(PYTHON) manage.py provision_domain www.example.com example.com --sandbox --no-input \
		--application mysite --environment django-env

test: $(VENV)/.tools programs ## Run all tests and measure their coverage
	@rm -rf $(DATA) && mkdir -p $(DATA)
	$(TEST_ENV) $(PYTHON) -m coverage run -m pytest -p no:cacheprovider
	$(TEST_ENV) $(PYTHON) -m coverage combine --quiet
	$(TEST_ENV) $(PYTHON) -m coverage report

lint: $(VENV)/.tools ## Check format, style and types
	$(PYTHON) -m ruff format --check --quiet .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

clean: ## Remove what these targets made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* *.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

programs:
	@for pair in dig:dnsutils curl:curl; do \
		command -v $${pair%%:*} >/dev/null || .ci/system-packages $${pair##*:} || \
			echo "Tests that need $${pair%%:*} are skipped by name."; \
	done

$(PYTHON):
	@python=$$(.ci/find-python) && echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@$(PIP) install --upgrade 'pip>=25.1'

# The stamps are newer than pyproject.toml once all it asks for is installed.
$(VENV)/.sandbox: pyproject.toml | $(PYTHON)
	@echo "Installing ebdeploy and the embedded AWS"
	@$(PIP) install --editable '.[sandbox]'
	@touch $@

$(VENV)/.tools: $(VENV)/.sandbox
	@echo "Installing the tools for tests and linting"
	@$(PIP) install --group test --group lint
	@touch $@
