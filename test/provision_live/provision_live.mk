# SPDX-License-Identifier: Apache-2.0
#
# Devices that are killed, behind a bad network, against real Kratos servers or the stand-in. Needs HOST_LIB, STD, CFLAGS,
# WARN, INCLUDE and PYTHON.

PROVISION_DEVICES ?= 60
PROVISION_LIVE = $(PYTHON) test/provision_live/run.py $(BUILD)/provision_live/device --devices $(PROVISION_DEVICES) \
	$(if $(PROVISION_SEED),--seed $(PROVISION_SEED))

.PHONY: provision-live provision-live-newest

## provision-live: devices are provisioned through faults and kills: each has one identity (PROVISION_DEVICES=60; servers as for live, the stand-in where none is found)
provision-live: $(BUILD)/provision_live/device
	@$(PROVISION_LIVE)

# Of the real servers the newest only: what `make check` has time for.
provision-live-newest: $(BUILD)/provision_live/device
	@$(PROVISION_LIVE) --newest

$(BUILD)/provision_live/device: test/provision_live/device.c test/provision/sha256.c test/provision/sha256.h $(HOST_LIB)
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) -D_POSIX_C_SOURCE=200809L $(INCLUDE) -Itest/provision $(filter %.c,$^) $(HOST_LIB) -o $@
