# SPDX-License-Identifier: Apache-2.0
BUILD ?= build
PYTHON ?= /usr/bin/python3

.PHONY: install-check

## install-check: a project outside takes the library in by CMake in each way and by pkg-config; install, release
install-check:
	@test/tools/deps.sh install cross source dist
	@test/tools/debsrc.sh lwip trixie $(BUILD)/third_party/lwip
	@test/tools/debsrc.sh mbedtls trixie $(BUILD)/third_party/mbedtls
	@$(PYTHON) test/install/run.py $(BUILD)
