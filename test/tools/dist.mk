# SPDX-License-Identifier: Apache-2.0
#
# A release. DIST and DIST_VENV have defaults; the tools of the bill of materials are kept, the release is made anew.

BUILD ?= build
DIST ?= $(BUILD)/dist
DIST_VENV ?= $(BUILD)/venv/sbom

.PHONY: dist

## dist: build/dist/kratos-X.Y.Z.tar.gz of the commit, its bill of materials (CycloneDX) and their sums
dist:
	@test/tools/deps.sh host source dist
	@test/tools/debsrc.sh lwip trixie $(BUILD)/third_party/lwip
	@test/tools/debsrc.sh mbedtls trixie $(BUILD)/third_party/mbedtls
	@sh test/tools/dist.sh $(DIST) $(BUILD)/third_party $(DIST_VENV)
