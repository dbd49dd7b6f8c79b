#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Gets one Debian source package and unpacks it: third-party code comes from where a distribution looks after it, and never
# enters the repository. apt checks the chain InRelease (signed) - Sources - SHA-256 of each file, with directories of its
# own below build/apt: the machine's package sources are read for the mirror's address (or DEBIAN_MIRROR=) and never changed.
#
#   debsrc.sh NAME SUITE DEST      debsrc.sh lwip trixie build/third_party/lwip
set -eu

die() {
    echo "debsrc: $*" >&2
    exit 1
}

[ $# = 3 ] || die "usage: debsrc.sh NAME SUITE DEST"
name=$1 suite=$2 dest=${3%/}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

done_with() { [ "$(cut -d ' ' -f 1,2 "$dest/.debsrc" 2>/dev/null)" = "$name $suite" ]; }
done_with && exit 0

# What is not ours is not removed: only a half-finished tree below a build folder is.
case /$dest in
*/build/*) ;;
*) [ ! -e "$dest" ] || die "$dest exists and did not come from here: remove it, or name another folder" ;;
esac
for tool in apt-get dpkg-source flock; do
    command -v "$tool" >/dev/null || die "$tool is missing: run test/tools/deps.sh source"
done
[ -r "$keyring" ] || die "$keyring is missing: run test/tools/deps.sh source"

# The Debian mirror that this machine uses, for whatever release it runs.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
        sed -n 's|^\(https*://.*/debian\)/*$|\1|p' | head -n 1
}

base=$(CDPATH= cd "$(dirname "$0")/../.." && pwd)/build/apt
mkdir -p "$base/$suite/lists/partial" "$base/$suite/cache" "$base/$suite/src" "$(dirname "$dest")"
dest=$(CDPATH= cd "$(dirname "$dest")" && pwd)/$(basename "$dest")
cd "$base/$suite"
exec 9>lock
flock 9
done_with && exit 0 # another run was faster

uri=${DEBIAN_MIRROR:-$(mirror)}
[ -n "$uri" ] || die "apt knows no Debian mirror here: name one, DEBIAN_MIRROR=http://HOST/debian"
echo "deb-src [signed-by=$keyring] $uri $suite main" >sources.list

# Read last, so that it wins over the machine's configuration; the machine's hooks are not for us.
cat >apt.conf <<END
Dir::Etc::SourceList "$PWD/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$PWD/lists";
Dir::Cache "$PWD/cache";
APT::Sandbox::User "root";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
END

log=$PWD/log
run() {
    "$@" >"$log" 2>&1 </dev/null ||
        die "$name of $suite: $1 failed: $(grep -m 1 -E '^(E|Err|dpkg-source: error):?' "$log"), see $log"
}
run apt-get -c apt.conf --error-on=any update
cd src
rm -f "${name}_"*.dsc
run apt-get -c ../apt.conf -qq --only-source --download-only source "$name"
dsc=$(ls "${name}_"*.dsc)
version=$(sed -n 's/^Version: //p' "$dsc" | head -n 1)

# Unpacked beside its place and moved there at the end: what stands at DEST is complete.
rm -rf "$dest.part" "$dest"
run dpkg-source --no-copy -x "$dsc" "$dest.part"
echo "$name $suite $version" >"$dest.part/.debsrc"
mv "$dest.part" "$dest"
echo "debsrc: $name $version from $suite in ${3%/}"
