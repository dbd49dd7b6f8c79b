# SPDX-License-Identifier: Apache-2.0
#
# port/mbedtls on the host, against OpenSSL, the stand-in and real Kratos servers. Mbed TLS is built once per configuration, in
# build/tls/CONFIG/libmbedtls.a, without sanitizers; the port and its tests with them.

BUILD ?= build
CC ?= gcc
PYTHON ?= /usr/bin/python3
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls
CROSS ?= arm-none-eabi-

TLS_CONFIGS := small small-2k small-16k small-both tls13 web
TLS_FLAGS_small := -DMBEDTLS_CONFIG_FILE='"kratos_mbedtls_small.h"'
# The host's own entropy is left out here, so that the hook for a hardware source is tested too.
TLS_FLAGS_small-2k := $(TLS_FLAGS_small) -DKRATOS_MBEDTLS_IN=2048 -DMBEDTLS_NO_PLATFORM_ENTROPY -DMBEDTLS_ENTROPY_HARDWARE_ALT
TLS_FLAGS_small-16k := $(TLS_FLAGS_small) -DKRATOS_MBEDTLS_IN=16384
TLS_FLAGS_small-both := $(TLS_FLAGS_small) -DKRATOS_MBEDTLS_TLS12_AND_13
TLS_FLAGS_tls13 := $(TLS_FLAGS_small) -DKRATOS_MBEDTLS_TLS13
TLS_FLAGS_web := -DMBEDTLS_CONFIG_FILE='"kratos_mbedtls_web.h"'

# Beside the matrix: threads over PSA; and Mbed TLS as Debian configures it, as in a product that has it already.
TLS_MORE := tls13-threads default
TLS_FLAGS_tls13-threads := $(TLS_FLAGS_tls13) -DMBEDTLS_THREADING_C -DMBEDTLS_THREADING_PTHREAD
TLS_FLAGS_default :=
TLS_THREADED := small tls13 tls13-threads default

TLS_OUT := $(BUILD)/tls
TLS_CONFIG_HEADERS := $(addprefix port/mbedtls/kratos_mbedtls_,small.h web.h common.h tls13.h psa.h)
TLS_PORT := $(wildcard port/mbedtls/*.c) port/posix/kratos_posix.c
TLS_HEADERS := $(wildcard port/mbedtls/*.h port/posix/*.h core/*.h)
TLS_WARN := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
TLS_CC = $(CC) -std=c99 -D_POSIX_C_SOURCE=200809L -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all $(TLS_WARN) \
	-Icore -Iport/mbedtls -Iport/posix -isystem $(MBEDTLS_DIR)/include

.PHONY: tls-check tls-kratos tls-libraries tls-deps tls-size

## tls-check: port/mbedtls against OpenSSL and the stand-in: certificates, sessions, cuts, deadlines, memory
tls-check: tls-libraries
	@$(MAKE) -s --no-print-directory -j 2 $(foreach c,$(TLS_CONFIGS),$(TLS_OUT)/$c/tls_client $(TLS_OUT)/$c/tls_list \
		$(TLS_OUT)/$c/tls_crypto) $(TLS_OUT)/small-16k/tls_selftest $(TLS_OUT)/web/tls_selftest $(TLS_OUT)/small/tls_arena \
		$(TLS_THREADED:%=$(TLS_OUT)/%/tls_threads)
	@$(PYTHON) test/tls/all.py $(TLS_OUT) "$(CC)" $(MBEDTLS_DIR)

## tls-kratos: the same port against real servers: KRATOS_BIN="kratos binaries, or folders that hold one"
tls-kratos: tls-libraries
	@$(if $(KRATOS_BIN),,echo 'tls-kratos: name a server: make tls-kratos KRATOS_BIN="/opt/kratos/kratos ..."' >&2; exit 1)
	@$(MAKE) -s --no-print-directory -j 2 $(foreach c,$(TLS_CONFIGS),$(TLS_OUT)/$c/tls_list)
	@$(PYTHON) test/tls/list_test.py $(TLS_OUT) $(KRATOS_BIN)

tls-libraries: $(foreach c,$(TLS_CONFIGS) $(TLS_MORE),$(TLS_OUT)/$c/libmbedtls.a)

tls-deps:
	@sh test/tools/deps.sh host tls

$(MBEDTLS_DIR)/library/ssl_tls.c:
	@test/tools/deps.sh source
	@test/tools/debsrc.sh mbedtls trixie $(MBEDTLS_DIR)

# One compiler for several files is much faster than one target per file, and nobody edits them.
define TLS_RULES
$(TLS_OUT)/$1/libmbedtls.a: $(MBEDTLS_DIR)/library/ssl_tls.c $(TLS_CONFIG_HEADERS) test/tls/tls.mk | tls-deps
	@echo "building Mbed TLS for the configuration $1"
	@mkdir -p $$(@D)/library && rm -f $$@
	@ls $(abspath $(MBEDTLS_DIR))/library/*.c | (cd $$(@D)/library && xargs -P 2 -n 10 $(CC) -O1 -g -c $(TLS_FLAGS_$1) \
		-I$(abspath port/mbedtls) -I$(abspath $(MBEDTLS_DIR))/include)
	@$(AR) rcs $$@ $$(@D)/library/*.o

$(TLS_OUT)/$1/tls_client: test/tls/tls_client.c $(TLS_PORT) $(TLS_HEADERS) $(TLS_OUT)/$1/libmbedtls.a
	@$(TLS_CC) $(TLS_FLAGS_$1) $$(filter %.c,$$^) $(TLS_OUT)/$1/libmbedtls.a -o $$@

$(TLS_OUT)/$1/tls_list: test/tls/tls_list.c $(TLS_PORT) $(CORE_SRC) $(TLS_HEADERS) $(TLS_OUT)/$1/libmbedtls.a
	@$(TLS_CC) $(TLS_FLAGS_$1) $(JSMN_FLAG) $$(filter %.c,$$^) $(TLS_OUT)/$1/libmbedtls.a -o $$@

$(TLS_OUT)/$1/tls_selftest: test/tls/tls_selftest.c port/selftest/kratos_port_selftest.c $(TLS_PORT) $(TLS_HEADERS) \
		port/selftest/kratos_port_selftest.h $(TLS_OUT)/$1/libmbedtls.a
	@$(TLS_CC) -Iport/selftest $(TLS_FLAGS_$1) $$(filter %.c,$$^) $(TLS_OUT)/$1/libmbedtls.a -o $$@

$(TLS_OUT)/$1/tls_threads: test/tls/tls_threads.c $(TLS_PORT) $(CORE_SRC) $(TLS_HEADERS) $(TLS_OUT)/$1/libmbedtls.a
	@$(filter-out -fsanitize=% -fno-sanitize-recover=all,$(TLS_CC)) -fsanitize=thread -pthread $(TLS_FLAGS_$1) $(JSMN_FLAG) $$(filter %.c,$$^) \
		$(TLS_OUT)/$1/libmbedtls.a -o $$@

$(TLS_OUT)/$1/tls_crypto: test/tls/tls_crypto.c test/tools/rfc4231.h $(TLS_PORT) $(TLS_HEADERS) $(TLS_OUT)/$1/libmbedtls.a
	@$(TLS_CC) -Itest/tools $(TLS_FLAGS_$1) $$(filter %.c,$$^) $(TLS_OUT)/$1/libmbedtls.a -o $$@

$(TLS_OUT)/$1/tls_arena: test/tls/tls_arena.c $(TLS_PORT) $(TLS_HEADERS) $(TLS_OUT)/$1/libmbedtls.a
	@$(TLS_CC) $(TLS_FLAGS_$1) $$(filter %.c,$$^) $(TLS_OUT)/$1/libmbedtls.a -o $$@
endef
$(foreach c,$(TLS_CONFIGS) $(TLS_MORE),$(eval $(call TLS_RULES,$c)))

## tls-size: flash and static RAM of both TLS configurations on Cortex-M4
tls-size: $(MBEDTLS_DIR)/library/ssl_tls.c
	@test/tools/deps.sh cross
	@sh test/tls/size.sh $(CROSS) $(abspath $(MBEDTLS_DIR)) $(TLS_OUT)/size
