.DEFAULT_GOAL := help
.PHONY: help setup run test check bench browser screenshots
BIN := .venv/bin
PYTHON3 ?= python3
export PYTHONUNBUFFERED := 1

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install what is missing: system libraries, Python and front-end dependencies
	@$(PYTHON3) scripts/setup.py

run: setup ## Start GrantFlow with its own PostgreSQL, demo programmes, cases and worker
	@exec $(BIN)/grantflow serve --demo

test: ## Run every check and test, browser tests included
	@$(PYTHON3) scripts/setup.py --browser
	@$(BIN)/python scripts/test.py

check: setup ## Run the machine checks: format, lint, types, layers, programmes
	@$(BIN)/ruff format --check src tests scripts
	@$(BIN)/ruff check src tests scripts
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/grantflow programmes check

browser: ## Run the browser tests only
	@$(PYTHON3) scripts/setup.py --browser
	@$(BIN)/pytest tests/browser -p no:randomly

bench: setup ## Measure and print ratios; writes build/bench.json
	@$(BIN)/python -m tests.benchmark

screenshots: ## Take the pictures of the README from the running program
	@$(PYTHON3) scripts/setup.py --browser
	@$(BIN)/python scripts/screenshots.py
