# SPDX-License-Identifier: Apache-2.0
#
# What core costs on Cortex-M. Needs CORE_SRC (the .c files of core, core/kratos.c ...); BUILD, CROSS and JSMN_DIR have defaults.

BUILD ?= build
CROSS ?= arm-none-eabi-
JSMN_DIR ?= $(BUILD)/third_party/jsmn
PYTHON ?= python3

.PHONY: size size-functions size-table stack

## size: flash, RAM and stack of core on Cortex-M0+, M3 and M4, against test/size/budget.csv
size: $(JSMN_DIR)/jsmn.h
	@$(if $(filter arm-none-eabi-,$(CROSS)),test/tools/deps.sh cross)
	@$(PYTHON) test/size/size.py measure --cross $(CROSS) --build $(BUILD) --jsmn $(JSMN_DIR) $(CORE_SRC)
	@sh test/size/firmware.sh $(BUILD)

## size-functions: flash of each function of core; OLD=old.csv shows what changed since (build/size-functions.csv)
size-functions: size
	@$(PYTHON) test/size/size.py functions $(BUILD)/size-functions.csv $(OLD)

## stack: the deepest chain of calls in core, function by function
stack: size
	@cat $(BUILD)/size-stack.txt

# The table of the README.
size-table: size
	@$(PYTHON) test/size/size.py table $(BUILD)/size.csv

# A cross compiler cannot take /usr/include as a whole: the one header that core needs from there is copied.
$(BUILD)/third_party/jsmn/jsmn.h:
	@[ -r /usr/include/jsmn.h ] || test/tools/deps.sh host
	@mkdir -p $(@D)
	@cp /usr/include/jsmn.h $@
