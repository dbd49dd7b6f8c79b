/* SPDX-License-Identifier: Apache-2.0
 *
 * See text.h. Each function is the plain loop, and must stay that.
 */
#include "text.h"

size_t kratos_text_size(const char *s)
{
    const char *p = s;
    while (*p != '\0') {
        p++;
    }
    return (size_t)(p - s);
}

bool kratos_text_starts(const char *s, const char *with)
{
    while (*with != '\0' && *s == *with) {
        s++;
        with++;
    }
    return *with == '\0';
}

bool kratos_text_is(const char *a, const char *b)
{
    return kratos_text_starts(a, b) && kratos_text_size(a) == kratos_text_size(b);
}

bool kratos_text_has(const char *set, char c)
{
    while (*set != '\0' && *set != c) {
        set++;
    }
    return *set != '\0';
}

bool kratos_text_number(const char *json, size_t n)
{
    size_t i = 0;
    if (json == NULL) {
        return false;
    }
    while ((n == 0 || i < n) && kratos_text_has(" \t\n\r", json[i])) {
        i++;
    }
    return (n == 0 || i < n) && kratos_text_has("-0123456789", json[i]);
}
