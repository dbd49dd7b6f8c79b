# SPDX-License-Identifier: Apache-2.0
#
# What takes longer than `make check` may: fuzzing with clang's libFuzzer, lists of 100,000 identities.

SOAK_SECONDS ?= 600
SOAK_OUT = $(BUILD)/soak

.PHONY: soak-fuzz soak-list

$(SOAK_OUT)/reply_fuzz: test/soak/reply_fuzz.c $(CORE_SRC) $(wildcard core/*.h)
	@sh test/tools/deps.sh fuzz
	@mkdir -p $(@D)
	@clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Icore $(JSMN_FLAG) $< $(CORE_SRC) -o $@

# The recorded replies are its first inputs.
soak-fuzz: $(SOAK_OUT)/reply_fuzz
	@$(PYTHON) test/soak/seeds.py test/wire/recordings $(SOAK_OUT)/corpus
	@$(SOAK_OUT)/reply_fuzz -max_total_time=$(SOAK_SECONDS) -max_len=8192 -timeout=10 -print_final_stats=1 $(SOAK_OUT)/corpus 2>&1 | tail -n 12

$(SOAK_OUT)/walk: test/soak/walk.c $(HOST_LIB)
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) $(INCLUDE) $< $(HOST_LIB) -o $@

soak-list: $(SOAK_OUT)/walk
	@$(PYTHON) test/soak/list.py $(SOAK_OUT)/walk 100000
