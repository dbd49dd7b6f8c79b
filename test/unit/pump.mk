# SPDX-License-Identifier: Apache-2.0
#
# More unit tests, beside those of unit.mk and run by the same target: what is refused locally, the pump, and edges.

# As in test/wire/wire.mk, which comes later: what stands in the lines of targets must be known here.
BUILD ?= build
TEST_OBJ ?= $(BUILD)/test/host
TEST_CORE_DIR ?= core
TEST_CORE_OBJ := $(patsubst $(TEST_CORE_DIR)/%.c,$(TEST_OBJ)/core/%.o,$(wildcard $(TEST_CORE_DIR)/*.c))
PUMP_TESTS := refuse_test pump_test edges_test opening_test http_test config_test request_test fault_test \
	state_test fit_test leave_test stall_test clue_test provision_test
PUMP_BIN = $(addprefix $(TEST_OBJ)/,$(PUMP_TESTS))
BARE_BIN = $(TEST_OBJ)/clue_bare_test

.PHONY: pump-tests

unit-tests: pump-tests

## pump-tests: local refusals, dying connections, secrets, list arithmetic
pump-tests: $(PUMP_BIN) $(BARE_BIN)
	@for test in $(PUMP_BIN) $(BARE_BIN); do $(TEST_RUN) $$test || exit 1; done

$(PUMP_BIN): $(TEST_OBJ)/%: $(TEST_OBJ)/unit/%.o $(TEST_OBJ)/unit/peer.o $(TEST_OBJ)/wire/harness.o $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@ $(TEST_CMOCKA)

# The same without the texts.
$(BARE_BIN): test/unit/clue_test.c test/unit/peer.c test/wire/harness.c $(wildcard test/unit/*.h test/wire/*.h $(TEST_CORE_DIR)/*.[ch])
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -DKRATOS_CLUES=0 -Itest/unit $(filter %.c,$^) -o $@ $(TEST_CMOCKA)
