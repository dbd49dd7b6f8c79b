# SPDX-License-Identifier: Apache-2.0
#
# What takes longer than `make check` may: fuzzing with clang's libFuzzer, lists of 100,000 identities.

SOAK_SECONDS ?= 600
SOAK_OUT = $(BUILD)/soak

.PHONY: soak-fuzz soak-list

# Replies of a server have most of the time: there is most to be found.
SOAK_FUZZ := reply slots record
SOAK_FUZZ_SECONDS = $(if $(filter reply,$1),$(SOAK_SECONDS),$$(( $(SOAK_SECONDS) / 4 + 1 )))

$(SOAK_OUT)/%_fuzz: test/soak/%_fuzz.c $(CORE_SRC) $(wildcard core/*.h test/soak/*.h)
	@sh test/tools/deps.sh fuzz
	@mkdir -p $(@D)
	@clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Icore $(JSMN_FLAG) $< $(CORE_SRC) -o $@

# The recorded replies, and records in each state with a reply that fits, are the first inputs.
## soak-fuzz: libFuzzer for SOAK_SECONDS: a server's replies, the two slots of flash, a device's record
soak-fuzz: $(addprefix $(SOAK_OUT)/,$(addsuffix _fuzz,$(SOAK_FUZZ)))
	@$(PYTHON) test/soak/seeds.py test/wire/recordings $(SOAK_OUT)
	@$(foreach f,$(SOAK_FUZZ),$(SOAK_OUT)/$f_fuzz -max_total_time=$(call SOAK_FUZZ_SECONDS,$f) -max_len=8192 -timeout=10 \
		-artifact_prefix=$(SOAK_OUT)/$f- -print_final_stats=1 $(SOAK_OUT)/corpus-$f >$(SOAK_OUT)/$f.log 2>&1 || \
		{ tail -n 40 $(SOAK_OUT)/$f.log; exit 1; }; echo "$f:"; tail -n 12 $(SOAK_OUT)/$f.log;)

$(SOAK_OUT)/walk: test/soak/walk.c $(HOST_LIB)
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) $(INCLUDE) $< $(HOST_LIB) -o $@

soak-list: $(SOAK_OUT)/walk
	@$(PYTHON) test/soak/list.py $(SOAK_OUT)/walk 100000
