# SPDX-License-Identifier: Apache-2.0
#
# cmocka for the 32-bit build of the tests: Debian packages it for the machine's own word size only, and adding another
# architecture to a machine is not ours to do. So its one .c file is compiled from Debian's source package with -m32.
#
#   needs    build/m32/libcmocka.a before a -m32 test is linked
#   compile  gcc -m32 $(CMOCKA32_CFLAGS) ...      link  gcc -m32 ... $(CMOCKA32_LIB)

BUILD ?= build
CMOCKA_DIR ?= $(BUILD)/third_party/cmocka
CMOCKA32_LIB := $(BUILD)/m32/libcmocka.a
CMOCKA32_CFLAGS := -I$(CMOCKA_DIR)/include

$(CMOCKA_DIR)/.debsrc:
	@test/tools/deps.sh source
	@test/tools/debsrc.sh cmocka bookworm $(CMOCKA_DIR)

# What its own configure step would find out about a Linux. test/every builds it for another processor with the same.
CMOCKA_DEFINES := -D_GNU_SOURCE -DHAVE_MALLOC_H -DHAVE_INTTYPES_H -DHAVE_SIGNAL_H -DHAVE_STRINGS_H -DHAVE_SIGLONGJMP \
	-DHAVE_STRSIGNAL -DHAVE_STRUCT_TIMESPEC -DHAVE_CLOCK_REALTIME -DHAVE_GCC_THREAD_LOCAL_STORAGE

$(CMOCKA32_LIB): $(CMOCKA_DIR)/.debsrc
	@test/tools/deps.sh test
	@mkdir -p $(@D)
	@gcc -m32 -O2 -g -w $(CMOCKA_DEFINES) $(CMOCKA32_CFLAGS) -c $(CMOCKA_DIR)/src/cmocka.c -o $(@D)/cmocka.o
	@rm -f $@
	@ar rcs $@ $(@D)/cmocka.o
