# SPDX-License-Identifier: Apache-2.0
#
# Everywhere C runs: core on a big-endian processor, other processors, standards and flags, the layout of public structs, two
# analysers, and the MISRA rules that core breaks. Needs what test/unit, test/wire and boards/mps2 need; BUILD has a default.

BUILD ?= build
PYTHON ?= python3
JSMN_DIR ?= $(BUILD)/third_party/jsmn
LWIP_DIR ?= $(BUILD)/third_party/lwip
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls
CMOCKA_DIR ?= $(BUILD)/third_party/cmocka
EVERY_OUT := $(BUILD)/every
EVERY = $(PYTHON) test/every/$1.py --build $(EVERY_OUT) --jsmn $(JSMN_DIR) --lwip $(LWIP_DIR) --mbedtls $(MBEDTLS_DIR)

.PHONY: every core-tests-big-endian compilers layout analyse misra misra-check every-deps manifests

## every: other compilers, standards and flags, public structs, analysers, MISRA figures, manifests of IDF and Zephyr
every: compilers layout analyse misra-check manifests

## compilers: core and ports for RISC-V, Cortex-M33 and M55, as C11, C17 and C++17, with flags that change enums and char
compilers: every-deps
	@$(call EVERY,compilers)

## layout: no public struct differs between flags, languages and compilers
layout: every-deps
	@$(call EVERY,layout)

## analyse: gcc's and clang's analyser over core and port
analyse: every-deps
	@$(call EVERY,analyse)

## misra: which MISRA C:2012 rules core breaks, and how often; renews the figures of docs/misra.md
misra: every-deps
	@$(PYTHON) test/every/misra.py write --build $(EVERY_OUT)

misra-check: every-deps
	@$(PYTHON) test/every/misra.py check --build $(EVERY_OUT)

## manifests: whether port/esp-idf and port/zephyr name every file of core, in files that their tools can read
manifests: every-deps
	@$(PYTHON) test/every/manifests.py

every-deps: $(JSMN_DIR)/jsmn.h
	@test/tools/deps.sh cross lint every
	@[ -d $(LWIP_DIR)/src ] || { test/tools/deps.sh source && test/tools/debsrc.sh lwip trixie $(LWIP_DIR); }
	@[ -d $(MBEDTLS_DIR)/library ] || { test/tools/deps.sh source && test/tools/debsrc.sh mbedtls trixie $(MBEDTLS_DIR); }

# ---- A big-endian processor -----------------------------------------------------------------------------------------------------

# powerpc, by clang: Debian's gcc for it cannot stand beside gcc-multilib. cmocka is built from source for it. QEMU takes some 15
# times as long as the host: so only every 37th place to split, to cut and to fail is tried, and of the recorded exchanges those
# of one release.
BIG_OUT := $(BUILD)/test/powerpc
BIG_CC := clang --target=powerpc-linux-gnu -B/usr/powerpc-linux-gnu/lib -L/usr/powerpc-linux-gnu/lib \
	-isystem /usr/powerpc-linux-gnu/include -static -Wl,--no-warn-rwx-segments -Wno-unused-command-line-argument
BIG_CMOCKA := $(BIG_OUT)/cmocka.o
BIG = TEST_OBJ=$(BIG_OUT) TEST_CC="$(BIG_CC)" TEST_CFLAGS="-O1 -DTEST_STRIDE=37 -I$(CMOCKA_DIR)/include" TEST_CMOCKA=$(BIG_CMOCKA) \
	TEST_RUN=qemu-ppc TEST_RECORDED=26.2.0 JSMN_DIR=$(JSMN_DIR)

$(BIG_CMOCKA): $(CMOCKA_DIR)/.debsrc
	@test/tools/deps.sh every
	@mkdir -p $(@D)
	@$(BIG_CC) -O1 -w $(CMOCKA_DEFINES) -I$(CMOCKA_DIR)/include -c $(CMOCKA_DIR)/src/cmocka.c -o $@

## core-tests-big-endian: the unit and wire tests on a big-endian powerpc, under qemu-user
core-tests-big-endian: $(BIG_CMOCKA) $(JSMN_DIR)/jsmn.h
	@LC_ALL=C readelf -h $(BIG_CMOCKA) | grep -q 'big endian' || { echo "every: clang makes no big-endian code" >&2; exit 1; }
	@$(MAKE) --no-print-directory wire-tests unit-tests $(BIG)
