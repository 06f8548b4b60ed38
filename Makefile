# The two commands that matter: `make demo` and `make test`. Both set up what they need first.
.DEFAULT_GOAL := help
VENV := .venv/bin
# How many processes run tests at once.
JOBS ?= 2

.PHONY: help demo test lint desk desk-shots bench lock clean setup-lint setup-demo setup-test setup-desk

help: ## Show the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

demo: setup-demo ## Call 12345 before your eyes, then serve (ONCE=1: stop after the call; JSON=1: print the result as JSON)
	@$(VENV)/hotline demo $(if $(ONCE),--once) $(if $(JSON),--json)

test: setup-test ## Run every test (ARGS='-k name' for some, JOBS=1: one after the other)
	@$(VENV)/pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

lint: setup-lint ## Check style, types and the import contracts
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/lint-imports

desk: setup-desk ## Build the pages for the browser

desk-shots: setup-test ## Keep a picture of every page, wide and narrow, in desk-shots/
	@mkdir -p desk-shots
	@HOTLINE_SHOTS=$(CURDIR)/desk-shots $(VENV)/pytest tests/integration/web/test_desk_pages.py

bench: setup-test ## Measure (JSON=1: print the figures as JSON)
	@$(VENV)/python -m bench $(if $(JSON),--json)

lock: ## Pin the Python packages anew after pyproject.toml has changed (ARGS=--upgrade: newest versions); needs uv
	@scripts/lock $(ARGS)

clean: ## Remove the virtual environment and what tools left; the cache folder stays
	@rm -rf app/web/desk/node_modules app/web/static/desk desk-shots .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

setup-lint setup-demo setup-test setup-desk: setup-%:
	@scripts/bootstrap $*
