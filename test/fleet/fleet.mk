# SPDX-License-Identifier: Apache-2.0
#
# A fleet after a power failure, simulated over the library's own core/retry.c. Always with FLEET_CFLAGS, whatever CFLAGS says:
# 500,000,000 requests are to take a minute.

BUILD ?= build
FLEET_CFLAGS = -O2 -g
FLEET_DIR = $(BUILD)/fleet
FLEET_SRC = test/fleet/fleet.c test/fleet/queue.c core/retry.c
FLEET_SEED ?= 1

.PHONY: fleet fleet-check

## fleet: a million gateways behind a power failure, five policies: table, build/fleet.csv and docs/fleet.svg (2 minutes)
fleet:
	@sh test/tools/deps.sh host picture
	@$(MAKE) --no-print-directory $(FLEET_DIR)/fleet
	@$(FLEET_DIR)/fleet 1000000 $(FLEET_SEED) $(BUILD)/fleet.csv
	@$(PYTHON) test/fleet/fleet.py $(BUILD)/fleet.csv docs/fleet.svg

# The limits are not scaled with the fleet: at 30 requests a minute chance alone would put some minutes above 1.25 of that. The
# same seed must give the same bytes, which two builds show: what is undefined or not set would differ.
fleet-check:
	@sh test/tools/deps.sh host
	@$(MAKE) --no-print-directory $(FLEET_DIR)/fleet $(FLEET_DIR)/asan
	@$(FLEET_DIR)/fleet 100000 $(FLEET_SEED) $(FLEET_DIR)/fleet.csv >$(FLEET_DIR)/fleet.txt || { cat $(FLEET_DIR)/fleet.txt; exit 1; }
	@$(FLEET_DIR)/asan 100000 $(FLEET_SEED) $(FLEET_DIR)/asan.csv >$(FLEET_DIR)/asan.txt
	@cmp $(FLEET_DIR)/fleet.csv $(FLEET_DIR)/asan.csv && cmp $(FLEET_DIR)/fleet.txt $(FLEET_DIR)/asan.txt
	@cat $(FLEET_DIR)/fleet.txt

FLEET_CC = $(CC) $(STD) $(WARN) -Icore -Itest/fleet

$(FLEET_DIR)/fleet: $(FLEET_SRC) test/fleet/queue.h $(wildcard core/*.h) test/fleet/fleet.mk
	@mkdir -p $(@D)
	@$(FLEET_CC) $(FLEET_CFLAGS) $(FLEET_SRC) -o $@

$(FLEET_DIR)/asan: $(FLEET_SRC) test/fleet/queue.h $(wildcard core/*.h) test/fleet/fleet.mk
	@mkdir -p $(@D)
	@$(FLEET_CC) -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all $(FLEET_SRC) -o $@
