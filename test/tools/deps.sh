#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that a part of the build needs, and only those that are missing. Where nothing is missing it
# says nothing, and neither the network nor root is needed.
#
#   deps.sh [-n] GROUP...      -n: only prints what is missing
set -eu

die() {
    echo "deps: $*" >&2
    exit 1
}

# That of this Debian, also where gcc itself is still to be installed.
gcc_release() {
    gcc -dumpversion 2>/dev/null || apt-cache depends gcc | sed -n 's/^ *Depends: gcc-\([0-9]*\)$/\1/p'
}

packages() {
    case $1 in
    host) echo gcc make libc6-dev libjsmn-dev ;;
    test)
        echo libcmocka-dev python3 python3-jsonschema valgrind
        # Only amd64 has a 32-bit twin to build for (-m32).
        [ "$(dpkg --print-architecture)" != amd64 ] || echo gcc-multilib
        ;;
    cross) echo gcc-arm-none-eabi libnewlib-arm-none-eabi binutils-arm-none-eabi libjsmn-dev python3 ;;
    qemu) echo qemu-system-arm ;;
    lint) echo g++ clang clang-tidy clang-format cppcheck python3 ;;
    bench) echo libcurl4-openssl-dev libcjson-dev valgrind python3 ;;
    fuzz) echo clang libclang-rt-14-dev ;;
    coverage) echo clang-19 llvm-19 libclang-rt-19-dev ;;
    tls) echo python3 python3-cryptography openssl binutils g++ ;;
    every)
        # clang compiles for powerpc: Debian's gcc for it would throw gcc-multilib (group test) off the machine.
        echo clang libc6-dev-powerpc-cross "libgcc-$(gcc_release)-dev-powerpc-cross" binutils-powerpc-linux-gnu \
            qemu-user gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf gcc-avr avr-libc cppcheck g++ \
            libstdc++-arm-none-eabi-newlib binutils cmake python3-yaml python3-kconfiglib
        ;;
    edge) echo nginx haproxy apache2-bin caddy python3 python3-cryptography ;;
    postgres) echo postgresql ;;
    html) echo doxygen python3 ;;
    picture) echo python3 python3-matplotlib ;;
    dist) echo git gzip python3-venv ;;
    install) echo cmake g++ pkgconf openssl git python3 ;;
    source) echo apt dpkg-dev debian-archive-keyring ca-certificates xz-utils bzip2 ;;
    *) die "unknown group '$1' (host test cross qemu lint bench tls edge every fuzz coverage postgres html picture dist install source)" ;;
    esac
}

dry=
if [ "${1-}" = -n ]; then
    dry=1
    shift
fi
[ $# -gt 0 ] || die "usage: deps.sh [-n] GROUP..."
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    die "this is no Debian: install the equivalents of: $(for g in "$@"; do packages "$g"; done 2>/dev/null | tr '\n' ' ')"

missing=
for group in "$@"; do
    names=$(packages "$group") || exit 1
    for name in $names; do
        state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || state=none
        case " $missing " in *" $name "*) continue ;; esac
        [ "$state" = installed ] || missing="${missing:+$missing }$name"
    done
done
[ -n "$missing" ] || exit 0
if [ -n "$dry" ]; then
    echo "$missing"
    exit 0
fi

root=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "needs root or sudo to install: $missing"
    root=sudo
fi

echo "deps: installing $missing"
log=$(mktemp)
trap 'rm -f "$log"; [ -z "$own" ] || $root rm -f "$own"' EXIT

# No test needs a service: what a package would start stays off, now and at the next boot.
own=
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    own=$policy
    printf '#!/bin/sh\nexit 101\n' | $root tee "$policy" >/dev/null
    $root chmod 755 "$policy"
fi
keep_off() {
    [ ! -e "/etc/init.d/$1" ] || $root update-rc.d "$1" disable
    [ ! -e "/lib/systemd/system/$1.service" ] || $root systemctl disable "$1.service"
}

# A source that cannot be reached makes update fail although Debian's own lists are fine: the installation decides.
# shellcheck disable=SC2086
install() {
    $root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends $missing >>"$log" 2>&1 </dev/null
}
$root apt-get -qq -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 </dev/null || true
install || {
    grep -E '^(E|W|Err|dpkg):?' "$log" | tail -n 5 >&2
    die "apt-get could not install: $missing"
}
for name in $missing; do
    keep_off "$name" >>"$log" 2>&1 || true
done
