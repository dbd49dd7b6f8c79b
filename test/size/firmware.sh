#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Adds the firmware images to size.csv, once `make mps2-size` (or `make qemu`) has measured them: flash and RAM against what the
# project promises. Over budget fails.
#
#   firmware.sh BUILD
set -eu

measured=$1/mps2/size.csv
if [ ! -r "$measured" ]; then
    echo 'firmware images: not built yet (make mps2 mps2-size)'
    exit 0
fi
awk -F, -v table="$1/size.csv" '
    NR == 1 { printf "\n%-24s %9s %9s %9s %9s\n", "firmware", "flash", "budget", "RAM", "budget"; next }
    {
        split($1, name, "/")
        flash = name[2] ~ /tls13/ ? 131072 : name[2] ~ /tls12/ ? 114688 : 65536
        printf "%-24s %9d %9d %9d %9d\n", $1, $2, flash, $3, 65536
        printf "%s,%s,%d,0,%d,%d,%d\n", name[2], name[1], $2, $3, $4, flash >> table
        over += $2 > flash || $3 > 65536
    }
    END {
        if (over) {
            print "FAIL size: " over " firmware images over budget"
            exit 1
        }
    }' "$measured"
