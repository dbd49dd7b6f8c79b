# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite through proxies. Everything is built and run below build/edge; Mbed TLS too, since `make check` runs
# tls-check beside this. Needs CORE_SRC, and of the other *.mk files LIVE_CFLAGS and TLS_FLAGS_*.

EDGE_OUT := $(BUILD)/edge
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls
EDGE_TLS := test/edge/inner_tls.c $(wildcard port/mbedtls/*.c) port/posix/kratos_posix.c $(CORE_SRC)
EDGE_SRC := $(filter-out test/live/inner_tcp.c,$(wildcard test/live/*.c)) $(EDGE_TLS)
EDGE_HEADERS := $(wildcard test/live/*.h core/*.h port/*/*.h)
EDGE_CC = $(CC) $(LIVE_CFLAGS) -D_POSIX_C_SOURCE=200809L -Icore -Iport/posix -Iport/mbedtls -Itest/live $(JSMN_FLAG) \
	-isystem $(MBEDTLS_DIR)/include

.PHONY: edge edge-deps

## edge: the conformance suite through nginx, HAProxy, Apache and Caddy, in front of the stand-in and of the servers of KRATOS_BIN=a:b
edge: edge-deps $(BUILD)/live/conformance $(EDGE_OUT)/conformance-tls $(EDGE_OUT)/device
	@$(PYTHON) test/edge/edge.py $(BUILD)

edge-deps:
	@sh test/tools/deps.sh host edge

# web: a reply of any size, TLS 1.3; small: what a device has, records of 4 KB, TLS 1.2.
$(EDGE_OUT)/conformance-tls: $(EDGE_SRC) $(EDGE_HEADERS) $(EDGE_OUT)/web/libmbedtls.a
	@$(EDGE_CC) $(TLS_FLAGS_web) $(filter %.c,$^) $(EDGE_OUT)/web/libmbedtls.a -o $@

$(EDGE_OUT)/device: test/edge/device.c test/live/suite.c $(EDGE_TLS) $(EDGE_HEADERS) $(EDGE_OUT)/small/libmbedtls.a
	@$(EDGE_CC) $(TLS_FLAGS_small) -DKRATOS_MBEDTLS_SESSION_SIZE=2048 $(filter %.c,$^) $(EDGE_OUT)/small/libmbedtls.a -o $@

define EDGE_RULE
$(EDGE_OUT)/$1/libmbedtls.a: $(MBEDTLS_DIR)/library/ssl_tls.c $(wildcard port/mbedtls/*.h)
	@echo "building Mbed TLS for the configuration $1"
	@mkdir -p $$(@D)/library && rm -f $$@
	@ls $(abspath $(MBEDTLS_DIR))/library/*.c | (cd $$(@D)/library && xargs -n 10 $(CC) -O1 -c $$(TLS_FLAGS_$1) \
		-I$(abspath port/mbedtls) -I$(abspath $(MBEDTLS_DIR))/include)
	@$(AR) rcs $$@ $$(@D)/library/*.o
endef
$(foreach c,web small,$(eval $(call EDGE_RULE,$c)))
