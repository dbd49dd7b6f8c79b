# SPDX-License-Identifier: Apache-2.0
#
# Devices that are killed, behind a bad network, against real Kratos servers or the stand-in. Needs HOST_LIB, STD, CFLAGS,
# WARN, INCLUDE and PYTHON.

PROVISION_DEVICES ?= 60
PROVISION_LIVE = $(PYTHON) test/provision_live/run.py $(BUILD)/provision_live/device --devices $(PROVISION_DEVICES) \
	$(if $(PROVISION_SEED),--seed $(PROVISION_SEED))

FACTORY_BOARDS ?= 40
FACTORY_LIVE = $(PYTHON) test/provision_live/factory.py $(addprefix $(BUILD)/provision_live/,factory device) --boards $(FACTORY_BOARDS)

.PHONY: provision-live provision-live-newest factory-live

## provision-live: devices are provisioned through faults and kills: each has one identity (PROVISION_DEVICES=60; servers as for live, the stand-in where none is found)
provision-live: $(BUILD)/provision_live/device
	@$(PROVISION_LIVE)

## factory-live: boards whose identities one host makes in batches, one serial taken by another (FACTORY_BOARDS=40; servers as for live)
factory-live: $(BUILD)/provision_live/device $(BUILD)/provision_live/factory
	@$(FACTORY_LIVE)

# Of the real servers the newest only: what `make check` has time for.
provision-live-newest: $(BUILD)/provision_live/device
	@$(PROVISION_LIVE) --newest

$(BUILD)/provision_live/%: test/provision_live/%.c boards/app/crypto_posix.c boards/app/hmac.c $(HOST_LIB)
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) -D_POSIX_C_SOURCE=200809L $(INCLUDE) -Iboards/app $(filter %.c,$^) $(HOST_LIB) -o $@
