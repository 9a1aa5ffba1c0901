# Two commands for everybody: `make demo` and `make test`. Each sets up what it needs in .venv.
PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
CRATES := rhai-py turn-call wasm-call
RUST := $(wildcard $(foreach crate,$(CRATES),$(addprefix $(crate)/,Cargo.toml pyproject.toml src/*.rs src/*/*.rs python/*/*)))

.PHONY: demo play test fuzz check fmt bench pins tools guests components

demo: .venv/modpm ## play shipped loadouts: scripts for 200 turns, scripts and components for 120, conflicts
	$(BIN)/modpm -C lockfiles/plague-year run --ticks 200
	$(BIN)/modpm -C lockfiles/harvest-fair run --ticks 120
	$(BIN)/modpm -C lockfiles/opera-night run --ticks 6

play: .venv/modpm ## rule the realm in a plague year, on this terminal
	$(BIN)/python -m examples.game lockfiles/plague-year

test: check guests ## everything that CI runs
	$(BIN)/pytest -n 2

fuzz: .venv/modpm ## 100,000 random and mutated scripts
	$(BIN)/python rhai-py/tests/fuzz.py 100000

check: .venv/modpm ## what needs no running: layers, style, types
	$(BIN)/lint-imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest rhai turn_call wasm_call
	for crate in $(CRATES) benchmarks/native; do \
	  cargo fmt --check --manifest-path $$crate/Cargo.toml && \
	  cargo clippy --quiet --release --manifest-path $$crate/Cargo.toml -- -D warnings || exit 1; done

fmt: .venv/modpm ## mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	for crate in $(CRATES) benchmarks/native; do cargo fmt --manifest-path $$crate/Cargo.toml || exit 1; done

bench: .venv/modpm ## the figures, each as a ratio in one run
	$(BIN)/python -m benchmarks

pins: .venv/modpm ## take the newest releases that the requirements allow
	for set in runtime dev; do \
	  $(BIN)/uv pip compile --upgrade --generate-hashes --no-header --universal --python-version 3.11 \
	    requirements/$$set.in -o requirements/$$set.txt; done
	cd requirements/node && npm update --package-lock-only --omit-lockfile-registry-resolved

components: .venv/modpm build/node/ready ## make the committed components of examples/ from their source
	for mod in fairground contests stagehands fog-machine; do \
	  PATH="$(CURDIR)/build/node/node_modules/.bin:$$PATH" $(BIN)/modpm build examples/mods/$$mod; done

# --- set-up -----------------------------------------------------------------

tools:
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "modpm needs Python 3.11 or newer with venv; $(PYTHON) is not. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@command -v cargo >/dev/null || \
	  { echo "modpm has parts in Rust: install rustup, then run make again" >&2; exit 1; }
	@command -v cc >/dev/null || command -v cl >/dev/null || \
	  { echo "modpm needs a C compiler to link its parts in Rust (Debian: apt install build-essential)" >&2; exit 1; }

.venv/pins: requirements/dev.txt | tools
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.venv/crates: .venv/pins $(RUST)
	for crate in $(CRATES); do \
	  $(BIN)/maturin build --quiet --release --manifest-path $$crate/Cargo.toml --interpreter $(BIN)/python \
	    --out build/wheels || exit 1; done
	$(BIN)/python -m pip install --quiet --no-deps --force-reinstall --no-index --find-links build/wheels \
	  rhai-py modpm-turn-call modpm-wasm-call
	@touch $@

.venv/modpm: .venv/crates pyproject.toml
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What compiles guests besides the pins of requirements/dev.txt. Without it their tests are skipped.
guests: build/node/ready
	@rustup target add wasm32-unknown-unknown 2>/dev/null || \
	  echo "mods in Rust are not tested: rustup target add wasm32-unknown-unknown" >&2

build/node/ready: requirements/node/package-lock.json
	@mkdir -p build/node && cp requirements/node/package*.json build/node
	@if command -v npm >/dev/null; \
	  then npm install --prefix build/node --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	  else echo "mods in JavaScript and AssemblyScript are not tested: install Node.js with npm" >&2; fi
