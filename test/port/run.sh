#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds and runs what belongs to the ports of a host: the port self-test over the POSIX port (plain,
# with its bytes shown, and built for a system with less), the test that the self-test notices bad ports, the tests of the POSIX
# port, of the file store, and those of port/trace and boards/app/hmac.c. Writes nothing outside build/ but sockets and a folder in /tmp.
#
#   test/port/run.sh                                            gcc
#   CC=clang test/port/run.sh
#   EXTRA_CFLAGS="-g -fsanitize=address,undefined" test/port/run.sh
#
# The last line is the sum: N passed, N failed.
set -eu

cd "$(dirname "$0")/../.."
CC=${CC:-gcc}
BUILD=${BUILD:-build/test-port}
WARNINGS="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"
CFLAGS="-std=c99 -D_POSIX_C_SOURCE=200809L -O1 $WARNINGS ${EXTRA_CFLAGS:-}"
INCLUDES="-Icore -Iport/posix -Iport/template -Iport/selftest -Iport/trace -Iboards/app -Itest/tools"

mkdir -p "$BUILD"
compile() { # program, its sources and linker options
    program=$1
    shift
    # shellcheck disable=SC2086
    $CC $CFLAGS $INCLUDES -o "$BUILD/$program" "$@"
}
compile selftest_posix test/port/selftest_posix.c port/posix/kratos_posix.c \
    port/selftest/kratos_port_selftest.c port/trace/kratos_trace.c
compile selftest_bare test/port/selftest_bare.c port/selftest/kratos_port_selftest.c
compile test_posix test/port/test_posix.c port/posix/kratos_posix.c \
    -Wl,--wrap=getaddrinfo -Wl,--wrap=socket -Wl,--wrap=clock_gettime
compile test_selftest test/port/test_selftest.c port/posix/kratos_posix.c \
    port/template/kratos_template.c port/selftest/kratos_port_selftest.c
compile test_trace test/port/test_trace.c port/trace/kratos_trace.c
compile test_file_store test/port/test_file_store.c port/posix/kratos_file_store.c \
    -Wl,--wrap=openat -Wl,--wrap=fstat -Wl,--wrap=read -Wl,--wrap=write -Wl,--wrap=fsync -Wl,--wrap=renameat \
    -Wl,--wrap=unlinkat -Wl,--wrap=close
compile test_hmac test/port/test_hmac.c boards/app/hmac.c boards/app/crypto_posix.c

# The peer lives as long as its standard input is open, which is as long as this script.
rm -f "$BUILD/peer.in" "$BUILD/log"
mkfifo "$BUILD/peer.in"
/usr/bin/python3 test/port/selftest_peer.py <"$BUILD/peer.in" >"$BUILD/peer.out" &
exec 3>"$BUILD/peer.in"
port=
tries=0
while [ -z "$port" ] && [ "$tries" -lt 100 ]; do
    sleep 0.1
    port=$(sed -n 's/^port //p' "$BUILD/peer.out")
    tries=$((tries + 1))
done

broken=0
# Deadlines are looked at on a machine that has other things to do: what is wrong is so three times in a row.
run() {
    rc=1
    tries=0
    while [ "$rc" -eq 1 ] && [ "$tries" -lt 3 ]; do
        rc=0
        "$@" >"$BUILD/one.log" 2>&1 3>&- || rc=$?
        tries=$((tries + 1))
    done
    if [ "$rc" -ne 0 ]; then
        # 1 is a failed case, which is counted; anything else did not come to its end.
        [ "$rc" -eq 1 ] || broken=$((broken + 1))
    fi
    cat "$BUILD/one.log"
    cat "$BUILD/one.log" >>"$BUILD/log"
}
run "$BUILD/selftest_posix" 127.0.0.1 "$port"
run "$BUILD/selftest_posix" localhost "$port" "$BUILD/bytes.txt"
run "$BUILD/selftest_bare" 127.0.0.1 "$port"
run "$BUILD/test_selftest" 127.0.0.1 "$port"
run "$BUILD/test_posix"
run "$BUILD/test_trace"
run "$BUILD/test_file_store"
run "$BUILD/test_hmac"
exec 3>&-
wait

awk -v broken="$broken" '
    /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3; programs++ }
    END {
        failed += broken > 8 - programs ? broken : 8 - programs
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }' "$BUILD/log"
