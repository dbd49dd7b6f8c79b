#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Flash and static RAM of port/mbedtls with Mbed TLS, linked with --gc-sections for Cortex-M4 (-Os, newlib-nano), beside an empty
# program. What is not in it: the arena, the stack, the io below.
#
#   size.sh CROSS MBEDTLS_DIR OUT
set -eu
cross=$1 mbedtls=$2 out=$3
flags="-std=c99 -mcpu=cortex-m4 -mthumb -Os -ffunction-sections -fdata-sections -w"
link="--specs=nano.specs --specs=nosys.specs -Wl,--gc-sections -Wl,--no-warnings"
include="-Icore -Iport/mbedtls -I$mbedtls/include"
mkdir -p "$out"

total() { # flash and static RAM of an image
    "${cross}size" "$1" | awk 'NR == 2 { print $1 + $2, $2 + $3 }'
}

${cross}gcc $flags test/tls/size_main.c $link -o "$out/empty.elf" 2>/dev/null
set -- $(total "$out/empty.elf")
empty_flash=$1 empty_ram=$2

echo "configuration                     flash    RAM"
measure() {
    name=$1 dir=$out/$2
    shift 2
    mkdir -p "$dir"
    (cd "$dir" && ls "$mbedtls"/library/*.c | xargs -P 2 -n 10 ${cross}gcc $flags -c "$@" -I"$root/port/mbedtls" -I"$mbedtls/include")
    for f in port/mbedtls/*.c; do
        ${cross}gcc $flags $include "$@" -c "$f" -o "$dir/$(basename "$f" .c).o"
    done
    ${cross}gcc $flags -DWITH_TLS $include "$@" test/tls/size_main.c "$dir"/*.o $link -o "$dir.elf" 2>/dev/null
    set -- $(total "$dir.elf")
    printf '%-30s %8d %6d\n' "$name" $(($1 - empty_flash)) $(($2 - empty_ram))
}
root=$PWD
small='-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_small.h"'
web='-DMBEDTLS_CONFIG_FILE="kratos_mbedtls_web.h"'
measure "small, TLS 1.2" small "$small"
measure "small, TLS 1.3" small13 "$small" -DKRATOS_MBEDTLS_TLS13
measure "small, TLS 1.2 and 1.3" small1213 "$small" -DKRATOS_MBEDTLS_TLS12_AND_13
measure "web, TLS 1.2" web12 "$web" -DKRATOS_MBEDTLS_NO_TLS13
measure "web, TLS 1.2 and 1.3" web "$web"
own() { # text: objects
    echo "$1: $(shift && ${cross}size -t "$@" | awk 'END { print $1 + $2 }') flash"
}
# shellcheck disable=SC2046
own "of which port/mbedtls itself (small)" $(ls "$out"/small/kratos_mbedtls*.o | grep -v _crypto)
echo "beside it, for provisioning:"
own "  kratos_mbedtls_crypto (small, TLS 1.2)" "$out"/small/kratos_mbedtls_crypto.o
own "  kratos_mbedtls_crypto (small, TLS 1.3)" "$out"/small13/kratos_mbedtls_crypto.o
