#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes a release of the commit that is checked out: the archive, its bill of materials, the sums of both. The archive
# depends on the commit alone: files in git's order, owner root, modes without the umask, times of the commit, no name
# and no time in the gzip head. The bill also names the versions of what the library is built against here.
#
#   dist.sh FOLDER THIRD_PARTY VENV      FOLDER becomes kratos-X.Y.Z.tar.gz, kratos-X.Y.Z.cdx.json, SHA256SUMS
set -eu

die() {
    echo "dist: $*" >&2
    exit 1
}

[ $# = 3 ] || die "usage: dist.sh FOLDER THIRD_PARTY VENV"
folder=$1 third_party=$2 venv=$3

top=$(git rev-parse --show-toplevel 2>/dev/null) || top=
[ "$top" = "$(pwd -P)" ] || die "a release is made from the git repository, and this folder is none"
[ -z "$(git status --porcelain --untracked-files=no)" ] || echo "dist: what is not committed is not in the archive" >&2

version=$(git show HEAD:core/kratos.h | sed -n 's/^#define KRATOS_VERSION_TEXT "\(.*\)"$/\1/p')
[ -n "$version" ] || die "core/kratos.h of the commit has no KRATOS_VERSION_TEXT"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
name=kratos-$version

mkdir -p "$folder"
rm -f "$folder/$name".* "$folder/SHA256SUMS"
git -c tar.umask=0022 -c core.autocrlf=false -c core.attributesFile=/dev/null \
    archive --format=tar --prefix="$name/" -o "$folder/$name.tar" HEAD
gzip -9 -n "$folder/$name.tar"

# The environment is complete when its list stands in it.
if ! cmp -s test/tools/sbom.txt "$venv/sbom.txt"; then
    rm -rf "$venv"
    /usr/bin/python3 -m venv "$venv"
    "$venv/bin/pip" -q --disable-pip-version-check install -r test/tools/sbom.txt ||
        die "the tools of the bill of materials could not be had from PyPI; the archive itself is made"
    cp test/tools/sbom.txt "$venv/sbom.txt"
fi
sbom() { "$venv/bin/python" test/tools/sbom.py "$@"; }
sbom write "$folder/$name.tar.gz" "$version" "$(git rev-parse HEAD)" "$SOURCE_DATE_EPOCH" "$third_party" \
    >"$folder/$name.cdx.json"
sbom check "$folder/$name.cdx.json"

cd "$folder"
sha256sum "$name.tar.gz" "$name.cdx.json" >SHA256SUMS
cat SHA256SUMS
