.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
LDN := .venv/bin/ldn
export PYTHONWARNINGS := ignore
export TF_CPP_MIN_LOG_LEVEL := 3
export RASA_TELEMETRY_ENABLED := false

.PHONY: help setup run train index test check lint format types bench lock

help: ## show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## install everything (run, test and the others do this first)
	@deploy/setup.sh

run: setup ## serve on http://localhost:8000
	@$(LDN) serve

train: setup ## train the dialogue model if needed
	@$(LDN) train

index: setup ## build the index of passages if needed
	@$(LDN) index

test: setup train index ## all tests, on the real stack
	@$(PY) -m pytest -q

check: setup lint types ## linters, types, data

lint: setup
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .

types: setup
	@$(PY) -m mypy --no-error-summary bot actions

format: setup ## format the code
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

bench: setup ## compare pipelines side by side, in one run
	@$(LDN) bench

lock: setup ## renew requirements.lock from pyproject.toml
	@$(PY) -m uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
	  --python-platform x86_64-manylinux_2_28 --group dev pyproject.toml -o requirements.lock -q
