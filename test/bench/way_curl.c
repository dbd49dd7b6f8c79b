/* SPDX-License-Identifier: Apache-2.0
 *
 * What a host program does without this library: one libcurl easy handle for all requests, the reply parsed with
 * cJSON, its texts read where they are, and the free-form members printed as JSON text again.
 */
#include "ways.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "samples.h"

static CURL *handle;
static struct curl_slist *headers;
static char reply[SAMPLE_SIZE], expected[KRATOS_ID_SIZE];
static size_t reply_size;

static size_t keep(char *p, size_t size, size_t n, void *arg)
{
    (void)arg;
    if (n >= sizeof reply - reply_size) {
        return 0;
    }
    memcpy(reply + reply_size, p, size * n);
    reply_size += size * n;
    return size * n;
}

static void curl_open(uint16_t port)
{
    char url[64];
    sample_id(SAMPLE_ENLARGED, 0, expected);
    sprintf(url, "http://127.0.0.1:%u/admin/identities", (unsigned)port);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    handle = curl_easy_init();
    headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), "Accept: application/json");
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, (const char *)sample_body_text);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
}

static const char *text(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool has_printable(const cJSON *object, const char *name)
{
    char *printed = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(object, name));
    bool found = printed != NULL;
    cJSON_free(printed);
    return found;
}

static bool curl_exchange(void)
{
    cJSON *who;
    const char *id;
    long status = 0;
    bool good;
    reply_size = 0;
    if (curl_easy_perform(handle) != CURLE_OK ||
        curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK || status != 201) {
        return false;
    }
    who = cJSON_ParseWithLength(reply, reply_size);
    id = text(who, "id");
    good = id != NULL && strcmp(id, expected) == 0 && text(who, "schema_id") != NULL && text(who, "state") != NULL &&
           text(who, "external_id") != NULL && has_printable(who, "traits") && has_printable(who, "metadata_public");
    cJSON_Delete(who);
    return good;
}

static void curl_close(void)
{
    curl_slist_free_all(headers);
    curl_easy_cleanup(handle);
    curl_global_cleanup();
}

const struct way way_curl = {"libcurl", curl_open, curl_exchange, curl_close};
