#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Shows the instructions that the firmware needed, which `make qemu` counted with -icount: a full handshake, a resumed one, a
# new device, and what of it the library took: the create (36,000 by itself), the hash of its password, two records in flash.
#
#   firmware.sh BUILD
set -eu

counted=$1/mps2/bench.csv
if [ ! -r "$counted" ]; then
    echo 'firmware under QEMU: not counted yet (make qemu)'
    exit 0
fi
awk -F, '
    NR == 1 { printf "%-14s %14s %14s %12s %12s\n", "firmware", "full handshake", "resumed", "new device", "library"; next }
    { printf "%-14s %14d %14d %12d %12d\n", $1 " " $2, $3, $4, $5, $6; over += $6 > 230000 }
    END {
        print ""
        if (over) {
            print "FAIL bench: the library took more than 230,000 instructions a new device"
            exit 1
        }
    }' "$counted"
