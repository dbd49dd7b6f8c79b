# SPDX-License-Identifier: Apache-2.0
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls

.PHONY: docs-check docs

## docs: renews the generated parts of the README (example, size table, operations)
docs: size
	@$(PYTHON) test/docs/docs.py write

docs-check: $(HOST_LIB) size $(MBEDTLS_DIR)/library/ssl_tls.c
	@$(PYTHON) test/docs/docs.py check
