# caremarket: `make` lists the targets. Every target that needs the environment makes it first, in .venv,
# from requirements.lock; a second call finds the stamp .venv/.ready and starts at once.
#
#   make run ARGS="scenario=... seed=2"      arguments for the command behind a target
#   make setup PYTHON=/path/to/python3.13    a particular Python (3.12 or 3.13)
#
# Note that make itself exits with 2 whatever the command's status was; to see that of the command
# (docs: 0, 1, 2, 3), call .venv/bin/caremarket directly.

ARGS ?=
PYTHON ?=
UV ?= uv
READY := .venv/.ready

# Worker processes of `make test`: one more than cores, since tests that start and kill commands wait much of their
# time, and at most 5 (each imports Mesa, MLflow and Ray anew).
# Files stay whole, and all that starts Ray stays with one worker (tests/conftest.py).
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PYTEST_WORKERS ?= -n $(shell expr $(CORES) + 1) --maxprocesses 5 --dist loadgroup --no-loadscope-reorder

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-all bench lint demo ui docs docs-tables lock clean

# Neither Ray nor MLflow reports usage, or writes reports of it, from here.
export RAY_USAGE_STATS_ENABLED = 0
export MLFLOW_DISABLE_TELEMETRY = true
export DO_NOT_TRACK = true
# An environment of its own: not the user's site, nor another Python's home.
export PYTHONNOUSERSITE = 1
# Modules of .venv are compiled as they are first imported: hundreds of seconds, were it done at every start.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONHOME PIP_USER PIP_TARGET PIP_PREFIX PIP_REQUIRE_HASHES

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo '  Arguments: make run ARGS="seed=2 horizon_years=5"   Python: make setup PYTHON=python3.13'

setup: $(READY) ## make the environment .venv (a minute or two the first time)
	@echo "Ready: .venv/bin/caremarket, $$(.venv/bin/python --version)"

run: $(READY) ## one run of the market; ARGS are Hydra overrides
	@.venv/bin/caremarket run $(ARGS)

test: $(READY) ## the tests but for the slow ones; ARGS go to pytest
	@.venv/bin/python -m pytest $(PYTEST_WORKERS) -m "not slow" $(ARGS)

test-all: $(READY) ## all tests, those that kill drivers, nodes and servers included
	@.venv/bin/python -m pytest $(PYTEST_WORKERS) $(ARGS)

bench: $(READY) ## the benchmarks; ARGS go to python -m benchmarks
	@.venv/bin/python -m benchmarks $(ARGS)

lint: $(READY) ## ruff (rules and format), mypy strict, import floors
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

demo: $(READY) ## the teaching page, in a browser; ARGS="port=8765 scenario=... policy=A,B"
	@.venv/bin/caremarket demo $(ARGS)

ui: $(READY) ## MLflow's page on the results
	@.venv/bin/caremarket ui $(ARGS)

docs: $(READY) ## build the documentation into site/, from this checkout alone
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict $(ARGS)
	@echo "Built: open site/index.html (its search needs a server: .venv/bin/python -m http.server --directory site)"

docs-tables: $(READY) ## the pages of docs/ that follow from the code
	@.venv/bin/python -m tools.docs

clean: ## remove .venv and the caches; results in outputs/ stay
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache caremarket.egg-info build
	@find . -name __pycache__ -type d -not -path './outputs/*' -prune -exec rm -rf {} +

# Keeps the versions already locked where pyproject.toml allows them; `make lock ARGS=--upgrade` takes the
# newest, ARGS="--upgrade-package mesa" one. Uses uv if it is there, else puts it in a folder for the moment.
lock: ## remake requirements.lock from pyproject.toml
	@set -eu; uv='$(UV)'; tmp=; \
	if ! command -v "$$uv" >/dev/null 2>&1; then \
		$(find_python); \
		tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; trap 'exit 1' HUP INT TERM; \
		"$$found" -m venv "$$tmp/uv"; "$$tmp/uv/bin/pip" -qq --disable-pip-version-check install uv; \
		uv="$$tmp/uv/bin/uv"; \
	fi; \
	UV_CUSTOM_COMPILE_COMMAND='make lock' "$$uv" pip compile -q --universal --python-version 3.12 --all-extras \
		--generate-hashes --no-emit-index-url --no-emit-find-links $(ARGS) -o requirements.lock pyproject.toml; \
	echo "Wrote requirements.lock: $$(grep -c '==' requirements.lock) packages"

# --- the environment -------------------------------------------------------------------------------------

# Sets $found to a CPython 3.12 or 3.13 (not a shim and not a virtual environment's own, so that .venv never
# stands on something that goes away), or stops with one line. A PYTHON asked for on the command line has to do;
# one that merely is in the environment is tried first.
asked = $(findstring command line,$(origin PYTHON))
probe = import sys, sysconfig, venv, ensurepip; \
	good = sys.implementation.name == "cpython" and sys.version_info[:2] in ((3, 12), (3, 13)); \
	good = good and not sysconfig.get_config_var("Py_GIL_DISABLED"); \
	print(getattr(sys, "_base_executable", "") or sys.executable) if good else sys.exit(1)
define find_python
found=; wanted='$(PYTHON)'; \
pyenv_root=$${PYENV_ROOT:-$$(pyenv root 2>/dev/null || echo "$$HOME/.pyenv")}; \
uv_python=$$(UV_PYTHON_DOWNLOADS=never $(UV) python find --no-project '>=3.12,<3.14' 2>/dev/null || true); \
for candidate in "$$wanted" python3.12 python3.13 python3 python \
	"$$pyenv_root"/versions/3.12*/bin/python "$$pyenv_root"/versions/3.13*/bin/python "$$uv_python"; do \
	if [ -z "$$candidate" ]; then continue; fi; \
	found=$$("$$candidate" -I -c '$(probe)' 2>/dev/null) && [ -x "$$found" ] && break; \
	found=; \
	if [ "$$candidate" = "$$wanted" ]; then \
		echo "PYTHON=$$wanted does not run here, or is not CPython 3.12 or 3.13 with the venv module$(if $(asked),,; looking further)." >&2; \
		$(if $(asked),exit 1;) \
	fi; \
done; \
if [ -z "$$found" ]; then \
	echo "caremarket needs CPython 3.12 or 3.13 with the venv module: install one, or name it with make PYTHON=/path/to/python3.12" >&2; \
	exit 1; \
fi
endef

# The stamp holds the folder it was made for: a checkout that was moved or copied makes its .venv anew
# (scripts in it name their folder). So does one that another Python is asked for.
ifneq ($(strip $(shell cat $(READY) 2>/dev/null)),$(strip $(CURDIR)))
.PHONY: $(READY)
else ifneq ($(asked),)
version_of = $(shell $(1) -c 'import sys; print(sys.version_info[:3])' 2>/dev/null)
ifneq ($(call version_of,"$(PYTHON)"),$(call version_of,.venv/bin/python))
.PHONY: $(READY)
endif
endif

# .venv/.lock is a copy of the lock that .venv holds in full: it goes before packages are touched and comes back
# after, so where it is missing .venv may be half made and is made from nothing. Where it is there and the lock
# or pyproject.toml changed, .venv is brought up to date in place. setuptools and uv come first, by pip, from the
# lock: the one builds what has no wheel, the other installs all else in a fraction of pip's time; where it cannot
# (it does not read pip's configuration but for the index), pip goes on. Nothing that is not in the lock is used.
# A second make waits for the first (flock, where there is one). Modules are compiled as they are first imported.
$(READY): requirements.lock pyproject.toml
	@set -eu; \
	exec 9<Makefile; if command -v flock >/dev/null 2>&1; then flock 9; fi; \
	$(find_python); \
	identity() { "$$1" -c 'import sys; print(sys.base_prefix, sys.version)' 2>/dev/null || echo "no $$1"; }; \
	if [ -f .venv/.lock ] && [ "$$(cat .venv/.folder)" = '$(CURDIR)' ] && .venv/bin/python -c 'import pip' 2>/dev/null && \
		{ [ -z '$(asked)' ] || [ "$$(identity "$$found")" = "$$(identity .venv/bin/python)" ]; }; then \
		if [ -f $@ ] && cmp -s requirements.lock .venv/.lock && cmp -s pyproject.toml .venv/.project; then \
			touch $@; exit 0; \
		fi; \
		echo "Bringing .venv up to date."; \
	else \
		echo "Making .venv with $$("$$found" --version) ($$found). Installing takes a minute or two, once."; \
		rm -rf .venv; "$$found" -m venv .venv; echo '$(CURDIR)' > .venv/.folder; \
	fi; \
	rm -f $@; \
	pip='.venv/bin/python -m pip --disable-pip-version-check --no-input -qq'; \
	if ! cmp -s requirements.lock .venv/.lock; then \
		rm -f .venv/.lock; cp requirements.lock .venv/.lock.part; \
		awk '/^[a-zA-Z0-9]/ { keep = /^(setuptools|uv)==/ } keep' .venv/.lock.part > .venv/.lock.build; \
		$$pip install --no-compile --require-hashes -r .venv/.lock.build; \
		index=$${UV_DEFAULT_INDEX:-$$($$pip config get :env:.index-url 2>/dev/null || $$pip config get global.index-url 2>/dev/null || true)}; \
		env $${index:+UV_DEFAULT_INDEX="$$index"} UV_HTTP_TIMEOUT="$${UV_HTTP_TIMEOUT:-120}" .venv/bin/python -m uv -q pip install \
			--python .venv/bin/python --require-hashes --no-deps --no-build-isolation -r .venv/.lock.part 2>.venv/.uv || { \
			echo "uv cannot install here ($$(head -n 1 .venv/.uv)): pip does, which takes some minutes."; \
			$$pip install --no-compile --require-hashes --no-build-isolation -r .venv/.lock.part; \
		}; \
		mv .venv/.lock.part .venv/.lock; \
	fi; \
	cp pyproject.toml .venv/.project; \
	$$pip install --no-deps --no-build-isolation -e .; \
	echo '$(CURDIR)' > $@.part; mv $@.part $@
