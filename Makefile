# Backchat's commands. They need only Python 3.11, make and git.

SHELL := /bin/bash
PORT ?= 8000
PYTHON := .venv/bin/python

.PHONY: run test lint bench messages migrations help

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/installed ## Start the development server on http://127.0.0.1:8000 (PORT=8001 for another port)
	@./scripts/run.sh $(PORT)

test: .venv/installed-dev ## Run all tests; installs redis-server, PostgreSQL and Chromium if possible
	@./scripts/services.sh
	@./scripts/test.sh

lint: .venv/installed-dev ## Check style, templates and types
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/djlint templates --lint --quiet
	@DEBUG=on .venv/bin/mypy .

messages: .venv/installed-dev ## Update and compile locale/, and list untranslated strings
	@DEBUG=on $(PYTHON) -m scripts.translations

bench: .venv/installed-dev ## Measure fan-out, sockets, posts and pages against their targets
	@./scripts/services.sh
	@$(PYTHON) -m bench

.venv/installed: requirements.txt scripts/install.sh
	@./scripts/install.sh requirements.txt
	@touch $@

.venv/installed-dev: requirements.txt requirements-dev.txt scripts/install.sh
	@./scripts/install.sh requirements-dev.txt
	@touch .venv/installed $@
