# People and CI run the same targets. `make` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL: # the targets share two cores, and tests measure time

# Every module is checked alone, without go.work: that is how its users build it.
MODULES := . example-chat e2e bench brokers/nats brokers/redis
ALL     := $(MODULES) tools
ALONE   := GOWORK=off
TOOL    := $(ALONE) go tool -modfile=$(CURDIR)/tools/go.mod

# Debian keeps servers in sbin, which a user's PATH may lack.
export PATH := $(PATH):/usr/sbin

# The limit of one package's tests, and the time of one fuzz target.
TIMEOUT  ?= 15m
FUZZTIME ?= 10s
# One package at a time: those of e2e start browsers and engines, and wait for both.
ONE_BY_ONE := e2e
# More flags for go test, such as -count=1 or -run=TestHub.
TESTFLAGS ?=
# A vulnerability database for govulncheck, as a file:// URL.
VULNDB ?=
# The engine of make cluster: nats or redis.
ENGINE ?= nats

# Prints a heading, so that long work shows where it is.
STEP = @printf '\n== %s\n'

.PHONY: help setup test check generate fmt bench fuzz repeat run cluster screenshots vendor-check \
	generated formatted vet staticcheck tidy vuln

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

run: ## run the example chat
	go run ./example-chat

cluster: ## run the chat on three nodes behind HAProxy, ENGINE=nats or redis
	@scripts/cluster.sh $(ENGINE)

setup: ## install what tests need, where it is missing
	$(STEP) 'setup'
	@scripts/setup.sh $(ALL)

test: setup vet ## vet and test all modules with the race detector
	$(STEP) 'test'
	@{ for m in $(ALL); do \
		$(ALONE) go -C $$m test -race -json -vet=off -timeout=$(TIMEOUT) \
			$$([ $$m = $(ONE_BY_ONE) ] && echo -p=1) $(TESTFLAGS) ./... || bad=1; \
	done; exit $${bad:-0}; } | $(ALONE) go -C tools run ./testsum

check: setup generated formatted staticcheck tidy vuln test ## all that CI checks, then test

generate: ## write the *_templ.go files
	$(TOOL) templ generate

fmt: ## format Go and templ files
	$(TOOL) templ fmt .
	$(TOOL) gofumpt -w .

bench: ## run the benchmarks
	go run ./bench

fuzz: ## run each fuzz target of htmxrt for FUZZTIME (10s)
	@for f in $$(go test -list '^Fuzz' ./htmxrt | grep '^Fuzz'); do \
		printf '\n== %s\n' $$f; \
		go test -race -run='^$$' -fuzz="^$$f\$$" -fuzztime=$(FUZZTIME) ./htmxrt; \
	done

repeat: ## run the root module's tests 20 times over, to find flaky ones
	go test -race -count=20 -timeout=60m ./...

screenshots: setup ## take the pictures of the chat in docs/img
	$(ALONE) go -C e2e run ./screenshots

vendor-check: ## compare the browser scripts with their npm packages
	$(STEP) 'vendored scripts'
	@scripts/vendor-check.sh

# The steps of check.

generated:
	$(STEP) 'generated files are current'
	@scripts/generated-check.sh $(MAKE) generate

formatted:
	$(STEP) 'gofumpt'
	@files=$$($(TOOL) gofumpt -l .); \
	[ -z "$$files" ] || { printf 'run make fmt for:\n%s\n' "$$files" >&2; exit 1; }

vet:
	$(STEP) 'vet'
	@for m in $(ALL); do echo "   $$m"; $(ALONE) go -C $$m vet ./...; done

staticcheck:
	$(STEP) 'staticcheck'
	@for m in $(ALL); do echo "   $$m"; (cd $$m && $(TOOL) staticcheck ./...); done

tidy:
	$(STEP) 'go.mod files are tidy'
	@for m in $(ALL); do echo "   $$m"; $(ALONE) go -C $$m mod tidy -diff; done

vuln:
	$(STEP) 'known vulnerabilities'
ifeq ($(strip $(VULNDB)),)
	@echo '   skipped: no database; give one with VULNDB=file:///folder'
else
	@for m in $(ALL); do echo "   $$m"; (cd $$m && $(TOOL) govulncheck -db $(VULNDB) ./...); done
endif
