# Two commands: `make demo` shows the main job, `make test` checks everything. Both set up what they need.
PYTHON ?= python3.11
BIN := .venv/bin

export OPENBLAS_NUM_THREADS := 1  # as worker processes have it
unexport PYTHONDONTWRITEBYTECODE  # hundreds of processes are started: what one has compiled, the next one loads

.PHONY: setup messages demo demo-stop test check lock benchmark fuzz clean

WEB := src/amparo/web/static/vendor

LOCALE := src/amparo/locale

setup: .venv/.complete $(WEB)/.complete $(LOCALE)/.complete

.venv/.complete: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(WEB)/.complete: package-lock.json
	npm ci --silent --no-audit --no-fund
	mkdir -p $(WEB)
	cp node_modules/htmx.org/dist/htmx.min.js $(WEB)/
	@touch $@

$(LOCALE)/.complete: .venv/.complete $(wildcard $(LOCALE)/*/LC_MESSAGES/django.po)
	$(BIN)/pybabel --quiet compile --domain django --directory $(LOCALE)
	@touch $@

messages: setup  ## after a change of what screens or reports say: bring the catalogues of translations up to date
	$(BIN)/python tools/messages.py

demo: setup
	@$(BIN)/python demo/run.py

demo-stop: setup
	@$(BIN)/python demo/run.py stop

test: setup check
	$(BIN)/python -m pytest -n 4 --dist worksteal  # many tests wait for processes of their own
	$(BIN)/python -m pytest -n 3 --dist worksteal tests/web  # apart: Django is configured once for each process

check: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: setup  ## after a change of dependencies in pyproject.toml
	$(BIN)/python -m piptools compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links \
	    --no-emit-trusted-host --no-emit-options --all-extras --all-build-deps --output-file requirements.lock pyproject.toml

benchmark: setup
	$(BIN)/python benchmarks/examine.py

MINUTES ?= 10

fuzz: setup  ## our own readers of evidence, MINUTES each
	$(BIN)/python benchmarks/fuzz.py --minutes $(MINUTES) $(READERS)

clean:
	rm -rf .venv demo-exhibits demo-workbench
