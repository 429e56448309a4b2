# Two commands do all the set-up: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes that share the tests, each with its own PostgreSQL, site and Chromium. Not `-n auto`: it
# counts physical cores, and a machine of two virtual ones, as many are, would get one process.
WORKERS ?= 2
# The former version that `make bench` measures jobs and the site beside, where its history is there.
BESIDE ?= 6f76928
BIN := .venv/bin
# What is compiled is kept, whatever the machine says: a hundred processes of the tests begin by it.
export PYTHONDONTWRITEBYTECODE :=
LOCK := uv pip compile setup.cfg --universal --python-version 3.11 --generate-hashes --no-header -q --extra build --extra cartes --extra cohortes --extra postgresql

.DEFAULT_GOAL := help
.PHONY: help install install-dev demo serve test fuzz check bench measures data notebooks locale lock wheel release clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: .venv/.installed  ## create .venv/ from the hashed lock

.venv/.installed: requirements.lock setup.cfg
	@python=$(PYTHON); test -x $(BIN)/python && python=$(BIN)/python; \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$python is not Python 3.11 or newer: make clean, then make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

install-dev: .venv/.installed-dev  ## the same, with what tests and checks need

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

demo: install  ## the main job on the embedded data: ranked, explained suggestions for a real need
	@$(BIN)/python -m matcher demo

serve: install  ## the site, on port 8000 of this machine unless HOST and PORT say otherwise
	HOST=$(HOST) PORT=$(PORT) $(BIN)/python -m web

test: install-dev  ## all the tests, with what they need (a Chromium and checkers for the pages, a PostgreSQL, an nginx)
	@bash tests/install_chromium.sh
	@bash tests/install_postgresql.sh
	@bash tests/install_nginx.sh
	@bash tests/install_checkers.sh
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

fuzz: install-dev  ## what `make test` throws at the readers of files, the forms and the API, forty times longer
	@bash tests/install_postgresql.sh
	FUZZ=$(or $(TIMES),40) $(BIN)/python -m pytest tests/fuzz tests/test_api_schema.py -n $(WORKERS)

check: install-dev  ## lint, types, and the rules of the catalogue
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m matcher check data

bench: install-dev  ## the engine against the plain scorer and other ways, at growing sizes; a batch, a pack, the site under load and for ten minutes
	$(BIN)/python tests/bench/ranking.py
	$(BIN)/python tests/bench/batch.py
	$(BIN)/python tests/bench/packs.py
	$(if $(shell git cat-file -e $(BESIDE) 2>&1),,$(BIN)/python tests/bench/former.py --beside $(BESIDE))
	$(BIN)/python tests/bench/site.py $(if $(shell git cat-file -e $(BESIDE) 2>&1),,--beside $(BESIDE))
	$(BIN)/python tests/bench/soak.py
	$(BIN)/python tests/bench/soak.py --minutes 2 --kill 15
	$(BIN)/python tests/bench/scale.py

measures: install-dev  ## write docs/measures.md by the commands that measure, the quick ones
	$(BIN)/python tests/bench/page.py

notebooks: install-dev  ## run the notebooks and store what they show
	$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

data: install  ## rebuild data/reference/ and data/schemas/ from the pinned sources (needs the registries)
	$(BIN)/python -m matcher data

wheel: install  ## the package in dist/: two builds of one commit are the same bytes
	rm -rf dist build maillage.egg-info
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m pip wheel -q --disable-pip-version-check . --no-deps --no-build-isolation -w dist
	rm -rf build
	sed -n 's/^\([a-z].*==.*\) \\$$/\1/p' requirements.lock > dist/versions.txt

release: install-dev wheel  ## the same, with what it is made of (CycloneDX), the licences and the digests
	sed -n 's/^\(name\|version\|license\) = \(.*\)/\1 = "\2"/p' setup.cfg | sed '1i [project]' > dist/project.toml
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject dist/project.toml --mc-type application --output-reproducible --sv 1.6 --of JSON -o dist/maillage.cdx.json
	rm dist/project.toml
	$(BIN)/pip-licenses --from=mixed --format=markdown --with-urls --packages $$(sed 's/==.*//' dist/versions.txt | sort -u) > dist/licences.md
	cd dist && sha256sum * > SHA256SUMS

locale: install-dev  ## compile the French messages of the command line
	$(BIN)/pybabel -q compile -f -d matcher/locale -D messages

lock:  ## resolve the dependencies of setup.cfg again (needs uv); UPGRADE=1 takes newer versions
	$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.lock
	$(LOCK) $(if $(UPGRADE),--upgrade) --extra dev --extra cluster -c requirements.lock -o requirements-dev.lock

clean:  ## remove what the commands above made
	rm -rf .venv build dist .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache sortie *.egg-info
	find matcher web tests -name __pycache__ -prune -exec rm -rf {} +
