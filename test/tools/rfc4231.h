/* SPDX-License-Identifier: Apache-2.0
 *
 * The values of RFC 4231 for HMAC-SHA-256, for every implementation that is tested here.
 */
#ifndef TEST_TOOLS_RFC4231_H
#define TEST_TOOLS_RFC4231_H

#include <stddef.h>

#define X4(c) c c c c
#define X20(c) X4(c) X4(c) X4(c) X4(c) X4(c)
#define X50(c) X20(c) X20(c) X4(c) X4(c) c c
#define X131(c) X50(c) X50(c) X20(c) X4(c) X4(c) c c c

static const struct {
    const char *key;
    size_t key_size;
    const char *text;
    size_t mac_size;
    const char *mac;
} vectors[] = {
    {X20("\x0b"), 20, "Hi There", 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", 4, "what do ya want for nothing?", 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {X20("\xaa"), 20, X50("\xdd"), 32, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19", 25,
     X50("\xcd"), 32, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {X20("\x0c"), 20, "Test With Truncation", 16, "a3b6167473100ee06e0c796c2955552b"},
    {X131("\xaa"), 131, "Test Using Larger Than Block-Size Key - Hash Key First", 32,
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {X131("\xaa"), 131,
     "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
     "before being used by the HMAC algorithm.",
     32, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
};

#endif
