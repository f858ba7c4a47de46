# Everything works on a fresh machine with Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: install dev demo test check lint types bench hunch clean

install: $(VENV)/.installed            ## what `serve` needs

dev: $(VENV)/.dev                      ## and what the tests need

demo: install                          ## the bot on a local Slack, no account needed
	$(BIN)/python app.py demo

test: dev                              ## all tests
	$(BIN)/python -m pytest

check: dev lint types test             ## everything that must hold before a change lands

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev
	$(BIN)/mypy

bench: dev                             ## timings, as ratios within one run
	$(BIN)/python -m tests.bench

hunch: dev                             ## train the words behind a hunch anew, after a change of the rulebook
	$(BIN)/python -m bot.insights.training tests/insights/dev.jsonl tests/insights/heldout-1.jsonl tests/insights/heldout-2.jsonl

clean:
	rm -rf $(VENV) demo-data build

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	touch $@ $(VENV)/.installed
