# Samenwijk: `make run` serves the demonstration, `make test` runs everything.
# Both install what they need: npm packages always, Debian packages when run as root.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CGO_ENABLED := 0
BIN := bin/samenwijk
DEMO := data/demonstration.db
LISTEN ?= 127.0.0.1:8080
BASE_URL ?= http://localhost:8080

CHROMIUM := /usr/bin/chromium
POSTGRES := $(shell ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 18

# --- run ------------------------------------------------------------------------------------

.PHONY: run
run: build ## serve the demonstration on SQLite at http://localhost:8080
	SAMENWIJK_LISTEN=$(LISTEN) SAMENWIJK_BASE_URL=$(BASE_URL) SAMENWIJK_LOG_LEVEL=warn \
		$(BIN) serve --demonstration --database $(DEMO)

.PHONY: dev
dev: frontend ## serve the demonstration and build again at each change
	cd frontend && npm run --silent dev & watcher=$$!; trap "kill $$watcher" EXIT; \
		go tool templ generate --watch --cmd "go run ./cmd/samenwijk serve --demonstration --database $(DEMO)"

.PHONY: build
build: frontend ## build the program with everything in it
	go build -o $(BIN) ./cmd/samenwijk

# --- the frontend ---------------------------------------------------------------------------

.PHONY: frontend
frontend: frontend/dist/manifest.json ## build styles, fonts and islands

frontend/node_modules/.package-lock.json: frontend/package-lock.json frontend/package.json
	@command -v npm >/dev/null || { echo "npm is not installed: install Node.js 20 or newer with npm" >&2; exit 1; }
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	touch $@

# The build keeps only the styles that a page uses, so it reads the pages as well.
FRONTEND_SOURCES := $(shell find frontend/src frontend/build -type f 2>/dev/null; find server -name '*.templ') \
	$(wildcard frontend/*.ts frontend/*.json)

frontend/dist/manifest.json: frontend/node_modules/.package-lock.json $(FRONTEND_SOURCES)
	cd frontend && npm run --silent build

.PHONY: generate
generate: ## write the Go code of the pages anew
	go tool templ generate

# --- test -----------------------------------------------------------------------------------

.PHONY: test
test: system build test-go test-frontend test-browser ## run all tests, on SQLite and on a Postgres of their own

# Plain Yjs clients, with which several packages are tested at the same time.
YCLIENT := server/live/testdata/yclient/node_modules
$(YCLIENT): server/live/testdata/yclient/package-lock.json
	cd $(@D) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

.PHONY: test-go
test-go: system frontend realtime/differential/node_modules $(YCLIENT)
	go vet ./...
	go test -timeout 10m ./...

.PHONY: test-frontend
test-frontend: frontend/node_modules/.package-lock.json frontend/words/control/node_modules/.package-lock.json
	cd frontend && npm run --silent check && npm run --silent test && N=30 node words/run.mjs words/control/main.ts

.PHONY: test-browser
test-browser: system build
	cd frontend && npm run --silent e2e

# N is how many changes; what chose them is printed, and repeated with DICE.
.PHONY: strangers
strangers: frontend ## send N random changes of strangers through the door, and look at every page of what it let in
	go test -v -timeout 3h ./cmd/samenwijk -run WhateverStrangers -changes $(or $(N),100000) -dice $(or $(DICE),0)

.PHONY: race
race: frontend realtime/differential/node_modules $(YCLIENT) ## run the Go tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -timeout 30m ./...

.PHONY: check
check: frontend ## format, vet, lint, types and the rules of the house
	@unformatted="$$(gofmt -l cmd domain frontend/*.go migrations realtime server)"; \
		[ -z "$$unformatted" ] || { echo "not formatted (run gofmt -w): $$unformatted" >&2; exit 1; }
	go vet ./...
	go vet -tags bare ./cmd/samenwijk/guide
	go tool staticcheck ./...
	go tool templ generate
	@git diff --exit-code --stat -- '*_templ.go' || { echo "generated pages were not committed" >&2; exit 1; }
	go test -run 'TestTheHouseKeepsItsRules' ./cmd/samenwijk
	cd frontend && npm run --silent check

# The peers that the editor is measured beside have a package.json of their own; the program never sees them.
BENCH_EDITOR := frontend/bench/node_modules/.package-lock.json
$(BENCH_EDITOR): frontend/bench/package-lock.json frontend/bench/package.json
	cd frontend/bench && npm ci --no-audit --no-fund --loglevel=error
	touch $@

# N is how often each act is measured, ONLY=samenwijk leaves the peers out, SEED takes another text, PART=line
# measures the slow line alone.
.PHONY: bench-editor
bench-editor: system build $(BENCH_EDITOR) ## measure the editor in a browser beside y-prosemirror and BlockNote
	cd frontend && npx tsc --noEmit -p bench
	cd frontend && N=$(or $(N),$(if $(PART),3,200)) PART=$(PART) ONLY=$(ONLY) SEED=$(or $(SEED),1) node bench/start.mjs

.PHONY: bench-public
bench-public: system build ## open each public page over a slow line; N times
	cd frontend && N=$(or $(N),3) PART=public node bench/start.mjs

.PHONY: bench-pages
bench-pages: system frontend ## ask for the pages of a programme with 300 requirements and 500 versions
	go test ./cmd/samenwijk -run xxx -bench PagesOf -benchtime $(or $(N),50)x

# DEBIAN names another one than bookworm.
.PHONY: guide
guide: frontend ## type docs/install.md in an empty Debian (as root; takes packages of Debian)
	@command -v mmdebstrap >/dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null
	go test -tags bare -timeout 30m -count 1 -v ./cmd/samenwijk/guide -run EmptyDebian -debian $(or $(DEBIAN),bookworm)

# --- what the tests need from the system ----------------------------------------------------

.PHONY: system
system:
	@missing=""; \
	[ -x "$(CHROMIUM)" ] || missing="$$missing chromium"; \
	[ -n "$(POSTGRES)" ] || command -v postgres >/dev/null || missing="$$missing postgresql"; \
	command -v strace >/dev/null || missing="$$missing strace"; \
	[ -n "$$missing" ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "The tests need:$$missing. Install these packages (Debian: apt-get install$$missing), or run make test as root on Debian." >&2; exit 1; \
	fi; \
	echo "installing$$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null \
		|| { echo "The packages$$missing could not be installed; see the lines above." >&2; exit 1; }

.PHONY: clean
clean: ## remove what was built, and the demonstration's data
	rm -rf bin data frontend/dist/assets frontend/dist/manifest.json

-include realtime/Makefile.inc cmd/samenwijk/trouble/Makefile.inc frontend/words/Makefile.inc
