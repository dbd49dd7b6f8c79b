# SPDX-License-Identifier: Apache-2.0
#
# The conformance suite against the stand-in and real Kratos servers. Needs CORE_SRC (the .c files of core); BUILD, CC,
# JSMN_DIR and LIVE_CFLAGS have defaults.
#
# A Kratos that is started here keeps its identities in SQLite files, which needs nothing. KRATOS_DB=postgres installs
# Debian's postgresql where it is missing and starts a cluster of its own for this run, without rights and on loopback; a
# cluster of the system is not touched. KRATOS_DSN= goes to Kratos as it is: THE SUITE MIGRATES THAT DATABASE, WRITES TO IT
# and expects it to be empty and its own; with it, name one binary in KRATOS_BIN. Each run says which database it is over.

BUILD ?= build
JSMN_DIR ?= $(BUILD)/third_party/jsmn
CORE_SRC ?= $(wildcard core/*.c)
LIVE_CFLAGS ?= -std=c99 -O2 -g -Wall -Wextra -Wpedantic
LIVE_SRC = $(wildcard test/live/*.c)
LIVE_ENV = $(foreach name,KRATOS_DB KRATOS_DSN,$(if $($(name)),$(name)='$($(name))'))
LIVE_RUN = $(LIVE_ENV) /usr/bin/python3 test/live/run.py --program $(BUILD)/live/conformance

.PHONY: live live-fake live-rows

## live: the conformance suite against the stand-in in each release and every real Kratos found (KRATOS_BIN=a:b, PATH, KRATOS_ADMIN_URL), over SQLite, KRATOS_DB=postgres or KRATOS_DSN= (is written to)
live: live-rows
	@$(if $(filter postgres,$(KRATOS_DB)),sh test/tools/deps.sh postgres)
	@$(LIVE_RUN)

## live-fake: the same against the stand-in only
live-fake: live-rows
	@$(LIVE_RUN) --fake

# Which row of releases.h a server is judged by, for releases and databases that are in it and that are not.
live-rows: $(BUILD)/live/conformance
	@/usr/bin/python3 test/live/rows_test.py $<

$(BUILD)/live/conformance: $(LIVE_SRC) $(wildcard test/live/*.h) $(CORE_SRC) $(wildcard core/*.h) port/posix/kratos_posix.c \
		port/posix/kratos_posix.h $(JSMN_DIR)/jsmn.h
	@mkdir -p $(@D)
	@$(CC) $(LIVE_CFLAGS) -D_POSIX_C_SOURCE=200809L -Icore -Iport/posix -isystem $(JSMN_DIR) -o $@ $(LIVE_SRC) $(CORE_SRC) \
		port/posix/kratos_posix.c
