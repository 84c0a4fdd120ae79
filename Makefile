# The only commands a person has to know.
#
#   make demo      run everything on http://127.0.0.1:8000 (PORT=8123 make demo for another port)
#   make watch     the same, and start web and worker again when a file changes
#   make test      every test: unit, database, races, browser
#   make drill     lose a database and restore it to a second before; have a replica late, dead and back
#   make ahead     say what a newer Python and Django would break
#   make fmt       format the code and mend what ruff can
#   make check     style, types, layers, length, templates, migrations, translations, deployment settings
#   make bench     generate a million people and measure
#   make pictures  take the pictures of README and guides from the demo (needs Chromium)
#   make messages  collect and compile translations (needs GNU gettext)
#   make lock      write the hash-pinned locks anew

.PHONY: demo watch test drill ahead fmt check bench pictures messages lock
.DEFAULT_GOAL := demo

# A Python that was built without a profile, as pyenv builds it by default, takes longer for everything: the system's is
# taken before such a one, if it is new enough (docs/decisions/110).
PROFILED = $(shell python3 -c 'import sysconfig; "--enable-optimizations" in sysconfig.get_config_var("CONFIG_ARGS") or exit(1)' 2>/dev/null && echo python3)
SYSTEM = $(shell /usr/bin/python3 -c 'import ensurepip, sys; sys.version_info >= (3, 11) or exit(1)' 2>/dev/null && echo /usr/bin/python3)
PYTHON ?= $(firstword $(PROFILED) $(SYSTEM) python3)
PORT ?= 8000
BIN := .venv/bin
export OLVERY_DEMO = 1

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed and '$(PYTHON)' is not: install it, or name it as PYTHON=/path/to/python3 make demo." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "'$(PYTHON) -m venv' failed: on Debian and Ubuntu install the package python3-venv." >&2; exit 1; }
	@touch $@

.venv/demo: .venv/python requirements/demo.txt
	@echo "Installing what the demo needs…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@touch $@

.venv/dev: .venv/demo requirements/dev.txt
	@echo "Installing what tests and checks need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

# What browsers load of others. Without npm all works but the camera of browsers that read no codes by themselves.
.venv/npm: .venv/python requirements/npm/package-lock.json
	@if ! command -v npm >/dev/null; then \
	  echo "npm is not installed: the camera of the door reads codes only in browsers that can by themselves." >&2; \
	elif npm ci --prefix requirements/npm --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; then \
	  touch $@; \
	fi

demo: .venv/demo .venv/npm
	@exec $(BIN)/python manage.py demo --port $(PORT)

# DEBUG: stylesheets and scripts come from their source folders, under their plain names.
watch: .venv/dev .venv/npm
	@DEBUG=1 exec $(BIN)/python manage.py demo --port $(PORT) --watch

# Compiled files are kept, whatever the environment says: else each worker, and each process that a test starts,
# compiles everything anew.
test: export PYTHONDONTWRITEBYTECODE =
test: .venv/dev .venv/npm
	$(BIN)/python -m pytest $(ARGS)

drill: .venv/dev
	$(BIN)/python -m pytest --numprocesses=0 drills

# Nothing is pinned here: the newest of all that `pyproject.toml` allows, and a Django that it does not allow yet.
AHEAD ?= $(firstword $(foreach version,3.15 3.14 3.13 3.12,$(shell python$(version) -c 'import sys; print(sys.executable)' 2>/dev/null)))
ahead: ARGS = tests/shared tests/accounts tests/coworking tests/orders/money tests/orders/booking
ahead: .venv/dev
	@[ -n "$(AHEAD)" ] || { echo "NOT TRIED: Python 3.12 or newer is not there; name one as make ahead AHEAD=/path/to/python3" >&2; exit 1; }
	@$(BIN)/uv venv --quiet --clear --python $(AHEAD) .venv-ahead
	@echo 'django>=6,<7' | $(BIN)/uv pip install --quiet --python .venv-ahead --override - --requirements pyproject.toml --extra demo --extra dev --extra sentry
	@.venv-ahead/bin/python -c 'import django, sys; print("Python", sys.version.split()[0], "with Django", django.__version__)'
	.venv-ahead/bin/python manage.py check
	.venv-ahead/bin/python -m pytest --quiet --tb=line --override-ini filterwarnings=default $(ARGS)

fmt: .venv/dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
# Without --check: the formatter of djlint joins attributes beyond any width and takes the nesting out of `with` blocks.
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check_translations
	$(BIN)/python manage.py check_length
	env -u OLVERY_DEMO SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') ALLOWED_HOSTS=olvery.test DATABASE_URL=postgresql:///none $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/dev
	$(BIN)/python -m bench $(ARGS)

pictures: .venv/dev .venv/npm
	$(BIN)/python manage.py take_pictures

messages: .venv/dev
	$(BIN)/python manage.py makemessages --locale ru --no-obsolete --no-location --ignore '.venv*' --ignore 'var/*' --ignore 'static-built/*' --ignore 'tests/*' --ignore 'bench/*' --ignore 'drills/*'
	$(BIN)/python manage.py compilemessages --locale ru --ignore '.venv*'

lock: .venv/dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --output-file requirements/app.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --extra sentry --output-file requirements/sentry.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --extra demo --output-file requirements/demo.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml --extra demo --extra dev --extra sentry --output-file requirements/dev.txt
