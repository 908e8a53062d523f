# The same words at the desk, in CI and in the README.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
# As in digitizer/__init__.py, for what loads numpy before it.
export OPENBLAS_NUM_THREADS := 1
# Hundreds of tests start a program or migrate a database: compiled once, not every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo forms test load chaos rehearsal lint bench million fuzz tamper peers fonts accuracy lock clean help

help:  ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime  ## digitize the samples and serve them on 127.0.0.1 (ONCE=1 stops before serving)
	$(RUN) -m digitizer demo $(if $(ONCE),--once)

test: $(VENV)/.dev  ## run every test
	$(RUN) -m pytest -n 2 --dist worksteal $(ARGS)

load: $(VENV)/.dev  ## 200 phones at once, and three connections in ten cut anywhere; writes docs/load.md
	$(RUN) -m benchmarks.phone_load

rehearsal: $(VENV)/.dev  ## a share of the country from photo to recap on PostgreSQL: SCALE=0.02; writes docs/benchmarks.md
	$(RUN) -m benchmarks.rehearsal --scale $(or $(SCALE),0.02)

chaos: $(VENV)/.dev  ## kill, fill, cut off and stop everything at every step; writes docs/chaos.md
	$(RUN) -m tests.chaos $(ARGS)

forms: $(VENV)/.dev  ## draw up the kin of the reference layouts from those of Gubernur, two paslon
	$(RUN) -m authoring

lint: $(VENV)/.dev  ## ruff and mypy --strict
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy

bench: $(VENV)/.dev  ## time and memory, as ratios within one run; writes benchmarks/latest.json and docs/benchmarks.md
	$(RUN) -m benchmarks.bench

fuzz: $(VENV)/.dev  ## 20,000 hostile pictures, then hostile requests for 12 minutes; writes docs/fuzz.md
	$(RUN) -m benchmarks.fuzz_images --write
	$(RUN) -m benchmarks.fuzz_api --write
	$(RUN) -m benchmarks.fuzz_api --write --postgresql --minutes 2

million: $(VENV)/.dev  ## every screen of a store with a million photos, on both databases; writes docs/benchmarks.md
	$(RUN) -m benchmarks.million_store

tamper: $(VENV)/.dev  ## 500 changes of a proof bundle and 50 rewritten histories; writes docs/tamper.md
	$(RUN) -m benchmarks.tamper

peers: $(VENV)/.dev  ## install RapidOCR, so that `make bench` compares with it too
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-peers.lock

fonts: build/fonts/.done  ## handwriting fonts, from npm and Debian, to draw number words with; they are no part of the product

build/fonts/.done: digitizer/training/fonts.txt
	rm -rf build/fonts && mkdir -p build/fonts/debian
	npm install --prefix build/fonts --ignore-scripts --no-audit --no-fund --silent $$(grep @ $<)
	cd build/fonts/debian && apt-get download --quiet --quiet $$(grep -v @ ../../../$<)
	for package in build/fonts/debian/*.deb; do dpkg-deb --extract $$package $${package%%_*}; done
	@touch $@

accuracy: $(VENV)/.dev build/fonts/.done  ## what is read right, with intervals; PARTS="glyphs bubbles" measures only these
	$(RUN) -m benchmarks.accuracy $(PARTS)

lock: $(VENV)/.dev  ## pin every dependency anew
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra build pyproject.toml -o requirements.lock
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra build --extra dev pyproject.toml -o requirements-dev.lock
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --extra peers --constraints requirements-dev.lock pyproject.toml -o requirements-peers.lock

clean:  ## remove what was built here
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache
