# The front door: each target runs from a clean clone and installs the packages that it needs.
# JOBS sets how many compilers and tests run at once. The work is done by CMake (CMakePresets.json) and tests/run.
JOBS ?= $(shell nproc)
export JOBS
PREFIX ?= /usr/local

# A tree that was configured with tests keeps them; a fresh one needs none of their packages.
configure_product = [ -f build/release/build.ninja ] || cmake --preset release -DQUORATE_TESTS=OFF

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf '%-16s %s\n' "$$name" "$$text"; done

deps: ## install all packages that building, testing and linting need
	@.ci/deps all

build: ## build the product into build/release/bin
	@.ci/deps build
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product

install: build ## install the programs and the library below PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX) >/dev/null
	@echo "installed quorate and quorate-replica in $(PREFIX)/bin, and the package Quorate for CMake"

traitors: ## build quorate-traitor, replicas that lie, for quorate cluster start --traitor
	@.ci/deps test
	@cmake --preset release -DQUORATE_TESTS=ON >/dev/null && cmake --build build/release -j $(JOBS) --target product quorate-traitor

demo: traitors ## four replicas, real data, crashes of a backup and of the primary, a lost state, a liar, explained (half a minute)
	@tests/cluster/demo

test: ## release and asan-ubsan builds, their tests, the gates, 1,000 simulator seeds (26 minutes from nothing on 2 cores)
	@.ci/deps test
	@tests/run fast

test-product: ## the tests of the command, the library, the package and the READMEs (3 minutes when all is built)
	@.ci/deps test
	@tests/run product

test-all: ## test, and tsan, lint, fuzzers for a moment each, the long tests (80 minutes at most)
	@.ci/deps all
	@tests/run all

# The long runs of test-all one by one.
long = .ci/deps test && cmake --preset release -DQUORATE_TESTS=ON >/dev/null && cmake --build build/release -j $(JOBS)
test-seeds: ## 10,000 simulator seeds, totals printed, each reason to refuse and edge of recovery met (10 minutes)
	@$(long) --target quorate-sim && build/release/bin/quorate-sim --seeds 1..10000 --jobs $(JOBS) --demand-marks

test-planted: ## plant each of the known bugs in a copy of the tree and find it (10 minutes)
	@$(long) --target quorate-sim && tests/simulation/planted/run

test-tables: ## each known bug turns red what the tables of tests/paper and tests/scenarios say (10 minutes)
	@$(long) --target quorate-sim && tests/simulation/planted/red --check

test-traitors: ## each traitor in the simulator at five sizes, alone and in company (4 minutes)
	@$(long) --target traitor_tests && build/release/bin/traitor_tests --no-skip

test-traitor-processes: ## each traitor as a real process under load, at n = 4, as primary and as backup (20 minutes)
	@$(long) --target cluster_tests && build/release/bin/cluster_tests --test-case='long*each*traitor*' --no-skip

test-soak: ## 2,400 faults of 14 kinds in real clusters of 4 and 7 under load, a traitor at every moment, histories judged (30 minutes)
	@$(long) --target cluster_tests && QUORATE_SOAK_ROUNDS=1200 build/release/bin/cluster_tests --test-case='soak*'

test-exactly-once: ## a client killed 100 times in mid-write, each of its additions executed once (1 minute)
	@$(long) --target cluster_tests && QUORATE_CLIENT_KILL_ROUNDS=100 build/release/bin/cluster_tests --test-case='client*killed*'

test-import-million: ## an import of a million lines killed three times, its export the same bytes, its rate (4 minutes)
	@$(long) --target cluster_tests && QUORATE_IMPORT_LINES_ROUNDS=1000000 build/release/bin/cluster_tests --test-case='import*killed*'

test-crash: ## 50 rounds of kill -9 under load, every signed vote checked (1 minute)
	@$(long) --target cluster_tests && QUORATE_CRASH_ROUNDS=50 build/release/bin/cluster_tests --test-case='kill*'

test-power-loss: ## 200 power losses under whole replicas, and the same with forces that count for nothing (3 minutes)
	@$(long) --target cluster_tests && QUORATE_POWER_ROUNDS=200 build/release/bin/cluster_tests --test-case='power*,the same*'

test-crash-points: ## in small runs a crash at each write to a disk, before it arrived and after, and again in the recovery (2 minutes)
	@$(long) --target crash_points && build/release/bin/crash_points 1 12 --jobs $(JOBS)

test-hashes: ## the same trace hash of 300 seeds with gcc and clang, debug and release (8 minutes)
	@.ci/deps all && tests/simulation/same_hash

test-lmdb: ## 500 simulator seeds over real LMDB files that lose what was not forced (2 minutes)
	@$(long) --target quorate-sim && build/release/bin/quorate-sim --seeds 1..500 --jobs $(JOBS) --lmdb

test-million: ## a million operations, memory and disk flat (2 minutes)
	@$(long) --target cluster_tests && build/release/bin/cluster_tests --test-case='long*million*' --no-skip

fuzz: ## each fuzzer for FUZZ_SECONDS (60), with clang's sanitizers
	@.ci/deps all
	@tests/run fuzz

lint: ## clang-format and clang-tidy over all sources
	@.ci/deps all
	@tests/run lint

format: ## format all sources with clang-format
	@.ci/deps all
	@git ls-files -z '*.h' '*.cc' | xargs -0 clang-format-14 -i

bench: ## operations per second, latency and CPU per operation by part, of four replicas on this machine
	@.ci/deps bench
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product
	@bench/cluster

bench-import: ## lines per second of an import of a million lines, judged (2 minutes)
	@.ci/deps bench
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product
	@bench/import

bench-failover: ## how long writes wait when the primary is killed or stopped under load, 20 times each
	@.ci/deps build
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product
	@bench/failover

bench-calm: ## CALM_SECONDS (600) of saturation: counts view changes, and fails if there is one
	@.ci/deps build
	@$(configure_product)
	@cmake --build build/release -j $(JOBS) --target product
	@bench/failover --calm $${CALM_SECONDS:-600}

bench_tools = .ci/deps test && cmake --preset release -DQUORATE_TESTS=ON >/dev/null && cmake --build build/release -j $(JOBS) --target product transfer_bench checkpoint_times
bench-recovery: ## restart to voting, and rebuild of a lost state under load, with a million keys (KEYS) (6 minutes)
	@$(bench_tools) && bench/recovery

bench-soak: ## ten minutes at saturation, then a minute at half load: pace, memory, disk, checkpoints (13 minutes)
	@$(bench_tools) && bench/soak

bench-attack: ## goodput while one of four replicas attacks or is slow, as a share of the calm cluster's (12 minutes)
	@$(bench_tools) quorate-traitor && bench/attack

clean: ## remove all that was built
	@rm -rf build

.PHONY: help deps build install traitors demo test test-product test-all test-seeds test-hashes test-lmdb test-planted test-tables test-traitors test-traitor-processes test-soak test-exactly-once test-import-million test-crash test-power-loss test-crash-points test-million bench bench-failover bench-calm bench-import bench-recovery bench-soak bench-attack fuzz lint format clean
