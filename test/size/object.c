/* SPDX-License-Identifier: Apache-2.0
 *
 * One struct kratos, so that its size can be read off the .bss of this file on a processor that cannot run here.
 */
#include "kratos.h"

extern struct kratos object;
struct kratos object;
