# SPDX-License-Identifier: Apache-2.0
#
# Static checks. Needs nothing; BUILD, JSMN_DIR and PYTHON have defaults.

BUILD ?= build
JSMN_DIR ?= $(BUILD)/third_party/jsmn
PYTHON ?= python3
LINT = $(PYTHON) test/lint/lint.py -b $(BUILD)/lint --jsmn $(JSMN_DIR)
FORMATTED = $(shell find core port boards test -name '*.[ch]' 2>/dev/null)

.PHONY: lint lint-deps lint-selftest format format-check

## lint: symbols, static data and include arrows of core; circles of calls; cppcheck, clang-tidy, gcc, clang, C++17 headers, format
lint: $(JSMN_DIR)/jsmn.h lint-deps
	@$(LINT)

# Proves that each check can fail.
lint-selftest: $(JSMN_DIR)/jsmn.h lint-deps
	@$(LINT) --selftest

## format: rewrites all C files in house style
format: lint-deps
	@clang-format -i $(FORMATTED)

## format-check: only looks
format-check: lint-deps
	@$(LINT) format

lint-deps:
	@test/tools/deps.sh lint cross
