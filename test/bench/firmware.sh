#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Shows the instructions that the firmware needed, which `make qemu` counted with -icount: a full handshake, a resumed one, a
# create, and what of the create the library itself took.
#
#   firmware.sh BUILD
set -eu

counted=$1/mps2/bench.csv
if [ ! -r "$counted" ]; then
    echo 'firmware under QEMU: not counted yet (make qemu)'
    exit 0
fi
awk -F, '
    NR == 1 { printf "%-14s %14s %14s %12s %12s\n", "firmware", "full handshake", "resumed", "create", "library"; next }
    { printf "%-14s %14d %14d %12d %12d\n", $1 " " $2, $3, $4, $5, $6; over += $6 > 40000 }
    END {
        print ""
        if (over) {
            print "FAIL bench: the library took more than 40,000 instructions a create"
            exit 1
        }
    }' "$counted"
