# SPDX-License-Identifier: Apache-2.0
#
# Firmware for the MPS2 board under QEMU: Cortex-M3 (an385), M4 (an386), M7 (an500). Works alone (`make -f boards/mps2/mps2.mk
# mps2`) and included by the project's Makefile. BUILD, CROSS, LWIP_DIR, MBEDTLS_DIR, JSMN_DIR and MPS2_CA have defaults.

BUILD ?= build
CROSS ?= arm-none-eabi-
JSMN_DIR ?= $(BUILD)/third_party/jsmn
LWIP_DIR ?= $(BUILD)/third_party/lwip
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls

MPS2_OUT := $(BUILD)/mps2
# The trust anchor in the images, DER. Without MPS2_CA= a test CA is made, whose key the tests use.
MPS2_CA ?= $(MPS2_OUT)/ca/root.der

# The same application on this machine.
MPS2_HOST := $(MPS2_OUT)/host/gateway

MPS2_BOARDS := an385 an386 an500
MPS2_CPU_an385 := cortex-m3
MPS2_CPU_an386 := cortex-m4
MPS2_CPU_an500 := cortex-m7

# The images. gateway-*: the application, for every board. The others are programs of the tests, for an385 only.
MPS2_IMAGES := $(foreach b,$(MPS2_BOARDS),$(foreach t,tcp tls12 tls13,$(MPS2_OUT)/$b/gateway-$t.elf))
MPS2_TEST_IMAGES := $(patsubst %,$(MPS2_OUT)/an385/%.elf,selftest names trace soak-tcp soak-tls12 broken nosys)

# The sources of lwIP and Mbed TLS are there only once mps2-tools is done; a whole build in one row takes minutes.
MPS2_MAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc)) -f $(firstword $(MAKEFILE_LIST))

.PHONY: mps2 mps2-images qemu qemu-runs qemu-kills qemu-lwip21 mps2-size

## mps2: firmware for Cortex-M3, M4 and M7 (build/mps2/*/gateway-*.elf), plain TCP, TLS 1.2, TLS 1.3
mps2: mps2-tools
	@$(MPS2_MAKE) mps2-images

mps2-images: $(MPS2_IMAGES) $(MPS2_HOST)

## qemu: runs the firmware under QEMU against a Kratos over TLS, and all other tests of boards/mps2
qemu: mps2-tools
	@test/tools/deps.sh qemu
	@$(MPS2_MAKE) mps2-images $(MPS2_TEST_IMAGES)
	@$(MPS2_MAKE) mps2-size >/dev/null
	@/usr/bin/python3 test/qemu/run.py --build $(MPS2_OUT)

## qemu-runs: RUNS=50 boots of every board with TLS 1.2 and TLS 1.3, all of which must succeed
RUNS ?= 50
qemu-runs: mps2
	@test/tools/deps.sh qemu
	@/usr/bin/python3 test/qemu/run.py --build $(MPS2_OUT) --runs $(RUNS)

## qemu-kills: KILLS=2000 boots of the firmware that are killed at random instants; one identity, and its credential, must remain
KILLS ?= 2000
qemu-kills: mps2
	@test/tools/deps.sh qemu
	@/usr/bin/python3 test/qemu/run.py --build $(MPS2_OUT) --kills $(KILLS)

## qemu-lwip21: port/lwip over Debian 12's lwIP 2.1.3 (below build/): the self-test and the look-ups, inside QEMU
qemu-lwip21: mps2-tools
	@test/tools/deps.sh qemu source
	@test/tools/debsrc.sh lwip bookworm $(BUILD)/third_party/lwip-2.1
	@$(MPS2_MAKE) BUILD=$(BUILD)/lwip21 LWIP_DIR=$(BUILD)/third_party/lwip-2.1 JSMN_DIR=$(JSMN_DIR) MBEDTLS_DIR=$(MBEDTLS_DIR) \
		$(foreach i,selftest names,$(BUILD)/lwip21/mps2/an385/$i.elf)
	@for t in builds selftest names; do LWIP_DIR=$(BUILD)/third_party/lwip-2.1 /usr/bin/python3 test/qemu/run.py \
		--build $(BUILD)/lwip21/mps2 --only $$t || exit 1; done

## mps2-size: flash and RAM of each firmware image (build/mps2/size.csv)
mps2-size: mps2-images
	@/usr/bin/python3 test/qemu/size.py --cross $(CROSS) --out $(MPS2_OUT)/size.csv $(MPS2_IMAGES)

.PHONY: mps2-tools
mps2-tools: $(JSMN_DIR)/jsmn.h
	@$(if $(filter arm-none-eabi-,$(CROSS)),test/tools/deps.sh cross)
	@[ -d $(LWIP_DIR)/src ] || { test/tools/deps.sh source && test/tools/debsrc.sh lwip trixie $(LWIP_DIR); }
	@[ -d $(MBEDTLS_DIR)/library ] || { test/tools/deps.sh source && test/tools/debsrc.sh mbedtls trixie $(MBEDTLS_DIR); }

ifndef MPS2_JSMN
MPS2_JSMN := 1
ifeq ($(filter %/size.mk,$(MAKEFILE_LIST)),)
$(BUILD)/third_party/jsmn/jsmn.h:
	@[ -r /usr/include/jsmn.h ] || test/tools/deps.sh host
	@mkdir -p $(@D)
	@cp /usr/include/jsmn.h $@
endif
endif

$(MPS2_OUT)/ca/root.der:
	@/usr/bin/python3 test/qemu/certificates.py $(@D)

$(MPS2_OUT)/root/root_der.inc: $(MPS2_CA)
	@mkdir -p $(@D)
	@od -An -v -tu1 $< | sed 's/[0-9][0-9]*/&,/g' >$@

# ---- How one file is compiled ----

MPS2_FLAGS := -std=c99 -Os -g -mthumb -ffunction-sections -fdata-sections -fno-common --specs=nano.specs
# Link-time optimisation takes 8 % off the flash, without it TLS 1.3 does not fit. `MPS2_LTO=` builds without.
MPS2_LTO := -flto=auto
# GCC hides calls of functions that it knows itself from the linker until the libraries were searched: an object names them here,
# in a section that nothing needs, so that what nothing calls is dropped again. (-u would keep it: 1 to 2.5 KB.)
MPS2_LIBC := memchr memcmp memcpy memmove memset strcat strchr strcmp strcpy strcspn strlen strncat strncmp strncpy strspn \
	strstr __aeabi_ldivmod __aeabi_uldivmod
MPS2_WARN := -Wall -Wextra -Werror -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
MPS2_LWIP_INCLUDES := -isystem $(LWIP_DIR)/src/include
MPS2_OUR_INCLUDES := -Icore -Iport/lwip -Iport/mbedtls -Iport/selftest -Iport/trace -Iboards/app -Iboards/mps2 -I$(MPS2_OUT)/root \
	-isystem $(JSMN_DIR) -isystem $(MBEDTLS_DIR)/include $(MPS2_LWIP_INCLUDES)

# Flavours: what lwIP and Mbed TLS are built like.
MPS2_FLAVOUR_release :=
MPS2_FLAVOUR_test := -DBOARD_LWIP_TEST
MPS2_FLAVOUR_raw := -DBOARD_LWIP_RAW
MPS2_FLAVOUR_tcp :=
MPS2_SMALL_TLS := -DBOARD_TLS -DMBEDTLS_CONFIG_FILE='"kratos_mbedtls_small.h"'
# The one suite that is left, named: without that Mbed TLS carries the names of all the others, 0.7 KB.
MPS2_FLAVOUR_tls12 := $(MPS2_SMALL_TLS) -DMBEDTLS_SSL_CIPHERSUITES=MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
# The largest: where no path is copied to save a jump, and pointers are followed through the whole program, it is some 250 bytes
# smaller. (Not for all: with TLS 1.2 the second one costs 12 % of a resumed handshake.)
MPS2_LINK_tls13 := -fipa-pta
MPS2_FLAVOUR_tls13 := $(MPS2_SMALL_TLS) -DKRATOS_MBEDTLS_TLS13 -DMBEDTLS_SSL_CIPHERSUITES=MBEDTLS_TLS1_3_AES_128_GCM_SHA256 \
	-fno-tree-dominator-opts

MPS2_CORE_SRC := $(wildcard core/*.c)
MPS2_BOARD_SRC := $(addprefix boards/mps2/,startup.c stack.c console.c clock.c semihost.c panic.c random.c \
	entropy_qemu_unsafe.c lan9118.c network.c)
MPS2_SOCKET_SRC := boards/mps2/main.c boards/mps2/sys_arch.c boards/mps2/board.c port/lwip/kratos_lwip.c
MPS2_TLS_SRC := boards/mps2/tls.c $(wildcard port/mbedtls/*.c)
MPS2_APP_SRC := $(addprefix boards/app/,gateway.c meter.c print.c)
# What the application asks beside connections.
MPS2_DEVICE_SRC := boards/mps2/device.c boards/mps2/flash_qemu.c
MPS2_HOST_SRC := $(addprefix boards/app/,main_posix.c board_posix.c crypto_posix.c hmac.c) $(addprefix port/posix/,kratos_posix.c kratos_file_store.c)

MPS2_LWIP_SRC = $(addprefix $(LWIP_DIR)/src/,$(addprefix core/,init.c def.c dns.c inet_chksum.c ip.c mem.c memp.c netif.c \
	pbuf.c stats.c sys.c tcp.c tcp_in.c tcp_out.c timeouts.c udp.c) $(addprefix core/ipv4/,dhcp.c etharp.c icmp.c ip4.c \
	ip4_addr.c) $(addprefix core/ipv6/,ethip6.c icmp6.c ip6.c ip6_addr.c nd6.c) $(addprefix api/,api_lib.c api_msg.c \
	err.c netbuf.c sockets.c tcpip.c) netif/ethernet.c)
MPS2_MBEDTLS_SRC = $(addprefix $(MBEDTLS_DIR)/library/,$(MPS2_MBEDTLS_FILES))
MPS2_MBEDTLS_FILES := aes.c asn1parse.c asn1write.c bignum.c bignum_core.c bignum_mod.c bignum_mod_raw.c block_cipher.c cipher.c \
	cipher_wrap.c constant_time.c ctr_drbg.c ecdh.c ecdsa.c ecp.c ecp_curves.c ecp_curves_new.c entropy.c entropy_poll.c \
	gcm.c hkdf.c hmac_drbg.c md.c memory_buffer_alloc.c oid.c pk.c pk_ecc.c pk_wrap.c pkparse.c platform.c platform_util.c \
	psa_crypto.c psa_crypto_aead.c psa_crypto_cipher.c psa_crypto_client.c psa_crypto_driver_wrappers_no_static.c \
	psa_crypto_ecp.c psa_crypto_ffdh.c psa_crypto_hash.c psa_crypto_mac.c psa_crypto_pake.c psa_crypto_rsa.c psa_crypto_se.c \
	psa_crypto_random.c psa_crypto_slot_management.c psa_crypto_storage.c psa_util.c sha256.c ssl_ciphersuites.c ssl_client.c \
	ssl_debug_helpers_generated.c ssl_msg.c ssl_ticket.c ssl_tls.c ssl_tls12_client.c ssl_tls13_client.c \
	ssl_tls13_generic.c ssl_tls13_keys.c x509.c x509_crt.c

# $(call mps2_group,BOARD,GROUP,SOURCES,FLAGS): build/mps2/BOARD/GROUP.a from SOURCES.
define mps2_group
$(foreach s,$3,$(eval $(call mps2_object,$1,$2,$s,$4)))
$(MPS2_OUT)/$1/$2.a: $(foreach s,$3,$(MPS2_OUT)/$1/$2/$(notdir $(s:.c=.o)))
	@rm -f $$@
	@$(CROSS)gcc-ar rcs $$@ $$^
-include $(wildcard $(MPS2_OUT)/$1/$2/*.d)
endef

define mps2_object
$(MPS2_OUT)/$1/$2/$(notdir $(3:.c=.o)): $3
	@mkdir -p $$(@D)
	@$(CROSS)gcc -mcpu=$(MPS2_CPU_$1) $(MPS2_FLAGS) $(MPS2_LTO) -DBOARD_NAME='"mps2-$1 ($(MPS2_CPU_$1))"' $(if $(filter an500,$1),-DMPS2_AN500) \
		$4 -MD -MP -c $$< -o $$@
endef

define mps2_libc
$(MPS2_OUT)/$1/libc.o: boards/mps2/mps2.mk
	@mkdir -p $$(@D)
	@echo '$(MPS2_LIBC:%=extern char %[];) const char *const mps2_libc[] = {$(MPS2_LIBC:%=%,)};' | \
		$(CROSS)gcc -mcpu=$(MPS2_CPU_$1) -mthumb -fno-builtin -fdata-sections -x c -c - -o $$@
endef
$(foreach b,$(MPS2_BOARDS),$(eval $(call mps2_libc,$b)))

# $(call mps2_image,BOARD,NAME,SOURCES,FLAVOUR OF LWIP,FLAVOUR OF TLS)
define mps2_image
$(call mps2_group,$1,$2,$3,$(MPS2_WARN) -Iboards/mps2 $(MPS2_OUR_INCLUDES) $(MPS2_FLAVOUR_$4) $(MPS2_FLAVOUR_$5))
$(if $(filter-out tcp,$5),$(MPS2_OUT)/$1/$2/tls.o: $(MPS2_OUT)/root/root_der.inc)
$(MPS2_OUT)/$1/$2.elf: $(MPS2_OUT)/$1/$2.a $(MPS2_OUT)/$1/core.a $(MPS2_OUT)/$1/lwip-$4.a \
		$(if $(filter-out tcp,$5),$(MPS2_OUT)/$1/mbedtls-$5.a) $(MPS2_OUT)/$1/libc.o boards/mps2/mps2.ld
	@$(CROSS)gcc -mcpu=$(MPS2_CPU_$1) -mthumb --specs=nano.specs -nostartfiles -Os $(MPS2_LTO) $(MPS2_LINK_$5) -Wl,--gc-sections \
		-Wl,--fatal-warnings -T boards/mps2/mps2.ld -Wl,-Map,$$(@:.elf=.map) -o $$@ -Wl,--whole-archive $$< -Wl,--no-whole-archive $(MPS2_OUT)/$1/libc.o \
		-Wl,--start-group $$(filter-out $$<,$$(filter %.a,$$^)) -Wl,--end-group
	@test/qemu/noheap.sh $(CROSS) $$@
endef

$(foreach b,$(MPS2_BOARDS),$(eval $(call mps2_group,$b,core,$(MPS2_CORE_SRC),$(MPS2_WARN) -Icore -isystem $(JSMN_DIR))))
$(foreach b,$(MPS2_BOARDS),$(eval $(call mps2_group,$b,lwip-release,$(MPS2_LWIP_SRC),-w -Iboards/mps2 $(MPS2_LWIP_INCLUDES))))
$(foreach b,$(MPS2_BOARDS),$(foreach t,tls12 tls13,$(eval $(call mps2_group,$b,mbedtls-$t,$(MPS2_MBEDTLS_SRC),-w -Iport/mbedtls \
	-I$(MBEDTLS_DIR)/include $(MPS2_FLAVOUR_$t)))))
$(foreach f,test raw,$(eval $(call mps2_group,an385,lwip-$f,$(MPS2_LWIP_SRC),-w -Iboards/mps2 $(MPS2_LWIP_INCLUDES) \
	$(MPS2_FLAVOUR_$f))))

$(foreach b,$(MPS2_BOARDS),$(eval $(call mps2_image,$b,gateway-tcp,$(MPS2_APP_SRC) $(MPS2_DEVICE_SRC) boards/app/hmac.c \
	$(MPS2_BOARD_SRC) $(MPS2_SOCKET_SRC),release,tcp)))
$(foreach b,$(MPS2_BOARDS),$(foreach t,tls12 tls13,$(eval $(call mps2_image,$b,gateway-$t,$(MPS2_APP_SRC) $(MPS2_DEVICE_SRC) $(MPS2_BOARD_SRC) \
	$(MPS2_SOCKET_SRC) $(MPS2_TLS_SRC),release,$t))))

$(MPS2_HOST): $(MPS2_HOST_SRC) $(MPS2_APP_SRC) $(MPS2_CORE_SRC) $(wildcard core/*.h boards/app/*.h port/posix/*.h)
	@mkdir -p $(@D)
	@$(CC) -std=c99 -O2 $(MPS2_WARN) -D_POSIX_C_SOURCE=200809L -Icore -Iport/posix -Iboards/app -isystem $(JSMN_DIR) $(filter %.c,$^) -o $@

# Programs of the tests: lwIP with its asserts and with IPv6, but for broken and nosys.
define mps2_test
$(call mps2_image,an385,$1,$2 $(MPS2_BOARD_SRC) $(MPS2_SOCKET_SRC) boards/app/print.c,$3,$4)
endef
$(eval $(call mps2_test,selftest,test/qemu/selftest.c port/selftest/kratos_port_selftest.c,test,tcp))
$(eval $(call mps2_test,names,test/qemu/names.c,test,tcp))
$(eval $(call mps2_test,trace,test/qemu/trace.c port/trace/kratos_trace.c,test,tcp))
$(eval $(call mps2_test,soak-tcp,test/qemu/soak.c test/qemu/lossy.c boards/app/meter.c,test,tcp))
$(eval $(call mps2_test,soak-tls12,test/qemu/soak.c test/qemu/lossy.c boards/app/meter.c $(MPS2_TLS_SRC),test,tls12))
$(eval $(call mps2_test,broken,test/qemu/broken.c,release,tcp))
$(eval $(call mps2_image,an385,nosys,test/qemu/nosys.c port/lwip/nosys_example.c boards/app/print.c $(MPS2_BOARD_SRC),raw,tcp))

include $(dir $(filter %mps2.mk,$(MAKEFILE_LIST)))freertos/freertos.mk
