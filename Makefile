# Every command a person or CI runs. `make` alone lists them. Only Python 3.11 with venv is needed beforehand:
# the first target that needs a virtual environment makes it in .venv.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
IMAGE ?= telesock

# The first interpreter that is new enough and can make a virtual environment; `make PYTHON=/path` overrides it.
CAN_VENV := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do \
	"$$p" -c '$(CAN_VENV)' >/dev/null 2>&1 && echo "$$p" && break; done)

# Two for each processor: for half of the time a test waits.
WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))

.PHONY: help demo test check lint fmt types docs twin proto drift proto-lint breaking bench bench-quick bench-plot \
	fault-pictures failure-picture site image images platforms clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 18

demo: $(VENV)/server.stamp ## run an agent against a real peer and print the timeline
	@$(BIN)/telesock demo

test: $(VENV)/dev.stamp ## run the tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: lint types drift proto-lint breaking test ## everything that CI checks

lint: $(VENV)/dev.stamp ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

fmt: $(VENV)/dev.stamp ## ruff: mend what it can, then format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/dev.stamp ## mypy --strict
	$(BIN)/mypy

docs: $(VENV)/dev.stamp ## print the checklist and the state tables into docs/semantics.md
	$(BIN)/python -m docs.print_semantics

twin: $(VENV)/dev.stamp ## print what the blocking client shares with the asyncio client in all but form
	$(BIN)/python -m tests.client.twin

# Writes message classes, service stubs and their types to the folder $(1). The import root is proto/ itself, so
# what comes out needs no rewriting.
generate = PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python -m grpc_tools.protoc -I proto --python_out=$(1) \
	--pyi_out=$(1) --grpc_python_out=$(1) --mypy_grpc_out=quiet:$(1) $$(find proto -name '*.proto' | LC_ALL=C sort)

proto: $(VENV)/dev.stamp ## generate the Python code of the contract
	$(call generate,proto)

drift: $(VENV)/dev.stamp ## fail when the committed generated code is not what the .proto files give
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; $(call generate,"$$fresh"); \
	diff -rq -x '*.proto' -x __init__.py -x py.typed -x __pycache__ proto "$$fresh" \
		|| { echo "drift: generated code differs from the .proto files; run 'make proto'" >&2; exit 1; }
	@echo "drift: generated code is up to date"

proto-lint: $(VENV)/dev.stamp ## buf lint of the contract
	$(BIN)/buf lint

# AGAINST names the state that has landed: origin/main where there is one, else main when another branch is out.
breaking: $(VENV)/dev.stamp ## buf breaking: the contract against the one that has landed (AGAINST=commit)
	@against="$${AGAINST:-$$(git rev-parse -q --verify origin/main 2>/dev/null || true)}"; \
	if [ -z "$$against" ] && [ "$$(git branch --show-current 2>/dev/null)" != main ]; then \
		against=$$(git rev-parse -q --verify refs/heads/main 2>/dev/null || true); fi; \
	if [ -z "$$against" ]; then echo "breaking: skipped, no landed main to compare with"; exit 0; fi; \
	if [ -z "$$(git ls-tree -r --name-only "$$against" proto | grep '\.proto$$' || true)" ]; then \
		echo "breaking: skipped, no .proto file in $$against"; exit 0; fi; \
	landed=$$(mktemp -d); trap 'rm -rf "$$landed"' EXIT; \
	git archive "$$against" proto buf.yaml | tar -x -C "$$landed"; \
	$(BIN)/buf breaking --against "$$landed" && echo "breaking: compatible with $$against"

bench: $(VENV)/bench.stamp ## measure everything; write docs/benchmarks.json and docs/benchmarks.svg
	$(BIN)/python -m tests.benchmarks --json docs/benchmarks.json --plot docs/benchmarks.svg

bench-quick: $(VENV)/bench.stamp ## measure in some three minutes; print only
	$(BIN)/python -m tests.benchmarks --quick

bench-plot: $(VENV)/bench.stamp ## draw docs/benchmarks.svg from docs/benchmarks.json
	$(BIN)/python -m tests.benchmarks.plot docs/benchmarks.json docs/benchmarks.svg

fault-pictures: $(VENV)/bench.stamp ## measure what each fault does to a transfer; draw docs/faults/*.svg
	$(BIN)/python -m tests.benchmarks.fault_pictures docs/faults

failure-picture: $(VENV)/dev.stamp ## run the test that fails on purpose; draw its report into docs/pytest-failure.svg
	$(BIN)/python -m docs.draw_failure

# Strict: a link or an anchor that leads nowhere fails it (not with --quiet, which hides warnings from that too). `site` is not `docs`, which prints into pages that are committed.
site: $(VENV)/docs.stamp ## build the documentation as a site, in build/site; it needs no network
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@$(BIN)/python -m docs.site.check_offline build/site
	@echo "site: build/site/index.html"

image: ## build the agent's image
	docker build -t $(IMAGE) .

images: ## build it for amd64 and arm64, and push it to where IMAGE says (needs docker buildx)
	docker buildx build --platform linux/amd64,linux/arm64 --target agent --push -t $(IMAGE) .

# What the image installs, for the pip of each architecture: nothing is built, so everything needs a wheel there.
IMAGE_NEEDS := import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*p["dependencies"], *p["optional-dependencies"]["server"], sep="\n")

platforms: $(VENV)/dev.stamp ## whether all that the image installs has wheels for amd64 and arm64
	@needs=$$(mktemp -d); trap 'rm -rf "$$needs"' EXIT; $(BIN)/python -c '$(IMAGE_NEEDS)' >"$$needs/needs.txt"; \
	for machine in x86_64 aarch64; do \
		$(BIN)/python -m pip install --disable-pip-version-check --dry-run -qq --ignore-installed --target "$$needs" \
			--only-binary=:all: --implementation cp --python-version 3.11 -c constraints.txt -r "$$needs/needs.txt" \
			--platform "manylinux_2_28_$$machine" --platform "manylinux2014_$$machine" --report "$$needs/report.json"; \
		$(BIN)/python -c 'import json, sys; print(sys.argv[2], len(json.load(open(sys.argv[1]))["install"]), "wheels")' \
			"$$needs/report.json" "$$machine"; done

clean: ## remove everything that the targets made
	rm -rf $(VENV) dist build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find proto client server tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# The stamps make an environment anew only when what goes into it changed.
install = "$(BIN)/python" -m pip install --disable-pip-version-check -q -c constraints.txt -e

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt install python3-venv);" \
		"make PYTHON=/path/to/python says which" >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/server.stamp: pyproject.toml constraints.txt $(VENV)/python.stamp
	@echo "installing telesock[server] into $(VENV)"
	@$(install) '.[server]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml constraints.txt $(VENV)/python.stamp
	@echo "installing telesock[dev] into $(VENV)"
	@$(install) '.[dev]'
	@touch $(VENV)/server.stamp $@

$(VENV)/docs.stamp: pyproject.toml constraints.txt $(VENV)/python.stamp
	@echo "installing telesock[docs] into $(VENV)"
	@$(install) '.[docs]'
	@touch $(VENV)/server.stamp $@

$(VENV)/bench.stamp: pyproject.toml constraints.txt $(VENV)/python.stamp
	@echo "installing telesock[bench] into $(VENV)"
	@$(install) '.[bench]'
	@touch $(VENV)/server.stamp $@
