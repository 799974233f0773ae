# What a person does here. Needs Python 3.11 or newer, make and git; the rest goes into .venv.
# Works with GNU make 3.81, the one that macOS has: programs are called by their path in $(BIN).

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
LOCK := binder/requirements.txt

# The first Python that is new enough; choose another with: make demo PYTHON=/path/to/python3.12
PYTHON = $(shell for each in python3 python3.15 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$each" && break; done)
UV = $(shell command -v uv 2>/dev/null || echo $(BIN)/uv)

.PHONY: help demo test attacks system lab readme lock clean

help:
	@echo "make demo    build the course, grade a class of invented students, show the marks"
	@echo "make lab     open JupyterLab on the lessons and exercises"
	@echo "make test    lint, types, doctests and tests: first the fast ones, then the slow ones"
	@echo "make attacks let every hostile submission loose where a defence is missing, to see that it is one"
	@echo "make readme  bring the table of units in README.md up to date"
	@echo "make lock    pin what pyproject.toml asks for, in $(LOCK)"
	@echo "make clean   remove what was built and installed; submissions, marks and learn/ stay"

demo: $(READY)
	$(BIN)/mcourse demo

lab: $(READY)
	$(BIN)/mcourse lab

# Jupyter chooses a kernel's ports before the kernel binds them, so two kernels that start at once can collide and one dies.
# Slow tests start many; what failed is therefore run once more, alone, and must pass then. Types are checked meanwhile.
# What Python compiles is kept, also where the environment says not to: the tests start a thousand Pythons.
PYTEST = PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q
test: $(READY) system
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; $(PYTEST) -n logical --dist loadfile -m "not slow" && wait $$types
	$(PYTEST) -n logical --dist loadfile --no-loadscope-reorder -m slow || $(PYTEST) --lf --lfnf none -m slow

# `make test` grades every hostile submission, and lets one of six loose against stock nbgrader; this, all of them.
attacks: $(READY) system
	ATTACKS=all $(PYTEST) tests/hostile

# What tests use of the system beside Python: a sandbox, and a database server that they start themselves. Root, as in
# continuous integration, installs what is missing; anybody else is told, and the tests that need it are left out.
POSTGRESQL = /usr/lib/postgresql
system:
	@missing=; \
	command -v bwrap >/dev/null 2>&1 || missing="$$missing bubblewrap"; \
	command -v initdb >/dev/null 2>&1 || ls $(POSTGRESQL)/*/bin/initdb >/dev/null 2>&1 || \
	  missing="$$missing postgresql"; \
	test -n "$$missing" || exit 0; \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1; then \
	  echo "Installing$$missing"; \
	  { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $$missing; } >/dev/null && exit 0; \
	fi; \
	echo "Tests that need$$missing are left out; on Debian and Ubuntu: apt-get install$$missing" >&2

readme: $(READY)
	$(BIN)/python -m autograder.cli.readme

# The environment: everything in it is pinned by the lock, the project itself is installed for editing. uv installs it in
# seconds and pip in minutes, so pip fetches uv; where uv cannot be had, or does not reach what pip can, pip does it all.
# Then everything is compiled, on all cores: also what only a sandbox imports, which may not keep what it compiles.
BY_UV = VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(UV) pip install --quiet
BY_PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
$(READY): $(LOCK) pyproject.toml | $(BIN)/python
	@echo "Installing into $(VENV) (a minute or two the first time)"
	@test -x "$(UV)" || $(BY_PIP) --only-binary :all: uv || true
	@{ test -x "$(UV)" && $(BY_UV) -r $(LOCK) && $(BY_UV) --no-deps -e .; } || { \
	  echo "pip installs it, which takes some minutes"; \
	  $(BY_PIP) --no-compile -r $(LOCK) && $(BY_PIP) --no-deps -e .; }
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib autograder mcutils || true # some templates are no Python
	@touch $(READY)

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
	  echo "This needs Python 3.11 or newer, but python3 is $$(python3 --version 2>&1); install a newer one," >&2; \
	  echo "or say where it is: make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); Python 3.11 or newer is needed" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is incomplete; on Debian and Ubuntu: apt install python3-venv" >&2; \
	  rm -rf $(VENV); exit 1; }

# The lock: one set of versions for every system and every Python from 3.11, for make, Binder and whoever runs tests.
# Nothing in it names an index, so it installs from whichever one a machine uses; the project itself is not in it, for
# a line that changes with every commit would make Binder install everything again. Pins that still fit are kept; for
# the newest versions remove the file first.
lock: | $(BIN)/python
	@test -x "$(UV)" || $(BY_PIP) uv
	$(UV) pip compile pyproject.toml --all-extras --universal \
	  --python-version 3.11 --no-annotate --no-header --quiet -o $(LOCK)
	@! grep -nE '://|^-|^\.' $(LOCK) || { echo "$(LOCK) must name no address and no folder" >&2; exit 1; }

# build/course may hold an instructor's gradebook, and learn/ a learner's work: neither is ours to remove.
clean:
	rm -rf $(VENV) dist build/demo build/jupyter .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@test -d build/course/submitted || rm -rf build/course
	@test ! -d build/course || echo "build/course holds submissions and is kept"
