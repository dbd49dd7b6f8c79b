# SPDX-License-Identifier: Apache-2.0
#
# What the library costs at run time. Needs CORE_SRC, PORT_SRC, STD, WARN, INCLUDE and JSMN_FLAG of the Makefile; CROSS and
# JSMN_DIR have defaults. The core is built apart, always with BENCH_CFLAGS and BENCH_M4_CFLAGS: the goals hold for those, whatever
# CFLAGS says.

CROSS ?= arm-none-eabi-
JSMN_DIR ?= $(BUILD)/third_party/jsmn

BENCH_CFLAGS = -O2 -g
BENCH_DIR = $(BUILD)/bench
BENCH_OBJ = $(patsubst %.c,$(BENCH_DIR)/%.o,$(CORE_SRC) $(PORT_SRC))
BENCH_COMMON = $(addprefix $(BENCH_DIR)/test/bench/,samples.o memory.o)
BENCH_PROGRAMS = $(addprefix $(BENCH_DIR)/,exchange responder inmemory)

# The firmware that counts on a Cortex-M4: the board's start-up, clock and output, and no driver.
BENCH_M4_FLAGS = -mcpu=cortex-m4 -mthumb --specs=nano.specs
BENCH_M4_CFLAGS = -Os -g $(BENCH_M4_FLAGS) -ffunction-sections -fdata-sections
BENCH_M4_DIR = $(BENCH_DIR)/m4
BENCH_M4_SRC = $(CORE_SRC) $(addprefix boards/mps2/,startup.c stack.c clock.c console.c semihost.c) \
	$(addprefix test/bench/,target.c samples.c)
BENCH_M4 = $(BENCH_M4_DIR)/target.elf

.PHONY: bench bench-m4 bench-deps bench-m4-deps bench-programs

## bench: instructions, time on loopback and work buffer, against libcurl + cJSON and the goals (build/bench.csv)
bench: bench-deps bench-m4-deps
	@$(MAKE) --no-print-directory bench-programs $(BENCH_M4)
	@sh test/bench/firmware.sh $(BUILD)
	@$(PYTHON) test/bench/bench.py $(BUILD)

## bench-m4: only the instructions of a create on a Cortex-M4, core at -Os
bench-m4: bench-m4-deps
	@$(MAKE) -s --no-print-directory $(BENCH_M4)
	@$(PYTHON) test/bench/bench.py $(BUILD) m4

bench-deps:
	@sh test/tools/deps.sh $(if $(JSMN_HEADER),,host) bench

bench-m4-deps:
	@sh test/tools/deps.sh $(if $(filter arm-none-eabi-,$(CROSS)),cross) qemu

bench-programs: $(BENCH_PROGRAMS)
	@:

$(BENCH_DIR)/%.o: %.c $(wildcard core/*.h port/posix/*.h test/bench/*.h) Makefile test/bench/bench.mk
	@mkdir -p $(@D)
	@$(CC) $(STD) $(BENCH_CFLAGS) $(WARN) -D_POSIX_C_SOURCE=200809L $(INCLUDE) $(JSMN_FLAG) -c $< -o $@

$(BENCH_DIR)/exchange: $(addprefix $(BENCH_DIR)/test/bench/,exchange.o way_raw.o way_ours.o way_curl.o) $(BENCH_COMMON) $(BENCH_OBJ)
	@$(CC) $^ -lcurl -lcjson -o $@

$(BENCH_DIR)/responder: $(BENCH_DIR)/test/bench/responder.o $(BENCH_DIR)/test/bench/samples.o
	@$(CC) $^ -pthread -o $@

$(BENCH_DIR)/inmemory: $(BENCH_DIR)/test/bench/inmemory.o $(BENCH_COMMON) $(BENCH_OBJ)
	@$(CC) $^ -o $@

$(BENCH_M4_DIR)/%.o: %.c $(wildcard core/*.h boards/mps2/*.h test/bench/*.h) Makefile test/bench/bench.mk $(JSMN_DIR)/jsmn.h
	@mkdir -p $(@D)
	@$(CROSS)gcc $(STD) $(BENCH_M4_CFLAGS) $(filter-out -Wpedantic,$(WARN)) -Icore -Iboards/mps2 -isystem $(JSMN_DIR) -c $< -o $@

$(BENCH_M4): $(patsubst %.c,$(BENCH_M4_DIR)/%.o,$(BENCH_M4_SRC)) boards/mps2/mps2.ld
	@$(CROSS)gcc $(BENCH_M4_FLAGS) -nostartfiles -Wl,--gc-sections -T boards/mps2/mps2.ld $(filter %.o,$^) -o $@
