# SPDX-License-Identifier: Apache-2.0
#
# What the tests of core reach: lines, branches, and MC/DC (each condition shown to decide by itself), measured by clang's
# source-based coverage in a build of its own.

COVERAGE_OUT = $(BUILD)/coverage
COVERAGE_CFLAGS = -O1 -fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc
COVERAGE_BUILD = TEST_OBJ=$(COVERAGE_OUT)/test TEST_CC=clang-19 TEST_CFLAGS="$(COVERAGE_CFLAGS)" \
	OPS_OBJ=$(COVERAGE_OUT)/ops OPS_CC=clang-19 OPS_CFLAGS="$(COVERAGE_CFLAGS)"

.PHONY: coverage coverage-selftest

# Each process leaves a profile: the old ones must not count. Programs that an older makefile built would be taken for ours.
## coverage: lines, branches and conditions of core that the unit, wire and operation tests reach, against a floor
coverage: coverage-selftest
	@sh test/tools/deps.sh coverage test
	@rm -rf $(COVERAGE_OUT)/profiles && mkdir -p $(COVERAGE_OUT)/profiles
	@find $(COVERAGE_OUT) -type f -name '*_test' -delete
	@LLVM_PROFILE_FILE=$(abspath $(COVERAGE_OUT))/profiles/%p.profraw $(MAKE) --no-print-directory -j2 core-tests ops-test \
		$(COVERAGE_BUILD) >$(COVERAGE_OUT)/log 2>&1 || { tail -n 40 $(COVERAGE_OUT)/log; exit 1; }
	@$(PYTHON) test/coverage/coverage.py $(COVERAGE_OUT) core $(COVERAGE_CFLAGS) $(JSMN_FLAG)

# Proves that a gap, a floor and a stale entry are seen.
coverage-selftest:
	@sh test/tools/deps.sh coverage
	@$(PYTHON) test/coverage/selftest.py
