# SPDX-License-Identifier: Apache-2.0
#
# The provisioning layer over a server in memory, and everything that can go wrong between them. Variables and the rule for
# core's objects are those of test/wire/wire.mk.

# As in test/unit/unit.mk: what stands in the lines of targets must be known here.
BUILD ?= build
TEST_OBJ ?= $(BUILD)/test/host
TEST_CORE_DIR ?= core
TEST_CORE_OBJ := $(patsubst $(TEST_CORE_DIR)/%.c,$(TEST_OBJ)/core/%.o,$(wildcard $(TEST_CORE_DIR)/*.c))
PROVISION_OBJ := $(patsubst test/%.c,$(TEST_OBJ)/%.o,$(wildcard test/provision/*.c)) $(TEST_OBJ)/provision/hmac.o
# Of the pairs: which part, of how many.
PAIRS_PART ?= 0/1

.PHONY: provision-tests provision-pairs

$(TEST_OBJ)/provision/%.o: test/provision/%.c $(wildcard test/provision/*.h $(TEST_CORE_DIR)/*.h)
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -Itest/provision -Iboards/app -c $< -o $@

$(TEST_OBJ)/provision/hmac.o: boards/app/hmac.c boards/app/hmac.h
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -c $< -o $@

$(TEST_OBJ)/provision_sim: $(PROVISION_OBJ) $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@

## provision-tests: provisioning: every scenario with every single fault
provision-tests: $(TEST_OBJ)/provision_sim
	@$(TEST_OBJ)/provision_sim

## provision-pairs: provisioning: every pair of faults (PAIRS_PART=0/4: a quarter of it)
provision-pairs: $(TEST_OBJ)/provision_sim
	@$(TEST_OBJ)/provision_sim -p -s $(PAIRS_PART)
