# SPDX-License-Identifier: Apache-2.0
#
# The unit tests. Variables and the rule for core's objects are those of test/wire/wire.mk.

# The Makefile takes this file in before wire.mk: what stands in the lines of targets must be known here.
BUILD ?= build
TEST_OBJ ?= $(BUILD)/test/host
TEST_CORE_DIR ?= core
TEST_CORE_OBJ := $(patsubst $(TEST_CORE_DIR)/%.c,$(TEST_OBJ)/core/%.o,$(wildcard $(TEST_CORE_DIR)/*.c))
UNIT_TESTS := sieve_test out_test json_test list_test batch_test life_test text_test members_test write_test \
	link_test pages_test path_test session_test retry_test crc_test slots_test
UNIT_BIN = $(addprefix $(TEST_OBJ)/,$(UNIT_TESTS))

.PHONY: unit-tests sieve-differential

## unit-tests: each part of core by itself, and the client against simulated servers
unit-tests: $(UNIT_BIN) sieve-differential
	@for test in $(UNIT_BIN); do $(TEST_RUN) $$test || exit 1; done

$(TEST_OBJ)/unit/%.o: test/unit/%.c $(wildcard test/unit/*.h test/wire/*.h $(TEST_CORE_DIR)/*.h)
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -Itest/unit -c $< -o $@

$(UNIT_BIN): $(TEST_OBJ)/%: $(TEST_OBJ)/unit/%.o $(TEST_OBJ)/unit/peer.o $(TEST_OBJ)/wire/harness.o $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@ $(TEST_CMOCKA)

$(TEST_OBJ)/sieve_check: $(TEST_OBJ)/unit/sieve_check.o $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@

sieve-differential: $(TEST_OBJ)/sieve_check
	@$(PYTHON) test/unit/sieve_diff.py "$(strip $(TEST_RUN) $(TEST_OBJ)/sieve_check)"
