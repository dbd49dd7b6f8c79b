# SPDX-License-Identifier: Apache-2.0
#
# make install, by the names of GNU's conventions:
#
#   make install PREFIX=/opt/kratos            prefix, libdir, includedir, datadir, docdir, ... can be set one by one
#   make install DESTDIR=/tmp/stage            a staging folder; what is written into the files does not know it
#
# What is installed stands in port/install.list. Limits of the core that were set by CFLAGS (-DKRATOS_WORK_MIN=...) are
# written into kratos.pc and the CMake package, so that who takes the library in compiles with the same.

PREFIX ?= /usr/local
prefix = $(PREFIX)
exec_prefix = $(prefix)
libdir = $(exec_prefix)/lib
includedir = $(prefix)/include
datarootdir = $(prefix)/share
datadir = $(datarootdir)
docdir = $(datarootdir)/doc/kratos
pkgconfigdir = $(libdir)/pkgconfig
INSTALL ?= install

KRATOS_VERSION_TEXT := $(shell sed -n 's/^\#define KRATOS_VERSION_TEXT "\(.*\)"$$/\1/p' core/kratos.h)
INSTALL_DEFINES = $(filter -DKRATOS_%,$(CPPFLAGS) $(CFLAGS))
INSTALL_ENV = prefix='$(prefix)' libdir='$(libdir)' includedir='$(includedir)' datadir='$(datadir)' docdir='$(docdir)' \
	pkgconfigdir='$(pkgconfigdir)' DESTDIR='$(DESTDIR)' INSTALL='$(INSTALL)' CC='$(CC)' version='$(KRATOS_VERSION_TEXT)' \
	defines='$(INSTALL_DEFINES)'

.PHONY: install uninstall

## install: the library, its headers, kratos.pc, the CMake package and the documents to PREFIX (/usr/local); uninstall
install: $(HOST_LIB)
	@$(INSTALL_ENV) sh port/install.sh install $(HOST_LIB)

uninstall:
	@$(INSTALL_ENV) sh port/install.sh uninstall $(HOST_LIB)
