# SPDX-License-Identifier: Apache-2.0
#
# The short way to what people do often; Meson does the work.
#
#     make            builds into build/, programs ready to run in build/bin/
#     make demo       the main job on virtual cards, without questions
#     make play       the pages in the browser, on virtual cards that anybody may lock and break
#     make test       all tests; the last line is "N passed, N failed"
#     make check      the slower checks that CI runs after the tests
#     make bench      APDUs and times, as ratios against OpenSC
#     make fuzz       every fuzzer for FUZZ_SECONDS (60)
#     make mutations  breaks each promise once and sees who notices: docs/mutations.md (15 minutes)
#     make install    DESTDIR is obeyed; choose the prefix with MESON_OPTIONS=--prefix=/usr
#     make format     clang-format over all C
#     make clean      removes what was built
#
# demo and test install missing Debian packages first (tools/setup).

BUILD ?= build
MESON_OPTIONS ?=
FUZZ_SECONDS ?= 60
MAKEFLAGS += --no-print-directory
SHELL := bash
.SHELLFLAGS := -o pipefail -c
export REPIN_BUILD := $(BUILD)

.PHONY: all demo play test check bench fuzz mutations install format clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet | { grep -v '^ninja: no work to do' || true; }
	@tools/stage $(BUILD)

# What Meson says is of interest when it fails.
$(BUILD)/build.ninja:
	@mkdir -p $(BUILD)
	@meson setup $(MESON_OPTIONS) $(BUILD) >$(BUILD)/setup.log 2>&1 || { tail -n 20 $(BUILD)/setup.log; exit 1; }

demo:
	@tools/setup --for demo
	@$(MAKE) all
	@tools/demo

play:
	@tools/setup --for demo
	@$(MAKE) all
	@tools/play

test:
	@tools/setup --for test
	@$(MAKE) all
	@tools/run-tests $(BUILD)

check:
	@.ci/run --checks

bench:
	@tools/setup --for test
	@$(MAKE) all
	@bench/run

fuzz:
	@tools/setup --for ci
	@tools/fuzz-smoke $(FUZZ_SECONDS)

mutations:
	@tools/setup --for test
	@tools/mutations --write docs/mutations.md

# What was configured before, by "make demo", may have another prefix.
install:
	@[[ -z "$(MESON_OPTIONS)" || ! -e $(BUILD)/build.ninja ]] || meson configure $(MESON_OPTIONS) $(BUILD)
	@$(MAKE) all
	@meson install -C $(BUILD) --no-rebuild --quiet

format:
	@find src include tests fuzz bench -name '*.[ch]' -exec clang-format -i {} +

clean:
	@rm -rf $(BUILD) build-ci
