# SPDX-License-Identifier: Apache-2.0
MBEDTLS_DIR ?= $(BUILD)/third_party/mbedtls

.PHONY: docs-check docs examples html html-check

## docs: renews the generated parts of the README (example, size table, operations)
docs: size
	@$(PYTHON) test/docs/docs.py write

docs-check: $(HOST_LIB) size $(MBEDTLS_DIR)/library/ssl_tls.c
	@$(PYTHON) test/docs/docs.py check

$(BUILD)/docs/operations: test/docs/operations.c $(HOST_LIB)
	@mkdir -p $(@D)
	@$(CC) $(STD) $(CFLAGS) $(WARN) $(INCLUDE) $< $(HOST_LIB) -o $@

## examples: runs the examples of docs/operations.md, one an operation
examples: $(BUILD)/docs/operations
	@$(PYTHON) test/docs/operations.py $(BUILD)/docs/operations

## html: the documents and the headers as a small site, build/html/index.html (Doxygen)
html:
	@sh test/tools/deps.sh html
	@rm -rf $(BUILD)/html && mkdir -p $(BUILD)/html
	@(cat docs/Doxyfile; echo 'OUTPUT_DIRECTORY = $(BUILD)'; echo 'HTML_OUTPUT = html') | doxygen -
	@echo "$(BUILD)/html/index.html"

html-check: html
	@$(PYTHON) test/docs/site.py $(BUILD)/html
