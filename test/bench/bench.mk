# SPDX-License-Identifier: Apache-2.0
#
# What the library costs at run time. Needs CORE_SRC, PORT_SRC, STD, WARN, INCLUDE and JSMN_FLAG of the Makefile. The core is
# built apart, always with BENCH_CFLAGS: the goals hold for -O2, whatever CFLAGS says.

BENCH_CFLAGS = -O2 -g
BENCH_DIR = $(BUILD)/bench
BENCH_OBJ = $(patsubst %.c,$(BENCH_DIR)/%.o,$(CORE_SRC) $(PORT_SRC))
BENCH_COMMON = $(addprefix $(BENCH_DIR)/test/bench/,samples.o memory.o)
BENCH_PROGRAMS = $(addprefix $(BENCH_DIR)/,exchange responder inmemory)

.PHONY: bench bench-deps bench-programs

## bench: instructions, time on loopback and work buffer, against libcurl + cJSON and the goals (build/bench.csv)
bench: bench-deps
	@$(MAKE) --no-print-directory bench-programs
	@sh test/bench/firmware.sh $(BUILD)
	@$(PYTHON) test/bench/bench.py $(BUILD)

bench-deps:
	@sh test/tools/deps.sh $(if $(JSMN_HEADER),,host) bench

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
