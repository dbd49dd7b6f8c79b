# SPDX-License-Identifier: Apache-2.0
#
# What the library writes and accepts against facts.csv, which make_facts.py drew from Kratos' OpenAPI documents. Another build
# (sanitizers, 32 bits) names its folder and flags:
#
#   make ops-test OPS_OBJ=build/test/ops-asan OPS_CFLAGS="-O1 -g -fsanitize=address,undefined"

BUILD ?= build
OPS_CC ?= $(CC)
OPS_CFLAGS ?= -O2 -g
OPS_CMOCKA ?= -lcmocka
OPS_OBJ ?= $(BUILD)/test/ops
OPS_FLAGS = -std=c99 -Wall -Wextra $(OPS_CFLAGS) -Icore $(if $(JSMN_DIR),-isystem $(JSMN_DIR))
OPS_CORE := $(patsubst core/%.c,$(OPS_OBJ)/core/%.o,$(wildcard core/*.c))

.PHONY: ops-test

## ops-test: methods, paths, success codes, parameters and body members of all operations against six releases of Kratos
ops-test: $(OPS_OBJ)/ops_test
	@$(OPS_OBJ)/ops_test test/ops/facts.csv

$(OPS_OBJ)/core/%.o: core/%.c $(wildcard core/*.h)
	@mkdir -p $(@D)
	@$(OPS_CC) $(OPS_FLAGS) -c $< -o $@

$(OPS_OBJ)/ops_test.o: test/ops/ops_test.c $(wildcard core/*.h)
	@mkdir -p $(@D)
	@$(OPS_CC) $(OPS_FLAGS) -c $< -o $@

$(OPS_OBJ)/ops_test: $(OPS_OBJ)/ops_test.o $(OPS_CORE)
	@$(OPS_CC) $(OPS_FLAGS) $^ -o $@ $(OPS_CMOCKA)
