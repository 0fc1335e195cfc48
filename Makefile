# The front door: each target runs from a clean clone and installs the packages that it needs.
# JOBS sets how many compilers and tests run at once. The work is done by CMake (CMakePresets.json) and tests/run.
JOBS ?= $(shell nproc)
export JOBS

# A tree that was configured with tests keeps them; a fresh one needs none of their packages.
configure_product = [ -f build/release/build.ninja ] || cmake --preset release -DQUORATE_TESTS=OFF

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '%-10s %s\n' "$$name" "$$text"; done

deps: ## install all packages that building, testing and linting need
	@.ci/deps all

build: ## build the product into build/release/bin
	@.ci/deps build
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product

demo: build ## four replicas, real data, a crash and a catch-up, explained as it goes (half a minute)
	@tests/cluster/demo

test: ## release and asan-ubsan builds, their tests, the gates, 1,000 simulator seeds (20 minutes at most)
	@.ci/deps test
	@tests/run fast

test-all: ## test, and tsan, lint, fuzzers for a moment each, the long tests (80 minutes at most)
	@.ci/deps all
	@tests/run all

fuzz: ## each fuzzer for FUZZ_SECONDS (60), with clang's sanitizers
	@.ci/deps all
	@tests/run fuzz

lint: ## clang-format and clang-tidy over all sources
	@.ci/deps all
	@tests/run lint

format: ## format all sources with clang-format
	@.ci/deps all
	@git ls-files -z '*.h' '*.cc' | xargs -0 clang-format-14 -i

clean: ## remove all that was built
	@rm -rf build

.PHONY: help deps build demo test test-all fuzz lint format clean
