#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The sizes of a library for the host, object by object: the last lines of a plain `make`.
#
#   hosttable.sh build/host/libkratos.a
set -eu

if [ $# != 1 ] || [ ! -r "$1" ]; then
    echo "usage: hosttable.sh LIBRARY" >&2
    exit 1
fi

size -t "$1" | awk -v library="$1" '
    BEGIN { row = "%-26s %8s %8s %8s %8s\n" }
    NR == 1 { printf row, library, "text", "data", "bss", "total"; next }
    { printf row, $6 == "(TOTALS)" ? "all" : "  " $6, $1, $2, $3, $4 }'
