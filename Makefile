# SPDX-License-Identifier: Apache-2.0
#
#   make            the library for this machine, build/host/libkratos.a
#   make help       all targets
#
# Nothing outside build/ is written, but for docs/fleet.svg by fleet, what install is told to, and Debian packages that deps,
# demo, check, live over PostgreSQL and the tools install where they are missing.

BUILD ?= build
CC ?= gcc
AR ?= ar
PYTHON ?= /usr/bin/python3
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
STD = -std=c99

CORE_SRC := $(wildcard core/*.c)
PORT_SRC := port/posix/kratos_posix.c port/posix/kratos_file_store.c port/trace/kratos_trace.c
HOST_LIB := $(BUILD)/host/libkratos.a
HOST_OBJ := $(patsubst %.c,$(BUILD)/host/%.o,$(CORE_SRC) $(PORT_SRC))
INCLUDE := -Icore -Iport/posix -Iport/trace

# jsmn is one header: Debian's libjsmn-dev, or the folder that JSMN_DIR names.
JSMN_HEADER := $(firstword $(wildcard $(addsuffix /jsmn.h,$(JSMN_DIR) /usr/include /usr/local/include)))
JSMN_FLAG := $(if $(JSMN_HEADER),-isystem $(abspath $(dir $(JSMN_HEADER))))
JSMN_FLAG := $(if $(filter /usr/include/,$(dir $(JSMN_HEADER))),,$(JSMN_FLAG))

.DEFAULT_GOAL := all
.PHONY: all deps demo check soak clean help port-selftest
.SECONDARY:

## all: the library for this machine, and its size table
all: $(HOST_LIB)
	@sh test/size/hosttable.sh $(HOST_LIB)

## deps: installs what the library itself needs (gcc, jsmn)
deps:
	@sh test/tools/deps.sh host

$(BUILD)/host/.jsmn:
	@$(if $(JSMN_HEADER),,echo "jsmn.h is missing: run 'make deps' (Debian's libjsmn-dev), or name its folder: make JSMN_DIR=..." >&2; exit 1)
	@mkdir -p $(@D) && touch $@

$(BUILD)/host/%.o: %.c $(wildcard core/*.h port/*/*.h) Makefile | $(BUILD)/host/.jsmn
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) -ffunction-sections -fdata-sections -D_POSIX_C_SOURCE=200809L $(INCLUDE) $(JSMN_FLAG) -c $< -o $@

$(HOST_LIB): $(HOST_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

# ---- Programs of boards/host ---------------------------------------------------------------------------------------------------

$(BUILD)/host/example: boards/host/main.c $(HOST_LIB)
	@$(CC) $(STD) $(CFLAGS) $(WARN) $(INCLUDE) $< $(HOST_LIB) -o $@

$(BUILD)/host/provision: boards/host/provision.c boards/app/crypto_posix.c boards/app/hmac.c $(HOST_LIB)
	@$(CC) $(STD) $(CFLAGS) $(WARN) -D_POSIX_C_SOURCE=200809L $(INCLUDE) -Iboards/app $^ -o $@

$(BUILD)/host/tour: boards/host/tour.c $(HOST_LIB)
	@$(CC) $(STD) $(CFLAGS) $(WARN) -D_POSIX_C_SOURCE=200809L $(INCLUDE) $< $(HOST_LIB) -o $@

## demo: starts a Kratos, runs the README's examples, a short tour with the bytes of each exchange, and the life of a device
demo:
	@sh test/tools/deps.sh host test
	@$(MAKE) --no-print-directory $(addprefix $(BUILD)/host/,provision example tour) $(MPS2_HOST)
	@$(PYTHON) boards/host/demo.py $(BUILD)/host $(MPS2_HOST)

# ---- Tests ------------------------------------------------------------------------------------------------------------------------

include test/wire/wire.mk $(filter-out test/wire/wire.mk,$(sort $(wildcard test/*/*.mk)))
include boards/mps2/mps2.mk
include port/install.mk

## check: installs what is missing and passes all tests (the README's test command)
check:
	@sh test/tools/deps.sh host test cross qemu lint bench tls edge every fuzz coverage html install dist source
	@$(PYTHON) test/tools/run.py -j 2 test/check.list

# The same tests of core in three builds.
ASAN = TEST_OBJ=$(BUILD)/test/asan TEST_CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
M32 = TEST_OBJ=$(BUILD)/test/m32 TEST_CFLAGS="-m32 -O2 -g $(CMOCKA32_CFLAGS)" TEST_CMOCKA=$(CMOCKA32_LIB)
CLANG = TEST_OBJ=$(BUILD)/test/clang TEST_CC=clang

.PHONY: core-tests core-tests-asan core-tests-m32 core-tests-clang
## core-tests: wire and unit tests; also core-tests-asan, -m32, -clang
core-tests: wire-tests unit-tests

core-tests-asan:
	@$(MAKE) --no-print-directory core-tests $(ASAN)

core-tests-m32: $(CMOCKA32_LIB)
	@$(MAKE) --no-print-directory core-tests $(M32)

core-tests-clang:
	@$(MAKE) --no-print-directory core-tests $(CLANG)

## port-selftest: the self-test that every port must pass, on the POSIX port
port-selftest: $(HOST_LIB)
	@sh test/port/run.sh

## soak: what takes longer than check: 100,000 identities, long fuzzing, all mutants
soak: $(HOST_LIB)
	@$(PYTHON) test/tools/run.py -t 3600 test/soak.list

## clean: removes build/
clean:
	@rm -rf $(BUILD)

## help: this list
help:
	@cat $(MAKEFILE_LIST) | sed -n 's/^## //p' | sort
