/* SPDX-License-Identifier: Apache-2.0
 *
 * The texts of samples.h, put together from literals.
 */
#include "samples.h"

#include <stdio.h>
#include <string.h>

#define RECORDED_ID "00000000-7e53-48e1-a81f-5aef139a142a"
#define MINIMAL_ID "00000000-b277-4184-a5ec-a4040772d2ef"

static const char before_metadata[] =
    "{\"id\":\"" RECORDED_ID
    "\",\"external_id\":\"asset/42\",\"credentials\":{\"code\":{\"type\":\"code\",\"identifiers\":"
    "[\"owner@example.org\"],\"version\":1,\"created_at\":\"0001-01-01T00:00:00Z\",\"updated_at\":\"0001-01-01T00:00:"
    "00Z\"},"
    "\"password\":{\"type\":\"password\",\"identifiers\":[\"sn-0004\"],\"version\":0,\"created_at\":\"0001-01-01T00:00:"
    "00Z\","
    "\"updated_at\":\"0001-01-01T00:00:00Z\"}},\"schema_id\":\"device\","
    "\"schema_url\":\"http://127.0.0.1:5157/schemas/ZGV2aWNl\",\"state\":\"inactive\","
    "\"state_changed_at\":\"2026-11-23T23:59:38.83331694Z\",\"traits\":{\"serial\":\"SN-0004\","
    "\"email\":\"owner@example.org\",\"note\":\"a\\u003cb\\u003e \\u0026 \\\"q\\\" \\\\ "
    "\\u00e9\"},\"verifiable_addresses\":"
    "[{\"id\":\"e79e0b21-c9de-4a95-b862-db239c409f80\",\"value\":\"owner@example.org\",\"verified\":true,\"via\":"
    "\"email\","
    "\"status\":\"completed\",\"verified_at\":\"2026-11-23T23:59:38.834319847Z\","
    "\"created_at\":\"2026-11-23T23:59:38.834361Z\",\"updated_at\":\"2026-11-23T23:59:38.834361Z\"}],\"recovery_"
    "addresses\":"
    "[{\"id\":\"45cbd4df-edda-4d72-acd5-14eabf34d499\",\"value\":\"owner@example.org\",\"via\":\"email\","
    "\"created_at\":\"2026-11-23T23:59:38.834478Z\",\"updated_at\":\"2026-11-23T23:59:38.834478Z\"}],\"metadata_"
    "public\":";

static const char after_metadata[] =
    ",\"metadata_admin\":{\"rma\":null},\"created_at\":\"2026-11-23T23:59:38.833993Z\","
    "\"updated_at\":\"2026-11-23T23:59:38.833993Z\",\"organization_id\":null}";

static const char minimal[] =
    "{\"id\":\"" MINIMAL_ID "\",\"schema_id\":\"device\",\"schema_url\":\"http://127.0.0.1:5157/schemas/ZGV2aWNl\","
    "\"state\":\"active\",\"state_changed_at\":\"2026-11-23T23:59:38.922192215Z\",\"traits\":{\"serial\":\"SN-"
    "0000006\"},"
    "\"metadata_public\":null,\"metadata_admin\":null,\"created_at\":\"2026-11-23T23:59:38.923148Z\","
    "\"updated_at\":\"2026-11-23T23:59:38.923148Z\",\"organization_id\":null}";

#define TRAITS "{\"serial\":\"SN-0004\",\"email\":\"owner@example.org\",\"note\":\"a<b> & \\\"q\\\" \\\\ \\u00e9\"}"
#define METADATA "{\"site\":\"north\",\"tags\":[\"x\",\"y\"]}"

const struct kratos_identity_body sample_body = {
    .schema_id = "device",
    .state = "inactive",
    .external_id = "asset/42",
    .traits = {.text = TRAITS},
    .metadata_public = {.text = METADATA},
};
const char sample_body_text[] = "{\"schema_id\":\"device\",\"traits\":" TRAITS ",\"metadata_public\":" METADATA
                                ",\"state\":\"inactive\",\"external_id\":\"asset/42\"}";

/* ---- Identities ------------------------------------------------------------------------------ */

/* Texts and a few structures, as an operator keeps them there. */
static void enlarged_metadata(char *dst, size_t n)
{
    static const char from[] = "{\"site\":\"north\",\"tags\":[\"x\",\"y\"],\"rack\":7,\"remark\":\"";
    static const char words[] = "mounted behind the second pump, ask the shift leader for the key ";
    size_t at = sizeof from - 1, i;
    memcpy(dst, from, at);
    for (i = 0; at < n - 2; at++, i++) {
        dst[at] = words[i % (sizeof words - 1)];
    }
    memcpy(dst + at, "\"}", 3);
}

static void number_metadata(char *dst)
{
    size_t at = (size_t)sprintf(dst, "{\"samples\":[");
    unsigned i;
    for (i = 0; i < 100; i++) {
        at += (size_t)sprintf(dst + at, "%s%u", i != 0 ? "," : "", 10 + i * 37 % 90);
    }
    memcpy(dst + at, "]}", 3);
}

static size_t with_metadata(const char *metadata, char *dst)
{
    return (size_t)sprintf(dst, "%s%s%s", before_metadata, metadata, after_metadata);
}

static size_t reply_head(const char *status, size_t body_size, char *dst)
{
    return (size_t)sprintf(dst,
                           "HTTP/1.1 %s\r\nContent-Type: application/json; charset=utf-8\r\n"
                           "Location: http://127.0.0.1:5156/identities/" RECORDED_ID "\r\n"
                           "Date: Mon, 23 Nov 2026 23:59:38 GMT\r\nContent-Length: %u\r\n\r\n",
                           status, (unsigned)body_size);
}

size_t sample_identity(enum sample sample, uint32_t number, char *dst)
{
    char metadata[512], head[512];
    size_t n;
    switch (sample) {
    case SAMPLE_MINIMAL:
        memcpy(dst, minimal, sizeof minimal);
        n = sizeof minimal - 1;
        break;
    case SAMPLE_NUMBERS:
        number_metadata(metadata);
        n = with_metadata(metadata, dst);
        break;
    case SAMPLE_ENLARGED:
        n = SAMPLE_REPLY_SIZE - 1 - reply_head("201 Created", 1000, head);
        enlarged_metadata(metadata, n - with_metadata("", dst));
        n = with_metadata(metadata, dst);
        break;
    default:
        n = with_metadata(METADATA, dst);
        break;
    }
    sample_renumber(dst, number);
    return n;
}

void sample_renumber(char *text, uint32_t number)
{
    static const char digits[] = "0123456789abcdef";
    char *p = text + sizeof "{\"id\":\"" - 1;
    int shift;
    for (shift = 28; shift >= 0; shift -= 4) {
        *p++ = digits[number >> shift & 15];
    }
}

void sample_id(enum sample sample, uint32_t number, char *dst)
{
    sprintf(dst, "%08x%s", (unsigned)number, (sample == SAMPLE_MINIMAL ? MINIMAL_ID : RECORDED_ID) + 8);
}

size_t sample_reply(const char *status, enum sample sample, char *dst)
{
    char body[SAMPLE_SIZE];
    size_t body_size = sample_identity(sample, 0, body) + 1; /* Go ends a body with LF */
    size_t head_size = reply_head(status, body_size, dst);
    memcpy(dst + head_size, body, body_size - 1);
    memcpy(dst + head_size + body_size - 1, "\n", 2);
    return head_size + body_size;
}
