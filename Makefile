# The README's two commands: `make run` answers the main question, `make test` checks the tool.
# Scripts that need feedsim's own exit codes call .build/release/feedsim: make has its own.

SHELL := /bin/bash
PACKAGES := libgsl-dev libarchive-dev libjs-chart.js libopenblas0-serial

# Debug information is not written: it takes a twelfth of a build, and nothing reads it.
BUILD := swift build -c release -debug-info-format none

.PHONY: run test build deps lint completions manual

run: build
	@.build/release/feedsim run push-pull-hybrid || test $$? -eq 99  # 99: a rule failed, an answer too

test: deps
	$(BUILD) --build-tests
	swift test -c release --skip-build

build: deps
	$(BUILD) --product feedsim

completions: build
	@mkdir -p .build/completions
	@.build/release/feedsim --generate-completion-script bash > .build/completions/feedsim
	@.build/release/feedsim --generate-completion-script zsh > .build/completions/_feedsim
	@.build/release/feedsim --generate-completion-script fish > .build/completions/feedsim.fish
	@ls .build/completions/*

manual: deps
	swift package generate-manual
	@ls .build/plugins/GenerateManual/outputs/feedsim/*

lint:
	swift format lint --strict --recursive Package.swift Sources Tests

# C libraries and Chart.js from Debian; nothing is asked of apt when they are there.
deps:
	@command -v swift > /dev/null || { echo "feedsim needs Swift 6.2 or later: https://swift.org/install"; exit 1; }
	@missing=; for package in $(PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2> /dev/null | grep -q 'install ok installed' \
	    || missing="$$missing $$package"; \
	done; \
	if [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -q && $$sudo apt-get install -q -y --no-install-recommends $$missing; \
	fi
