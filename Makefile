# Onset: tasks. `make` or `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# An installed Go that is not on the path is found in its usual place.
GO ?= $(shell command -v go || ls /usr/local/go/bin/go /usr/lib/go/bin/go 2>/dev/null | head -n 1)
# gles and x11 cut a cold build from five minutes to one; migrated_fynedo turns
# off the toolkit's checks for programs of before its threading rules.
TAGS := gles,x11,migrated_fynedo
STATICCHECK := $(GO) tool -modfile=tools/go.mod staticcheck
FUZZTIME ?= 30s
STUDY ?=

export GOFLAGS := -buildvcs=false $(GOFLAGS)

##@ Use

.PHONY: run
run: bin/onset ## install what is missing, build, open the window on the sample study (STUDY=file: on that)
	@scripts/run.sh $(if $(STUDY),"$(STUDY)",)

.PHONY: build
build: bin/onset bin/onsetctl ## build both programs into bin/

.PHONY: package
package: deps ## make the release archive of this machine's system in dist/
	@GO="$(GO)" TAGS="$(TAGS)" scripts/package.sh

##@ Check

.PHONY: test
test: deps ## install what is missing and run every test
	$(GO) test -tags $(TAGS) ./...

.PHONY: race
race: deps ## run every test under the race detector
	$(GO) test -race -short -tags $(TAGS) ./...

.PHONY: lint
lint: deps ## check the format, vet, staticcheck
	@bad=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$bad" ]; then echo "gofmt would change:"; echo "$$bad"; exit 1; fi
	$(GO) vet -tags $(TAGS),e2e ./...
	$(STATICCHECK) -tags $(TAGS),e2e ./...

.PHONY: lint-more
lint-more: deps ## run golangci-lint as well (slow to build the first time)
	$(GO) tool -modfile=tools/golangci/go.mod golangci-lint run ./...

.PHONY: bench
bench: deps ## run the benchmarks (PKG=./training to run one package's)
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem $(or $(PKG),./...)

SCALE_STUDY ?= $(or $(TMPDIR),/tmp)/onset-scale.onset
.PHONY: bench-scale
bench-scale: deps ## make a study of 1,002 sessions and 200 million values and time looking at it (300 MB, a minute)
	@rm -f "$(SCALE_STUDY)"
	$(GO) run ./dataset/internal/scale -study "$(SCALE_STUDY)"
	$(GO) run ./dataset/internal/scale -study "$(SCALE_STUDY)" -measure
	@rm -f "$(SCALE_STUDY)"

.PHONY: bench-labels
bench-labels: deps ## time an edit among 10, 1,000 and 10,000 labels, and a label's commit beside a bare write
	$(GO) test -tags $(TAGS) -run '^$$' -bench 'Edit$$' -benchtime 60x ./views/label
	$(GO) test -tags $(TAGS) -run '^$$' -bench 'Commit$$' -benchtime 500x ./dataset

.PHONY: bench-frames
bench-frames: deps ## time a frame of the trace, 6 channels of 10 million samples at 1600x900
	$(GO) test -tags $(TAGS) -run '^$$' -bench 'Pan$$|Frame$$' -benchtime 200x ./views/trace/...

.PHONY: bench-window
bench-window: deps-window bin/onset bin/onsetctl ## pan and zoom 6 channels of 10 million samples in the real window, and say what a frame took
	$(GO) test -tags e2e -count=1 -v ./e2e -run 'TestWindowFrames' -frames -bin "$(CURDIR)/bin"

.PHONY: bench-peers
bench-peers: deps ## time a training step beside scikit-learn and PyTorch, installed from Debian where they can be
	@scripts/deps.sh peers || echo "going on without what is missing" >&2
	$(GO) run ./training/nn/internal/peers

.PHONY: fuzz
fuzz: deps ## fuzz every decoder for FUZZTIME each (30s); JOBS at a time, FUZZ names some
	@GO="$(GO)" TAGS="$(TAGS)" FUZZTIME="$(FUZZTIME)" JOBS="$(JOBS)" FUZZ="$(FUZZ)" scripts/fuzz.sh

.PHONY: interop
interop: deps ## run exported models with onnxruntime and LiteRT, installed from npm (needs node 20; 300 MB)
	cd devices/standard/interop && npm install --ignore-scripts --no-package-lock --no-audit --no-fund
	$(GO) test -tags interop -count=1 -v -run TestOtherRuntimesAgree ./devices/standard

.PHONY: c-fuzz
c-fuzz: deps ## let libFuzzer look for bytes that harm the device runtime, for FUZZTIME
	@scripts/deps.sh device
	$(GO) test -tags $(TAGS) -count=1 -v -timeout 0 ./devices -run UnderLibFuzzer -device.fuzz $(FUZZTIME)

.PHONY: c-arm
c-arm: deps ## build the device program for 32-bit ARM and run its self-test under qemu
	@scripts/deps.sh device
	$(GO) test -tags $(TAGS) -count=1 -v ./devices -run OnARM -device.arm

.PHONY: c-size
c-size: ## say how large the device runtime is, for this machine and for ARM where its compiler is
	@devices/runtime/bench/size.sh

.PHONY: c-bench
c-bench: deps ## time the device runtime beside plain loops
	$(GO) test -tags $(TAGS) -run '^$$' -bench DeviceWindow -benchtime 3x ./devices

.PHONY: soak
soak: deps ## kill and crash tests at length
	$(GO) test -count=1 -timeout 60m ./cmd/onsetctl -run Killed -kills 50 -uploads 200 -device-uploads 200
	$(GO) test -count=1 -timeout 10m ./devices/sync/server -run 'DiskFull|Slow'

.PHONY: bench-sync
bench-sync: deps ## time the sync server beside nginx, and 1,000 devices for two minutes, on loopback
	@scripts/deps.sh sync || echo "going on without nginx" >&2
	$(GO) test -run '^$$' -bench . -benchtime 5s ./devices/sync/server
	scripts/swarm.sh

KILLS ?= 100
.PHONY: soak-labels
soak-labels: deps ## kill a run of 1,000 label actions KILLS times (100)
	ONSET_KILLS=$(KILLS) $(GO) test -count=1 -v -timeout 60m ./app -run KilledWhileLabelling

.PHONY: results
results: bin/onsetctl ## measure every protocol on the recordings in ../shared/data (RESULTS_DATA=dir) and write docs/results-tables.md; takes 35 minutes of processor time
	@GO="$(GO)" scripts/results.sh

.PHONY: results-suggestions
results-suggestions: deps ## measure suggestions against the hand labels and write the table in docs/results.md (RESULTS_DATA=dir)
	$(GO) run ./labeling/internal/results $(if $(RESULTS_DATA),-data "$(RESULTS_DATA)",)

.PHONY: e2e
e2e: deps-window bin/onset bin/onsetctl ## drive the built window with real mouse and keys
	$(GO) test -tags e2e -count=1 -v ./e2e -run 'TestWindow' -bin "$(CURDIR)/bin"

.PHONY: screenshots
screenshots: deps-window bin/onset bin/onsetctl ## write a picture of every screen into docs/images
	$(GO) test -tags e2e -count=1 -v ./e2e -run 'TestScreenshots' -bin "$(CURDIR)/bin" -images "$(CURDIR)/docs/images"

.PHONY: check
check: lint test ## lint and test

##@ Maintain

.PHONY: deps
deps: go ## install the Debian packages that a build needs
	@scripts/deps.sh build

.PHONY: deps-window
deps-window: go ## and those that drive a window without a screen
	@scripts/deps.sh build window

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist

.PHONY: help
help: ## list the tasks
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: go
go:
	@if [ -z "$(GO)" ]; then \
		echo "Go is missing. Install Go 1.26 or newer (https://go.dev/dl) and see that 'go version' works." >&2; exit 1; fi

# go build itself knows what is up to date.
.PHONY: bin/onset bin/onsetctl
bin/onset: deps
	@mkdir -p bin
	$(GO) build -tags $(TAGS) -o bin/onset .

bin/onsetctl: deps
	@mkdir -p bin
	$(GO) build -o bin/onsetctl ./cmd/onsetctl
