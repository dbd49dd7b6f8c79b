# SPDX-License-Identifier: Apache-2.0
#
# Would the tests notice? Small changes of core, one at a time; each must make a test fail. The test programs are linked once,
# against core as a shared object, so that a mutant costs one compilation and one link.

MUTANTS_OUT = $(BUILD)/mutants
MUTANTS_LIB = $(MUTANTS_OUT)/libcore.so
MUTANTS_BUILD = TEST_OBJ=$(MUTANTS_OUT)/test TEST_CFLAGS="-O2 -fPIC" TEST_CORE_OBJ=$(MUTANTS_LIB) \
	OPS_OBJ=$(MUTANTS_OUT)/test OPS_CFLAGS="-O2 -fPIC" OPS_CORE=$(MUTANTS_LIB)
MUTANTS_PROGRAMS = $(UNIT_TESTS) $(PUMP_TESTS) sieve_check recorded_test handmade_test inject_test ops_test
# Mutants of a thousand that the sample takes.
MUTANTS_SHARE ?= 40

.PHONY: mutants mutants-all mutants-programs mutants-selftest

## mutants: small changes of core, a fixed sample: tests must notice; mutants-all: each of them (hours)
mutants: mutants-programs
	@$(PYTHON) test/mutants/mutants.py -s $(MUTANTS_SHARE) $(MUTANTS_OUT) core $(JSMN_FLAG)

mutants-all: mutants-programs
	@$(PYTHON) test/mutants/mutants.py -c $(MUTANTS_OUT) core $(JSMN_FLAG)

mutants-programs: mutants-selftest
	@sh test/tools/deps.sh host test
	@mkdir -p $(MUTANTS_OUT)/test && rm -f $(MUTANTS_OUT)/test/*_test
	@$(MAKE) --no-print-directory -j2 $(MUTANTS_BUILD) $(addprefix $(MUTANTS_OUT)/test/,$(MUTANTS_PROGRAMS)) \
		>$(MUTANTS_OUT)/log 2>&1 || { tail -n 40 $(MUTANTS_OUT)/log; exit 1; }

$(MUTANTS_LIB): $(CORE_SRC) $(wildcard core/*.h)
	@mkdir -p $(@D)
	@$(CC) $(STD) -O1 -fPIC -shared -Wl,-soname,libcore.so -Icore $(JSMN_FLAG) $(CORE_SRC) -o $@

# Proves that each kind of mutant is made, and that one which survives is seen.
mutants-selftest:
	@$(PYTHON) test/mutants/selftest.py
