/* SPDX-License-Identifier: Apache-2.0
 *
 * What board_posix.c must be told, for main_posix.c only. It must never grow into a second board.h.
 */
#ifndef KRATOS_BOARD_POSIX_H
#define KRATOS_BOARD_POSIX_H

/* Where board_setting() looks: texts "name=value", which must stay. */
void board_posix_settings(int count, char **texts);

#endif
