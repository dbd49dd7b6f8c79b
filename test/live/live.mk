# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite against the stand-in and real Kratos servers. Needs CORE_SRC (the .c files of core); BUILD, CC,
# JSMN_DIR and LIVE_CFLAGS have defaults.

BUILD ?= build
JSMN_DIR ?= $(BUILD)/third_party/jsmn
CORE_SRC ?= $(wildcard core/*.c)
LIVE_CFLAGS ?= -std=c99 -O2 -g -Wall -Wextra -Wpedantic
LIVE_SRC = $(wildcard test/live/*.c)
LIVE_RUN = /usr/bin/python3 test/live/run.py --program $(BUILD)/live/conformance

.PHONY: live live-fake

## live: the conformance suite against the stand-in in each release and every real Kratos found (KRATOS_BIN=a:b, PATH, KRATOS_ADMIN_URL)
live: $(BUILD)/live/conformance
	@$(LIVE_RUN)

## live-fake: the same against the stand-in only
live-fake: $(BUILD)/live/conformance
	@$(LIVE_RUN) --fake

$(BUILD)/live/conformance: $(LIVE_SRC) $(wildcard test/live/*.h) $(CORE_SRC) $(wildcard core/*.h) port/posix/kratos_posix.c \
		port/posix/kratos_posix.h $(JSMN_DIR)/jsmn.h
	@mkdir -p $(@D)
	@$(CC) $(LIVE_CFLAGS) -D_POSIX_C_SOURCE=200809L -Icore -Iport/posix -isystem $(JSMN_DIR) -o $@ $(LIVE_SRC) $(CORE_SRC) \
		port/posix/kratos_posix.c
