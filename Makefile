# make lists the targets; each installs and builds what it needs first.
.DEFAULT_GOAL := help
.PHONY: $(shell grep -oE '^[a-z-]+:.*\#\#' Makefile | cut -d: -f1)

ARGS ?=
BIN := node_modules/.bin
LIB := $(shell find lib -type f 2>/dev/null)
ALL := $(LIB) $(shell find spec tools docs/examples -name '*.ts' 2>/dev/null)
EXAMPLES := $(shell find examples corpus -type f 2>/dev/null)

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dist/.built: node_modules/.installed tsconfig.json script/bundle.mjs script/bundle-web.mjs $(LIB)
	@rm -rf dist
	$(BIN)/tsc -p tsconfig.json
	node script/bundle.mjs
	@touch $@

build/.built: dist/.built tsconfig.json tsconfig.spec.json $(ALL) $(EXAMPLES)
	@rm -rf build
	$(BIN)/tsc -p tsconfig.spec.json
	$(BIN)/tsc -p examples/tsconfig.json
	@touch $@

script/api/node_modules/.installed: script/api/package.json script/api/package-lock.json
	npm ci --prefix script/api --no-audit --no-fund --loglevel=error
	@touch $@

run: dist/.built ## install, build and start sluice (ARGS="..." for options)
	@exec node dist/cli.js $(ARGS)

build: dist/.built ## compile lib/ to dist/

test: dist/.built build/.built ## run every test
	$(BIN)/mocha $(ARGS)

structure: node_modules/.installed ## rules of what may import what, and their picture, from script/structure.mjs
	node script/structure.mjs

lint: dist/.built build/.built ## types, lint rules, unused exports and formatting, zero warnings
	$(BIN)/biome check --error-on-warnings .
	node script/unused-exports.mjs

fmt: node_modules/.installed ## format the code
	$(BIN)/biome check --write .

pack-check: dist/.built ## pack the package, install it elsewhere, use all of it
	node script/pack-check.mjs

api: script/api/node_modules/.installed ## write the API reference to docs/api
	node script/api/typedoc.mjs

bench: dist/.built build/.built ## measure against the peers found on PATH (BENCH=quick, ARGS="--help")
	node build/tools/bench/run.js $(ARGS)

bench-compare: dist/.built build/.built ## this checkout against another revision (BASE=main, CELLS=…, MIN=0.9)
	$(if $(BASE),,$(error BASE is missing: make bench-compare BASE=main))
	node build/tools/bench/compare.js --base '$(BASE)' $(if $(CELLS),--cells '$(CELLS)') $(if $(MIN),--min $(MIN)) $(ARGS)

bench-docs: dist/.built build/.built ## tables and charts anew from tools/bench/results/latest.json
	node build/tools/bench/redraw.js

profile: dist/.built build/.built ## CPU profile of one cell (CELL=1-1/16)
	$(if $(CELL),,$(error CELL is missing: make profile CELL=1-1/16))
	node build/tools/bench/run.js --profile '$(CELL)' $(ARGS)

diff: dist/.built build/.built ## compare with nats-server on random bytes (ARGS=--jetstream: JetStream)
	node build/tools/diff/run.js $(ARGS)

# Floors in per cent of lib/, as it runs in the specs' own processes; what only the bundled command runs is not counted.
coverage: dist/.built build/.built ## run the tests with coverage, which has floors
	$(BIN)/c8 --all --include 'build/lib/**/*.js' --merge-async --reporter text-summary --reporter html \
		--check-coverage --lines 91 --branches 94 --functions 93 \
		$(BIN)/mocha --timeout 180000 --require ./build/spec/support/coverage.js $(ARGS)

interop: dist/.built build/.built ## try foreign clients found on this machine
	node build/tools/interop/run.js $(ARGS)

soak: dist/.built build/.built ## mixed load with faults, everything checked (MINUTES=20)
	node build/tools/soak/run.js $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(ARGS)

chaos: dist/.built build/.built ## faults one by one, with what they cost (ARGS="--only 1,2")
	node build/tools/soak/chaos.js $(if $(SEED),--seed $(SEED)) $(ARGS)

fuzz: dist/.built build/.built ## rubbish at the decoders and a live broker (SECONDS=60 SEED=n)
	node build/tools/soak/fuzz/run.js $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SEED),--seed $(SEED)) $(ARGS)

clean: ## remove what was built and installed
	rm -rf node_modules dist build coverage tools/interop/build docs/api script/api/node_modules
