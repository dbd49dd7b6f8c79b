#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fails when an image holds a heap, formatted output, or TLS without verification:  noheap.sh PREFIX IMAGE.elf
set -eu

found=$("$1nm" "$2" | awk '{ print $NF }' | grep -xE \
    '_*(malloc|calloc|realloc|free|sbrk)(_r)?|_*v?s?n?i?printf(_r)?|kratos_mbedtls_insecure.*' | tr '\n' ' ') || true
[ -z "$found" ] || {
    echo "FAIL $2 holds what firmware must not hold: $found" >&2
    rm -f "$2"
    exit 1
}
