#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the library, or removes what it installed. Called by port/install.mk, which gives the folders in the
# environment (prefix, libdir, includedir, datadir, docdir, pkgconfigdir, DESTDIR); it must never know how the library
# is built.
#
#   install.sh install LIBRARY      install.sh uninstall LIBRARY
#
# What is written into kratos.pc and the CMake package names folders below the prefix by their way from the file itself,
# so that an installation can be moved as a whole, and all others by their absolute name.
set -eu

die() {
    echo "install: $*" >&2
    exit 1
}

[ $# = 2 ] || die "usage: install.sh install|uninstall LIBRARY"
action=$1 library=$2
[ -r port/install.list ] || die "port/install.list is not here: run make install in the project's folder"
cmakedir=$libdir/cmake/kratos
for folder in "$prefix" "$libdir" "$includedir" "$datadir" "$docdir" "$pkgconfigdir"; do
    case $folder in
    /*) ;;
    *) die "'$folder' is not absolute: give PREFIX and the folders with a leading slash" ;;
    esac
done

# Of the kind $1 in the list.
listed() { sed -n "s/^$1 //p" port/install.list; }

# "FILE FOLDER" for each file; the names of the list hold no blanks, the folders may. The files that are written for
# their place come from the templates of the same name.
files() {
    listed include | while read -r file; do echo "$file $includedir/kratos"; done
    listed source | while read -r file; do echo "$file $datadir/kratos/$(dirname "$file")"; done
    listed cmake | while read -r file; do echo "$file $cmakedir"; done
    listed doc | while read -r file; do
        case $file in
        docs/*) echo "$file $docdir/docs" ;;
        *) echo "$file $docdir" ;;
        esac
    done
    echo "$library $libdir"
    echo "port/cmake/kratos-config.cmake.in $cmakedir"
    echo "port/cmake/kratos-config-version.cmake.in $cmakedir"
    echo "port/kratos.pc.in $pkgconfigdir"
}

# The folder $2 as a file in $1 names it, where $3 stands for the prefix there.
named() {
    case $2/ in
    "$prefix"/*) echo "$3${2#"$prefix"}" ;;
    *) echo "$2" ;;
    esac
}

# The way from the folder $1 to the prefix, or the prefix itself.
to_prefix() {
    case $1/ in
    "$prefix"/*) echo "$2$(echo "${1#"$prefix"}" | sed 's|/[^/][^/]*|/..|g')" ;;
    *) echo "$prefix" ;;
    esac
}

# The text as the right side of sed's s|||.
quoted() { printf '%s' "$1" | sed 's/[\\|&]/\\&/g'; }

fill() { # template
    pointer=$(echo __SIZEOF_POINTER__ | ${CC:-cc} ${defines:-} -E -P -)
    sed -e "s|@KRATOS_VERSION@|$(quoted "$version")|g" \
        -e "s|@KRATOS_POINTER_SIZE@|$pointer|g" \
        -e "s|@KRATOS_DEFINES@|$(quoted "${defines:-}")|g" \
        -e "s|@KRATOS_DEFINE_LIST@|$(quoted "$(echo "${defines:-}" | sed 's/-D//g; s/  */;/g')")|g" \
        -e "s|@KRATOS_PC_PREFIX@|$(quoted "$(to_prefix "$pkgconfigdir" "\${pcfiledir}")")|g" \
        -e "s|@KRATOS_PC_LIBDIR@|$(quoted "$(named pc "$libdir" "\${prefix}")")|g" \
        -e "s|@KRATOS_PC_INCLUDEDIR@|$(quoted "$(named pc "$includedir" "\${prefix}")")|g" \
        -e "s|@KRATOS_PC_DATADIR@|$(quoted "$(named pc "$datadir" "\${prefix}")")|g" \
        -e "s|@KRATOS_CMAKE_PREFIX@|$(quoted "$(to_prefix "$cmakedir" "\${_kratos_here}")")|g" \
        -e "s|@KRATOS_CMAKE_LIBDIR@|$(quoted "$(named cmake "$libdir" "\${_kratos_prefix}")")|g" \
        -e "s|@KRATOS_CMAKE_INCLUDEDIR@|$(quoted "$(named cmake "$includedir" "\${_kratos_prefix}")")|g" \
        -e "s|@KRATOS_CMAKE_DATADIR@|$(quoted "$(named cmake "$datadir" "\${_kratos_prefix}")")|g" \
        "$1"
}

install_file() { # file, folder
    name=$(basename "$1")
    $INSTALL -d "$DESTDIR$2"
    case $1 in
    *.in)
        filled=$(mktemp)
        fill "$1" >"$filled"
        $INSTALL -m 644 "$filled" "$DESTDIR$2/${name%.in}"
        rm -f "$filled"
        ;;
    *) $INSTALL -m 644 "$1" "$DESTDIR$2/$name" ;;
    esac
}

# Only folders of our own are removed, and only empty ones: what somebody else put there stays.
remove_file() {
    name=$(basename "$1")
    rm -f "$DESTDIR$2/${name%.in}"
    folder=$2
    while :; do
        case $folder in
        "$docdir"* | "$cmakedir" | "$includedir/kratos" | "$datadir/kratos"*)
            rmdir "$DESTDIR$folder" 2>/dev/null || break
            ;;
        *) break ;;
        esac
        folder=$(dirname "$folder")
    done
}

case $action in
install) act=install_file ;;
uninstall) act=remove_file ;;
*) die "unknown action '$action'" ;;
esac
files | while read -r file folder; do
    $act "$file" "$folder"
done
if [ "$action" = install ]; then
    echo "kratos $version is installed in $DESTDIR$prefix"
fi
