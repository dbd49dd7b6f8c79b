# SPDX-License-Identifier: Apache-2.0
#
# The wire tests. Other builds of the same tests (32 bits, sanitizers) name their own folder, compiler, flags and cmocka:
#
#   make wire-tests TEST_OBJ=build/test/asan TEST_CFLAGS="-O1 -g -fsanitize=address,undefined"
#   make wire-tests TEST_OBJ=build/test/m32 TEST_CFLAGS="-m32 -O2 -g $(CMOCKA32_CFLAGS)" TEST_CMOCKA=$(CMOCKA32_LIB)
#
# TEST_RUN stands before each program (an emulator), TEST_RECORDED chooses recorded exchanges by a part of their name.

BUILD ?= build
PYTHON ?= python3
TEST_CC ?= $(CC)
TEST_CFLAGS ?= -O2 -g
TEST_CMOCKA ?= -lcmocka
TEST_OBJ ?= $(BUILD)/test/host
TEST_CORE_DIR ?= core
TEST_CORE_SRC := $(wildcard $(TEST_CORE_DIR)/*.c)
TEST_CORE_OBJ := $(patsubst $(TEST_CORE_DIR)/%.c,$(TEST_OBJ)/core/%.o,$(TEST_CORE_SRC))
TEST_FLAGS = -std=c99 -Wall -Wextra -D_POSIX_C_SOURCE=200809L $(TEST_CFLAGS) -I$(TEST_CORE_DIR) -Itest/wire \
	$(if $(JSMN_DIR),-isystem $(JSMN_DIR))
WIRE_COMMON := $(TEST_OBJ)/wire/harness.o $(TEST_OBJ)/wire/judge.o
RECORDINGS := test/wire/recordings

.PHONY: wire-tests recorded-test handmade-test inject-test

## wire-tests: recorded and hand-made exchanges at every split, work size and failure
wire-tests: recorded-test handmade-test inject-test

$(TEST_OBJ)/core/%.o: $(TEST_CORE_DIR)/%.c $(wildcard $(TEST_CORE_DIR)/*.h)
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -c $< -o $@

$(TEST_OBJ)/wire/%.o: test/wire/%.c $(wildcard test/wire/*.h $(TEST_CORE_DIR)/*.h)
	@mkdir -p $(@D)
	@$(TEST_CC) $(TEST_FLAGS) -c $< -o $@

$(TEST_OBJ)/wire/recorded.c: test/wire/make_vectors.py $(wildcard $(RECORDINGS)/*/*)
	@mkdir -p $(@D)
	@$(PYTHON) test/wire/make_vectors.py vectors $(RECORDINGS) $@

$(TEST_OBJ)/wire/recorded.o: $(TEST_OBJ)/wire/recorded.c test/wire/recorded.h test/wire/harness.h
	@$(TEST_CC) $(TEST_FLAGS) -c $< -o $@

$(TEST_OBJ)/recorded_test: $(TEST_OBJ)/wire/recorded_test.o $(TEST_OBJ)/wire/recorded.o $(WIRE_COMMON) $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@ $(TEST_CMOCKA)

$(TEST_OBJ)/handmade_test: $(TEST_OBJ)/wire/handmade_test.o $(WIRE_COMMON) $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@ $(TEST_CMOCKA)

$(TEST_OBJ)/inject_test: $(TEST_OBJ)/wire/inject_test.o $(TEST_OBJ)/wire/harness.o $(TEST_CORE_OBJ)
	@$(TEST_CC) $(TEST_FLAGS) $^ -o $@ $(TEST_CMOCKA)

recorded-test: $(TEST_OBJ)/recorded_test
	@$(TEST_RUN) $(TEST_OBJ)/recorded_test -r $(TEST_OBJ)/requests.bin $(TEST_RECORDED)
	@$(PYTHON) test/wire/make_vectors.py requests $(RECORDINGS) $(TEST_OBJ)/requests.bin

handmade-test: $(TEST_OBJ)/handmade_test
	@$(TEST_RUN) $(TEST_OBJ)/handmade_test

inject-test: $(TEST_OBJ)/inject_test
	@$(TEST_RUN) $(TEST_OBJ)/inject_test
