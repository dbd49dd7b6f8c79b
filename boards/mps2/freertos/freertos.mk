# SPDX-License-Identifier: Apache-2.0
#
# The board under FreeRTOS: two tasks with a connection each, for an385, in twelve images: plain TCP, TLS 1.2, TLS 1.3; ticks of 1 and
# 10 ms; lwIP with its core lock and with messages to its thread. The kernel's sources are named by FREERTOS_DIR= (no Debian
# package has them), lwIP's sys_arch is that of lwIP's contrib folder. Included by mps2.mk.

FREERTOS_IMAGES := $(foreach t,tcp tls12 tls13,$(foreach l,0 1,$(foreach z,100 1000,$(MPS2_OUT)/an385/tasks-$t-lock$l-$(z)hz.elf)))

.PHONY: qemu-freertos
## qemu-freertos: port/lwip and port/mbedtls in two tasks under FreeRTOS, inside QEMU: FREERTOS_DIR="its kernel's sources, V11"
ifndef FREERTOS_DIR
qemu-freertos:
	@echo "skip qemu-freertos: name the kernel's sources (github.com/FreeRTOS/FreeRTOS-Kernel, V11): make qemu-freertos FREERTOS_DIR=..."
	@echo "0 passed, 0 failed, 1 skipped"
else
qemu-freertos: mps2-tools
	@test/tools/deps.sh qemu
	@[ -r $(FREERTOS_DIR)/tasks.c ] || { echo "qemu-freertos: $(FREERTOS_DIR) has no tasks.c" >&2; exit 1; }
	@mkdir -p $(MPS2_OUT)/an385
	@[ "$$(cat $(MPS2_OUT)/freertos.dir 2>/dev/null)" = "$(FREERTOS_DIR)" ] || \
		rm -rf $(MPS2_OUT)/an385/lwip-rtos-* $(MPS2_OUT)/an385/tasks-* # of another kernel
	@echo "$(FREERTOS_DIR)" >$(MPS2_OUT)/freertos.dir
	@$(MPS2_MAKE) FREERTOS_DIR=$(FREERTOS_DIR) $(FREERTOS_IMAGES)
	@/usr/bin/python3 test/qemu/rtos.py --build $(MPS2_OUT) $(if $(COUNT),--count $(COUNT)) $(if $(ONLY),--only $(ONLY))

FREERTOS_KERNEL := $(addprefix $(FREERTOS_DIR)/,tasks.c queue.c list.c portable/GCC/ARM_CM3/port.c portable/MemMang/heap_4.c)
# lwipopts.h and arch/sys_arch.h are also names of this board without an RTOS: its folder comes after all others.
# The kernel's folder before core/: both have a list.h.
FREERTOS_INCLUDES := -Iboards/mps2/freertos -I$(FREERTOS_DIR)/include -I$(FREERTOS_DIR)/portable/GCC/ARM_CM3 \
	-isystem $(LWIP_DIR)/contrib/ports/freertos/include -Icore -Iport/lwip -Iport/mbedtls -Iboards/app -I$(MPS2_OUT)/root \
	-isystem $(JSMN_DIR) -isystem $(MBEDTLS_DIR)/include $(MPS2_LWIP_INCLUDES) -idirafter boards/mps2
FREERTOS_SRC := $(addprefix boards/mps2/,startup.c stack.c console.c clock.c semihost.c panic.c random.c entropy_qemu_unsafe.c lan9118.c) \
	$(addprefix boards/mps2/freertos/,rtos.c rtos_tls.c stoppable.c) boards/app/print.c port/lwip/kratos_lwip.c test/qemu/tasks.c
FREERTOS_TLS_tls12 := $(MPS2_FLAVOUR_tls12)
# PSA belongs to all tasks.
FREERTOS_TLS_tls13 := $(MPS2_FLAVOUR_tls13) -DMBEDTLS_THREADING_C -DMBEDTLS_THREADING_ALT

define freertos_image
$(call mps2_group,an385,tasks-$1-lock$2-$3hz,$(FREERTOS_SRC) $(if $(filter-out tcp,$1),$(wildcard port/mbedtls/*.c)),$(MPS2_WARN) \
	$(FREERTOS_INCLUDES) -DBOARD_FREERTOS -DBOARD_CORE_LOCKING=$2 -DBOARD_TICK_HZ=$3 $(FREERTOS_TLS_$1))
$(if $(filter-out tcp,$1),$(MPS2_OUT)/an385/tasks-$1-lock$2-$3hz/tasks.o: $(MPS2_OUT)/root/root_der.inc)
$(MPS2_OUT)/an385/tasks-$1-lock$2-$3hz.elf: $(MPS2_OUT)/an385/tasks-$1-lock$2-$3hz.a $(MPS2_OUT)/an385/core.a \
		$(MPS2_OUT)/an385/lwip-rtos-lock$2-$3hz.a $(if $(filter-out tcp,$1),$(MPS2_OUT)/an385/mbedtls-rtos-$1.a) \
		$(MPS2_OUT)/an385/libc.o boards/mps2/mps2.ld
	@$(CROSS)gcc -mcpu=$(MPS2_CPU_an385) -mthumb --specs=nano.specs -nostartfiles -Os $(MPS2_LTO) -Wl,--gc-sections -Wl,--fatal-warnings \
		-Wl,--defsym=board_flash=256K -Wl,--defsym=board_ram=256K -T boards/mps2/mps2.ld -Wl,-Map,$$(@:.elf=.map) -o $$@ \
		-Wl,--whole-archive $$< -Wl,--no-whole-archive $(MPS2_OUT)/an385/libc.o -Wl,--start-group $$(filter-out $$<,$$(filter %.a,$$^)) -Wl,--end-group
	@test/qemu/noheap.sh $(CROSS) $$@
endef

# The kernel and lwIP, which call each other. Not by link-time optimisation: the kernel switches tasks in assembly.
$(foreach l,0 1,$(foreach z,100 1000,$(eval $(call mps2_group,an385,lwip-rtos-lock$l-$(z)hz,$(FREERTOS_KERNEL) $(MPS2_LWIP_SRC) \
	$(LWIP_DIR)/contrib/ports/freertos/sys_arch.c,-w -fno-lto $(FREERTOS_INCLUDES) -DBOARD_CORE_LOCKING=$l -DBOARD_TICK_HZ=$z))))
$(foreach t,tls12 tls13,$(eval $(call mps2_group,an385,mbedtls-rtos-$t,$(MPS2_MBEDTLS_SRC) $(MBEDTLS_DIR)/library/threading.c,-w \
	-Iboards/mps2/freertos -Iport/mbedtls -I$(MBEDTLS_DIR)/include $(FREERTOS_TLS_$t))))
$(foreach t,tcp tls12 tls13,$(foreach l,0 1,$(foreach z,100 1000,$(eval $(call freertos_image,$t,$l,$z)))))
endif
