/* SPDX-License-Identifier: Apache-2.0
 *
 * The few compile-time limits of the core, with their defaults. Define one on the compiler's command line
 * to change it. This file must never hold anything that can be a member of struct kratos_config instead.
 */
#ifndef KRATOS_CONFIG_H
#define KRATOS_CONFIG_H

#include <limits.h>

/* An io gives its counts of bytes as int, and arithmetic on uint16_t is done in it: 16 bits would cut both short.
 * (defined: analysers like cppcheck read no system headers.) */
#if defined(INT_MAX) && INT_MAX < 0x7FFFFFFF
#error "this library needs an int of 32 bits, and this compiler's is shorter: it is for 32-bit processors and larger"
#endif

/* Smallest work buffer that kratos_init() accepts, in bytes. A page token and one small reply must fit. */
#ifndef KRATOS_WORK_MIN
#define KRATOS_WORK_MIN 256
#endif
#if KRATOS_WORK_MIN < 128
#error "KRATOS_WORK_MIN is below 128: raise it in your compiler flags (kratos_config.h)"
#endif

/* Bytes of a reply that are no body (head, chunk lines, trailers) and may come in a row: ends an endless
 * header. */
#ifndef KRATOS_OVERHEAD_MAX
#define KRATOS_OVERHEAD_MAX 65000
#endif
#if KRATOS_OVERHEAD_MAX < 1024 || KRATOS_OVERHEAD_MAX > 65534
#error "KRATOS_OVERHEAD_MAX must lie between 1024 and 65534: mend it in your compiler flags (kratos_config.h)"
#endif

/* 1: fault.reason tells which rule of HTTP or JSON a reply broke, and fault.message the first words of a refusal that is no
 * JSON, or the line of a head that cannot be read. 0: it does not, and core is some 500 bytes smaller. */
#ifndef KRATOS_CLUES
#define KRATOS_CLUES 1
#endif

#endif
