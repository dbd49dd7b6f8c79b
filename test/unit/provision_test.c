/* SPDX-License-Identifier: Apache-2.0
 *
 * The provisioning layer, answer by answer: what it asks next, what it stores, what it reports. The server is a list of answers,
 * each with the request that it belongs to. What faults do in every combination is shown in test/provision.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crc.h"
#include "kratos_provision.h"
#include "peer.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define ID "11111111-2222-4333-8444-555555555555"
#define ID_2 "22222222-2222-4333-8444-555555555555"
#define OWNER "0102030405060708" /* the first random bytes */
/* The tag of a name: of the credential that the record in flash has, of the next one there, of one by the root secret. */
#define NOW ".~~~~~~~~"
#define NEXT ".^^^^^^^^"
#define MADE_AGAIN ".!!!!!!!!"
#define ME "@@@@@@@@@@@@@@@@" /* the owner that the record in flash has */
#define OTHER "ffeeddccbbaa9988"
#define KP(name) "{\"kp\":{\"" name "\":1}}"
#define WHO_OF(identifier, metadata, more)                                                                             \
    "{\"id\":\"" ID "\",\"credentials\":{\"password\":{\"identifiers\":[" identifier "]}},\"state\":\"active\","       \
    "\"metadata_admin\":" metadata more "}"
#define WHO(metadata) WHO_OF("\"sn-1\"", metadata, "")
#define ERROR(code) "{\"error\":{\"code\":" #code ",\"message\":\"m\"}}"
#define POST "POST /admin/identities "
#define LIST "GET /admin/identities?credentials_identifier=sn-1 "
#define BY_ID "GET /admin/identities/" ID " "
#define EXTERNAL "GET /admin/identities/by/external/ext-1 "
#define PATCH "PATCH /admin/identities/" ID " "
#define MADE "201 Created\r\n"
#define FINE "200 OK\r\nLink: </a>; rel=\"first\"\r\n"
#define MISSING "404 Not Found\r\n"
#define CONFLICT "409 Conflict\r\n"

static struct peer peer;
static char work[2048];
static struct kratos_provision p;
static struct kratos_provision_config config;
static uint32_t wait_ms;

/* ---- The server ------------------------------------------------------------------------------------- */

static struct {
    const char *request, *head, *body; /* head NULL: raw is sent; body NULL: the connection closes */
} answers[16];
static size_t answer_count, answered;

static void answer(const char *request, const char *head, const char *body)
{
    answers[answer_count].request = request;
    answers[answer_count].head = head;
    answers[answer_count++].body = body;
}

static const char *tagged(const char *body);

static void serve(struct peer *at, const char *request, size_t n)
{
    (void)n;
    if (answered == answer_count ||
        strncmp(request, answers[answered].request, strlen(answers[answered].request)) != 0) {
        fail_msg("not expected: %.60s", request);
    }
    if (answers[answered].body == NULL) {
        at->cut = true;
        at->cut_at = at->given;
    } else if (answers[answered].head == NULL) {
        peer_raw(at, answers[answered].body, strlen(answers[answered].body));
    } else {
        peer_reply(at, answers[answered].head, tagged(answers[answered].body));
    }
    answered++;
}

/* ---- The device --------------------------------------------------------------------------------------- */

static struct {
    struct kratos_record record;
    int load_rc, save_rc;
    unsigned loads, saves;
} flash;

static int load(void *ctx, void *to, size_t size)
{
    (void)ctx;
    flash.loads++;
    assert_int_equal(size, KRATOS_RECORD_SIZE);
    memcpy(to, &flash.record, size);
    return flash.load_rc;
}

static int save(void *ctx, const void *from, size_t size)
{
    (void)ctx;
    flash.saves++;
    assert_int_equal(size, KRATOS_RECORD_SIZE);
    if (flash.save_rc == KRATOS_OK) {
        memcpy(&flash.record, from, size);
        flash.load_rc = KRATOS_OK;
    }
    return flash.save_rc;
}

static const struct kratos_store store = {NULL, load, save};

static struct {
    unsigned calls, fails_at; /* the call that fails, from 1 on; 0: none */
    unsigned char next;
} chance;

static bool fails(void)
{
    return ++chance.calls == chance.fails_at;
}

static int random_bytes(void *ctx, void *to, size_t n)
{
    unsigned char *bytes = to;
    (void)ctx;
    while (n-- != 0) {
        *bytes++ = ++chance.next;
    }
    return fails() ? KRATOS_ERR_IO : KRATOS_OK;
}

/* Not HMAC, but as much a function of its input. */
static void mac_of(const void *key, size_t key_size, const void *data, size_t n, unsigned char mac[32])
{
    uint32_t crc = kratos_crc32(kratos_crc32(0, key, key_size), data, n);
    size_t i;
    for (i = 0; i < 32; i++) {
        mac[i] = (unsigned char)(crc >> i % 4 * 8);
    }
}

static int hmac(void *ctx, const void *key, size_t key_size, const void *data, size_t n, unsigned char mac[32])
{
    (void)ctx;
    mac_of(key, key_size, data, n, mac);
    return fails() ? KRATOS_ERR_TLS : KRATOS_OK;
}

static struct kratos_crypto crypto;

/* ---- Tags ------------------------------------------------------------------------------------------------- */

static void put_hex(char *text, const unsigned char *bytes, size_t n)
{
    while (n-- != 0) {
        text += sprintf(text, "%02x", *bytes++);
    }
}

/* Salt: owner, generation, the number of the block. */
static void put_tag(char *at, uint32_t generation, const unsigned char *credential)
{
    unsigned char salt[16] = {0}, mac[32];
    char text[33], tag[9];
    int i;
    memcpy(salt, flash.record.owner, 8);
    for (i = 0; i < 4; i++) {
        salt[8 + i] = (unsigned char)(generation >> (24 - 8 * i));
    }
    salt[15] = 1;
    put_hex(text, credential, 16);
    mac_of(text, 32, salt, sizeof salt, mac);
    put_hex(tag, mac, 4);
    memcpy(at, tag, 8);
}

static void put_root_tag(char *at, uint32_t generation)
{
    unsigned char text[13] = {'c', 0, 0, 0, 0, 0, 0, 0, 0, 's', 'n', '-', '1'}, credential[32];
    int i;
    for (i = 0; i < 4; i++) {
        text[1 + i] = (unsigned char)(generation >> (24 - 8 * i));
    }
    mac_of(NULL, 0, text, sizeof text, credential);
    put_tag(at, generation, credential);
}

/* An answer, with the tags of what the device has stored when it is given. */
static const char *tagged(const char *body)
{
    static char text[4096];
    char *at = text, *mark;
    assert_true(strlen(body) < sizeof text);
    memmove(text, body, strlen(body) + 1);
    while ((mark = strchr(text, '@')) != NULL) {
        char owner[17];
        put_hex(owner, flash.record.owner, 8);
        memcpy(mark, owner, 16);
    }
    while ((mark = strpbrk(at, "~^!")) != NULL) {
        uint32_t generation;
        for (at = mark - 1; at[-1] != 'h' && (at[-2] != '.' || at[-1] != 'g'); at--) {
        }
        generation = (uint32_t)strtoul(at, NULL, 16);
        if (*mark == '!') {
            put_root_tag(mark, generation);
        } else {
            put_tag(mark, generation, *mark == '~' ? flash.record.credential : flash.record.next);
        }
        at = mark + 8;
    }
    return text;
}

/* What was sent is this, tags put in. */
static void sent(const char *part)
{
    if (strstr(peer.last, tagged(part)) == NULL) {
        fail_msg("not sent: %s\nbut: %s", tagged(part), peer.last);
    }
}

static void power_on(void)
{
    peer.open = false;
    assert_int_equal(kratos_init(&peer.k, &peer.config, &peer.io), KRATOS_OK);
    memset(&p, 0x5A, sizeof p);
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_OK);
}

static void start(void)
{
    peer_begin(&peer, work, sizeof work);
    peer.serve = serve;
    answer_count = answered = 0;
    memset(&flash, 0, sizeof flash);
    flash.load_rc = KRATOS_END;
    memset(&chance, 0, sizeof chance);
    crypto.random = random_bytes;
    crypto.hmac = hmac;
    crypto.root = false;
    memset(&config, 0, sizeof config);
    config.serial = "sn-1";
    config.traits.text = "{\"serial\":\"sn-1\"}";
    config.store = &store;
    config.crypto = &crypto;
    power_on();
}

/* Steps until there is a result, waiting as long as it is told. */
static int steps(void)
{
    unsigned n;
    int rc = KRATOS_AGAIN;
    for (n = 0; n < 60 && rc == KRATOS_AGAIN; n++) {
        rc = kratos_provision_step(&p, &wait_ms);
        peer.now += rc == KRATOS_AGAIN ? wait_ms : 0;
    }
    return rc;
}

static void stops(enum kratos_provision_state state)
{
    int rc = steps();
    if (rc != (state == KRATOS_PROVISION_DONE ? KRATOS_OK : KRATOS_ERR_STOPPED) ||
        kratos_provision_state(&p) != state) {
        fail_msg("%d, %s, instead of %s", rc, kratos_provision_text(kratos_provision_state(&p)),
                 kratos_provision_text(state));
    }
    assert_int_equal(answered, answer_count);
    assert_int_equal(wait_ms, 0);
    if (state < KRATOS_PROVISION_FOREIGN) { /* and so it is stored */
        assert_int_equal(flash.record.state, state);
        power_on();
        assert_int_equal(steps(), rc);
        assert_int_equal(kratos_provision_state(&p), state);
    }
}

static void provision(void)
{
    start();
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
}

static void taken(void);

static void command(enum kratos_provision_command what)
{
    assert_int_equal(kratos_provision_command(&p, what), KRATOS_OK);
}

/* ---- Create ------------------------------------------------------------------------------------------- */

static void test_new(void **state)
{
    char credential[KRATOS_CREDENTIAL_SIZE];
    (void)state;
    provision();
    assert_int_equal(peer.requests, 1);
    assert_int_equal(flash.saves, 2);
    assert_string_equal(kratos_provision_id(&p), ID);
    assert_int_equal(kratos_provision_last(&p), KRATOS_OK);
    assert_false(kratos_provision_inactive(&p));
    sent("\"metadata_admin\":{\"kp\":{\"" OWNER ".g00000000" NOW "\":1}}");
    assert_non_null(strstr(
        peer.last, "{\"password\":{\"config\":{\"hashed_password\":\"$pbkdf2-sha256$i=1,l=32$AQIDBAUGBwgAAAAA$"));
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_OK);
    assert_string_equal(credential, "090a0b0c0d0e0f101112131415161718");
    assert_null(strstr(peer.last, credential));
    assert_int_equal(kratos_provision_credential(&p, 1, credential), KRATOS_ERR_ARG);
}

/* Where there is no credential, none is made up. */
static void test_without_credential(void **state)
{
    char credential[KRATOS_CREDENTIAL_SIZE] = "untouched";
    (void)state;
    start();
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_ERR_ARG);
    assert_int_equal(kratos_provision_credential(&p, 1, credential), KRATOS_ERR_ARG);
    provision();
    config.realm = "x";
    power_on();
    stops(KRATOS_PROVISION_FOREIGN);
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_ERR_ARG);
    assert_string_equal(credential, "untouched");
    provision();
    crypto.hmac = NULL;
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_ERR_ARG);
    taken(); /* its own, which a person may want to compare */
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_OK);
}

/* What a create is answered, and what comes of it. */
static void test_answers_to_a_create(void **state)
{
    (void)state;
    start(); /* the schema makes no identifier */
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ""));
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start(); /* it makes another one */
    answer(POST, MADE, WHO_OF("\"other\"", KP(OWNER ".g00000000" NOW), ""));
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start(); /* the external_id is what is unique */
    config.external_id = "ext-1";
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ",\"external_id\":\"ext-1\""));
    stops(KRATOS_PROVISION_DONE);
    start();
    config.external_id = "ext-1";
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ",\"external_id\":\"ext-2\""));
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start();
    config.external_id = "ext-1";
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ""));
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start(); /* no credentials at all in the reply */
    answer(POST, MADE, "{\"id\":\"" ID "\",\"metadata_admin\":" KP(OWNER ".g00000000" NOW) "}");
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start();
    answer(POST, MADE,
           "{\"id\":\"" ID "\",\"credentials\":{\"password\":{}},\"metadata_admin\":" KP(OWNER ".g00000000" NOW) "}");
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    start(); /* it is another one's answer, whoever that is: looked up */
    answer(POST, MADE, "{\"id\":\"1\"}");
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    start(); /* another trait is the identifier: the external_id is enough */
    config.external_id = "ext-1";
    answer(POST, MADE, WHO_OF("\"mail\"", KP(OWNER ".g00000000" NOW), ",\"external_id\":\"ext-1\""));
    stops(KRATOS_PROVISION_DONE);
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, FINE, WHO_OF("\"mail\"", KP(OWNER ".g00000000" NOW), ",\"external_id\":\"ext-1\""));
    stops(KRATOS_PROVISION_DONE);
    start(); /* the reply is lost: it is ours */
    answer(POST, NULL, NULL);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    start(); /* it is not there: once more */
    answer(POST, NULL, NULL);
    answer(LIST, FINE, "[]");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* a 5xx says nothing */
    answer(POST, "503 Busy\r\nRetry-After: 9\r\n", "");
    answer(LIST, FINE, "[]");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* not done: no look-up */
    answer(POST, "429 Slow\r\nRetry-After: 9\r\n", ERROR(429));
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
}

static void test_conflicts(void **state)
{
    (void)state;
    start(); /* of another owner */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000000.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    start(); /* of another tool */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO("null") "]");
    stops(KRATOS_PROVISION_TAKEN);
    start(); /* ours, and somebody rotated it: a copy of this device */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000001.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    start(); /* ours, and retired */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO(KP(OWNER ".retired")) "]");
    stops(KRATOS_PROVISION_RETIRED);
    start(); /* nothing to be found, twice */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[]");
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_CONFLICT);
    command(KRATOS_PROVISION_RESTART); /* which counts anew */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[]");
    answer(POST, MADE, WHO(KP(ME ".g00000001" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* a stranger's 409 decides nothing */
    answer(POST, CONFLICT, "{\"message\":\"conflict\"}");
    answer(LIST, FINE, "[]");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
}

static void test_external_id(void **state)
{
    static const char unknown[] = "{\"error\":{\"code\":500,\"message\":\"json: unknown field \\\"external_id\\\"\"}}";
    (void)state;
    start(); /* the release does not know it */
    config.external_id = "ext-1";
    answer(POST, "400 Bad Request\r\n", unknown);
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    assert_null(strstr(peer.last, "external_id"));
    start(); /* it was not sent: an ordinary refusal */
    answer(POST, "400 Bad Request\r\n", unknown);
    assert_int_equal(steps(), KRATOS_ERR_REFUSED);
    start(); /* another refusal, in whose words it is named */
    config.external_id = "ext-1";
    answer(POST, "400 Bad Request\r\n", "{\"error\":{\"code\":400,\"message\":\"external_id is too short\"}}");
    assert_int_equal(steps(), KRATOS_ERR_REFUSED);
    start(); /* a stranger that names it decides nothing */
    config.external_id = "ext-1";
    answer(POST, "400 Bad Request\r\n", "{\"message\":\"external_id\"}");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    sent("\"external_id\":\"ext-1\"");
    start(); /* what is not known is not looked up by either */
    config.external_id = "ext-1";
    answer(POST, "400 Bad Request\r\n", unknown);
    answer(POST, NULL, NULL);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    start(); /* looked up first; a create finds out about the serial */
    config.external_id = "ext-1";
    answer(POST, NULL, NULL);
    answer(EXTERNAL, MISSING, ERROR(404));
    answer(POST, CONFLICT, ERROR(409));
    answer(EXTERNAL, MISSING, ERROR(404));
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000003.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    start(); /* a release before 25.4, whose router answers: the list decides */
    config.external_id = "ext-1";
    answer(POST, NULL, NULL);
    answer(EXTERNAL, NULL,
           "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\n404 page not found");
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    start(); /* it belongs to another serial */
    config.external_id = "ext-1";
    answer(POST, CONFLICT, ERROR(409));
    answer(EXTERNAL, FINE, WHO_OF("\"sn-2\"", KP(OTHER ".g00000000.01234567"), ",\"external_id\":\"ext-1\""));
    answer(LIST, FINE, "[]");
    answer(POST, CONFLICT, ERROR(409));
    answer(EXTERNAL, FINE, WHO_OF("\"sn-2\"", KP(OTHER ".g00000000.01234567"), ",\"external_id\":\"ext-1\""));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_CONFLICT);
    start(); /* found at once */
    config.external_id = "ext-1";
    answer(POST, CONFLICT, ERROR(409));
    answer(EXTERNAL, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* and without an answer asked again */
    config.external_id = "ext-1";
    answer(POST, CONFLICT, ERROR(409));
    answer(EXTERNAL, NULL, NULL);
    answer(EXTERNAL, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
}

/* What only a person mends is reported, and tried again all the same. */
static void test_hopeless(void **state)
{
    static const struct {
        const char *head, *body;
        int rc;
    } rows[] = {
        {"400 Bad Request\r\n", ERROR(400), KRATOS_ERR_REFUSED},
        {"401 Unauthorized\r\n", ERROR(401), KRATOS_ERR_DENIED},
        {"403 Forbidden\r\n", ERROR(403), KRATOS_ERR_DENIED},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        start();
        answer(POST, rows[i].head, rows[i].body);
        assert_int_equal(steps(), rows[i].rc);
        assert_int_equal(kratos_provision_last(&p), rows[i].rc);
        assert_true(wait_ms <= 1000);
        peer.now += wait_ms;
        answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
        stops(KRATOS_PROVISION_DONE);
        assert_int_equal(kratos_provision_last(&p), KRATOS_OK);
    }
    start(); /* a redirect without a word of Kratos may go away */
    answer(POST, "307 Elsewhere\r\nLocation: http://x/\r\n", "");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* the body does not fit the work buffer: also what is not foreign */
    peer.config.work_size = 256;
    config.traits.text = "{\"serial\":\"sn-1\"";
    power_on();
    assert_int_equal(steps(), KRATOS_ERR_ARG);
}

static void test_reply_too_large(void **state)
{
    static char body[3000];
    (void)state;
    sprintf(body, "{\"id\":\"" ID "\",\"traits\":{\"x\":\"%01500d\"}}", 0);
    start();
    peer.config.work_size = 1024;
    power_on();
    answer(POST, MADE, body); /* DONE, but not read: looked up */
    assert_int_equal(steps(), KRATOS_ERR_SPACE);
    peer.now += wait_ms;
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
}

/* ---- Look-ups ------------------------------------------------------------------------------------------- */

/* The record of a device that may have sent its create. */
static void intent(void)
{
    start();
    while (flash.saves == 0) {
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    }
    power_on();
}

static void found(const char *list, enum kratos_provision_state state)
{
    intent();
    answer(LIST, FINE, list);
    stops(state);
}

static void test_what_is_found(void **state)
{
    (void)state;
    found("[" WHO(KP(OWNER ".g00000000" NOW)) "]", KRATOS_PROVISION_DONE);
    found("[" WHO(KP(OTHER ".g00000000.01234567")) "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OTHER ".g00000004.01234567\":1,\"" OWNER ".g00000000" NOW "\":1}}") "]",
          KRATOS_PROVISION_DONE); /* ours counts */
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000" NOW "\":1,\"" OTHER ".g00000004.01234567\":1}}") "]",
          KRATOS_PROVISION_DONE);
    found("[" WHO_OF("\"code\"", KP(OTHER ".g00000000.01234567"), "") "," WHO(KP(OWNER ".g00000000" NOW)) "]",
          KRATOS_PROVISION_DONE);
    found("[" WHO_OF("\"other\",\"sn-1\",\"third\"", KP(OWNER ".g00000000" NOW), "") "]", KRATOS_PROVISION_DONE);
    found("[" WHO_OF("\"SN-1\"", KP(OTHER ".g00000000.01234567"), "") "," WHO(KP(OWNER ".g00000000" NOW)) "]",
          KRATOS_PROVISION_DONE);
    /* names that are none */
    found("[" WHO("{\"kp\":{\"" OWNER "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".h0" NOW "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g0\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g0" NOW "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g0000000g" NOW "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000-01234567\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000" NOW "0\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000.0123456\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000.0123456g\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g/" NOW "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"010203040506070x.g00000000.01234567\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"x102030405060708.g00000000.01234567\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"01\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":{\"" OWNER ".g00000000000000000" NOW "\":1}}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("{\"kp\":7}") "]", KRATOS_PROVISION_TAKEN);
    found("[" WHO("7") "]", KRATOS_PROVISION_TAKEN);
}

static void test_inactive(void **state)
{
    (void)state;
    intent();
    answer(
        LIST, FINE,
        "[{\"id\":\"" ID
        "\",\"credentials\":{\"password\":{\"identifiers\":[\"sn-1\"]}},\"state\":\"inactive\",\"metadata_admin\":" KP(
            OWNER ".g00000000" NOW) "}]");
    assert_int_equal(steps(), KRATOS_OK);
    assert_true(kratos_provision_inactive(&p));
    intent(); /* a state that is missing is not inactive */
    answer(LIST, FINE,
           "[{\"id\":\"" ID "\",\"credentials\":{\"password\":{\"identifiers\":[\"sn-1\"]}},\"metadata_admin\":" KP(
               OWNER ".g00000000" NOW) "}]");
    assert_int_equal(steps(), KRATOS_OK);
    assert_false(kratos_provision_inactive(&p));
}

/* An identity of the list that cannot be read might be ours: nothing is concluded from its absence. */
static void test_odd_identity(void **state)
{
    (void)state;
    intent();
    answer(LIST, FINE, "[{\"id\":\"" ID "\",\"traits\":\"\xff\"}]");
    answer(LIST, FINE, "[{\"id\":\"" ID "\",\"traits\":\"\xff\"}," WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    intent(); /* and a list that fails is asked again */
    answer(LIST, "502 Bad\r\n", "");
    answer(LIST, MISSING, "");
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
}

/* ---- Verify, rotate, retire ------------------------------------------------------------------------------ */

static void verified(const char *head, const char *body, enum kratos_provision_state state)
{
    provision();
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, head, body);
    stops(state);
}

static void test_verify(void **state)
{
    (void)state;
    verified(FINE, WHO(KP(OWNER ".g00000000" NOW)), KRATOS_PROVISION_DONE);
    assert_int_equal(flash.saves, 2); /* what is as it was wears no flash */
    verified(FINE, WHO("{\"kp\":{\"010203040506070A.g00000000.01234567\":1}}"), KRATOS_PROVISION_TAKEN); /* capitals */
    verified(FINE, WHO(KP(OWNER ".g00000000.01234567")), KRATOS_PROVISION_TAKEN); /* a copy of this device rotated */
    verified(FINE, WHO(KP(OWNER ".g00000001.01234567")), KRATOS_PROVISION_TAKEN);
    verified(FINE, WHO(KP(OWNER ".g00000001" NEXT)), KRATOS_PROVISION_TAKEN); /* there is no next one: zeros are none */
    verified(FINE, WHO(KP(OTHER ".g00000000.01234567")), KRATOS_PROVISION_TAKEN);
    verified(FINE, WHO(KP(OWNER ".retired")), KRATOS_PROVISION_RETIRED);
    verified(FINE, WHO(KP(OTHER ".retired")), KRATOS_PROVISION_TAKEN);
    provision(); /* deleted */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, MISSING, ERROR(404));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_GONE);
    chance.next = 0;
    command(KRATOS_PROVISION_RESTART);
    answer(POST, MADE, WHO(KP(OWNER ".g00000001" NOW))); /* never a generation that was there before */
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.record.generation, 1);
    provision(); /* made again from a backup, under another id: that one is stored */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, MISSING, ERROR(404));
    answer(LIST, FINE,
           "[{\"id\":\"" ID_2 "\",\"credentials\":{\"password\":{\"identifiers\":[\"sn-1\"]}},\"metadata_admin\":" KP(
               OWNER ".g00000000" NOW) "}]");
    stops(KRATOS_PROVISION_DONE);
    assert_string_equal(kratos_provision_id(&p), ID_2);
    provision(); /* its serial was changed by somebody */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, FINE, WHO_OF("\"sn-2\"", KP(OWNER ".g00000000" NOW), ""));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_GONE);
    provision(); /* a stranger's 404 decides nothing */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, MISSING, "");
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* nor does a server that is ill */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, "503 Busy\r\n", "");
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* with external_id all three are asked before it is gone */
    config.external_id = "ext-1";
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, MISSING, ERROR(404));
    answer(EXTERNAL, MISSING, ERROR(404));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_GONE);
}

static void rotated(void)
{
    provision();
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
}

static void check(void);

static void test_rotate(void **state)
{
    static const unsigned char no_secret[16] = {0};
    char old[KRATOS_CREDENTIAL_SIZE], next[KRATOS_CREDENTIAL_SIZE], now[KRATOS_CREDENTIAL_SIZE];
    char tagged_name[40], before[120];
    (void)state;
    provision();
    strcpy(tagged_name, tagged(OWNER ".g00000000" NOW));
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.record.generation, 1);
    sprintf(before, "[{\"op\":\"remove\",\"path\":\"/metadata_admin/kp/%s\"},", tagged_name);
    assert_non_null(strstr(peer.last, before));
    sent("{\"op\":\"add\",\"path\":\"/metadata_admin/kp/" OWNER ".g00000001" NOW "\",\"value\":1},"
         "{\"op\":\"replace\",\"path\":\"/credentials/password/config/hashed_password\","
         "\"value\":\"$pbkdf2-sha256$i=1,l=32$AQIDBAUGBwgAAAAB$");
    assert_memory_equal(flash.record.next, no_secret, sizeof flash.record.next);
    /* the reply is lost: both are known until it is known which one counts */
    provision();
    kratos_provision_credential(&p, 0, old);
    command(KRATOS_PROVISION_ROTATE);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN); /* stored */
    assert_int_equal(kratos_provision_credential(&p, 1, next), KRATOS_OK);
    assert_string_not_equal(old, next);
    answer(PATCH, NULL, NULL);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, now);
    assert_string_equal(now, next);
    provision(); /* it did not arrive */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, NULL, NULL);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* refused: reported, looked up, tried again */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, "400 Bad Request\r\n", ERROR(400));
    assert_int_equal(steps(), KRATOS_ERR_REFUSED);
    peer.now += wait_ms;
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* not sent: no look-up */
    command(KRATOS_PROVISION_ROTATE);
    peer.open_rc = KRATOS_ERR_IO;
    kratos_close(&peer.k);
    while (kratos_provision_last(&p) != KRATOS_ERR_IO) {
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    }
    peer.open_rc = 0;
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* power fails behind the request */
    command(KRATOS_PROVISION_ROTATE);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    power_on();
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    rotated(); /* the server's database is an older one: from what it has to a generation that was never there */
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000.01234567")));
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000002" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    assert_non_null(strstr(peer.last, "\"remove\",\"path\":\"/metadata_admin/kp/" OWNER ".g00000000.01234567\""));
    sent("\"add\",\"path\":\"/metadata_admin/kp/" OWNER ".g00000002" NOW "\"");
    rotated(); /* the same, while rotating */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, NULL, NULL);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000.01234567")));
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000002" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* a stranger says 200 */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, "{\"id\":\"1\"}");
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* an interrupted verify of long ago makes no rotation wait */
    flash.record.flags |= 7;
    check();
    power_on();
    assert_int_equal(steps(), KRATOS_OK);
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, "503 Busy\r\n", "");
    while (kratos_provision_last(&p) == KRATOS_OK) {
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    }
    assert_int_equal(p.record.flags & 7, 1);
    provision(); /* a copy of this device was faster */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, NULL, NULL);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001.01234567")));
    stops(KRATOS_PROVISION_TAKEN);
    provision(); /* gone while rotating */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, MISSING, ERROR(404));
    answer(BY_ID, MISSING, ERROR(404));
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_GONE);
}

static void test_retire(void **state)
{
    (void)state;
    provision();
    command(KRATOS_PROVISION_RETIRE);
    answer(PATCH, FINE, WHO(KP(OWNER ".retired")));
    stops(KRATOS_PROVISION_RETIRED);
    assert_non_null(strstr(peer.last, "/metadata_admin/kp/" OWNER
                                      ".retired\",\"value\":1},{\"op\":\"replace\",\"path\":\"/state\","
                                      "\"value\":\"inactive\"}]"));
    provision();
    command(KRATOS_PROVISION_RETIRE);
    answer(PATCH, NULL, NULL);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    answer(PATCH, NULL, NULL);
    answer(BY_ID, MISSING, ERROR(404)); /* an operator deleted it meanwhile: as good */
    answer(LIST, FINE, "[]");
    stops(KRATOS_PROVISION_RETIRED);
    provision(); /* power fails behind the request: looked up, and asked again */
    command(KRATOS_PROVISION_RETIRE);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    power_on();
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    answer(PATCH, FINE, WHO(KP(OWNER ".retired")));
    stops(KRATOS_PROVISION_RETIRED);
}

/* ---- Claim and root secret ----------------------------------------------------------------------------------- */

static void taken(void)
{
    start();
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    chance.next = 0; /* owners are alike in these tests */
}

static void test_claim(void **state)
{
    char credential[KRATOS_CREDENTIAL_SIZE];
    (void)state;
    taken();
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.record.generation, 1);
    taken(); /* after many generations */
    command(KRATOS_PROVISION_CLAIM);
    kratos_provision_step(&p, &wait_ms);
    assert_int_equal(kratos_provision_credential(&p, 1, credential), KRATOS_OK);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".gfffffffe.01234567")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    assert_non_null(strstr(peer.last, "GET "));
    taken(); /* another tool made it */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO("null") "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    taken(); /* another one claimed as well, and won */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    answer(BY_ID, FINE, WHO(KP(OTHER ".g00000008.01234567")));
    stops(KRATOS_PROVISION_TAKEN);
    taken(); /* there is nothing any more */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[]");
    while (answered != answer_count || p.dirty) {
        kratos_provision_step(&p, &wait_ms);
    }
    assert_int_equal(flash.record.state, KRATOS_PROVISION_INTENT); /* before the create */
    answer(POST, MADE, WHO(KP(OWNER ".g00000001" NOW)));
    stops(KRATOS_PROVISION_DONE);
    sent("$pbkdf2-sha256$i=1,l=32$AQIDBAUGBwgAAAAB$"); /* of generation 1 */
    taken(); /* answered, the power is cut, another one claims: a command is done once */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000002" NEXT)));
    while (answered != answer_count || p.dirty) {
        kratos_provision_step(&p, &wait_ms);
    }
    power_on();
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000008.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    taken(); /* refused for ever: a person begins anew */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO("\"a text\"") "]");
    answer(PATCH, "400 Bad Request\r\n", ERROR(400));
    assert_int_equal(steps(), KRATOS_ERR_REFUSED);
    kratos_provision_step(&p, &wait_ms); /* stores that it was tried */
    chance.next = 0;
    command(KRATOS_PROVISION_RESTART);
    answer(POST, MADE, WHO(KP(ME ".g00000002" NOW)));
    stops(KRATOS_PROVISION_DONE);
    taken(); /* retired already */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".retired")) "]");
    stops(KRATOS_PROVISION_RETIRED);
    taken(); /* the other device retired it */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".retired")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    while (answered != 4) {
        kratos_provision_step(&p, &wait_ms);
    }
    assert_non_null(strstr(peer.last, "\"remove\",\"path\":\"/metadata_admin/kp/" OTHER ".retired\""));
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    taken(); /* power fails behind the change */
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    answer(PATCH, NULL, NULL);
    while (answered != answer_count) {
        kratos_provision_step(&p, &wait_ms);
        peer.now += wait_ms;
    }
    power_on();
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000001" NEXT)) "]");
    stops(KRATOS_PROVISION_DONE);
}

/* The identity of the device with a root secret. */
static void rooted_body(char *body, unsigned generation)
{
    unsigned char mac[32];
    char owner[17];
    mac_of(NULL, 0, "o\0\0\0\0\0\0\0\0sn-1", 13, mac);
    put_hex(owner, mac, 8);
    sprintf(body, WHO("{\"kp\":{\"%s.g%08x" MADE_AGAIN "\":1}}"), owner, generation);
}

static void as_list(char *body)
{
    memmove(body + 1, body, strlen(body) + 1);
    body[0] = '[';
    strcat(body, "]");
}

/* Owner and credential follow from the root secret: a device without its record finds itself. */
static void test_root(void **state)
{
    char first[KRATOS_CREDENTIAL_SIZE], again[KRATOS_CREDENTIAL_SIZE];
    static char body[400];
    (void)state;
    start();
    crypto.root = true;
    rooted_body(body, 0x01020304);
    answer(POST, MADE, body);
    stops(KRATOS_PROVISION_DONE);
    flash.load_rc = KRATOS_END; /* a factory reset; three rotations ago, the record said */
    power_on();
    answer(POST, CONFLICT, ERROR(409));
    as_list(body);
    answer(LIST, FINE, body);
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.record.generation, 0x01020304);
    kratos_provision_credential(&p, 0, first);
    command(KRATOS_PROVISION_VERIFY); /* ahead of the record is no reason to stop */
    flash.record.generation = 1;
    p.record.generation = 1;
    body[strlen(body) - 1] = '\0';
    answer(BY_ID, FINE, body + 1);
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, again);
    assert_string_equal(first, again);
    command(KRATOS_PROVISION_VERIFY); /* the first of what may be known cannot be made: not the second instead */
    chance.fails_at = chance.calls + 2;
    answer(BY_ID, FINE, body + 1);
    assert_int_equal(steps(), KRATOS_ERR_TLS);
    answer(BY_ID, FINE, body + 1);
    stops(KRATOS_PROVISION_DONE);
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, body + 1);
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.record.generation, 0x01020305);
    start(); /* claimed from another owner, then reset: it finds itself */
    crypto.root = true;
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    stops(KRATOS_PROVISION_TAKEN);
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000007.01234567")) "]");
    rooted_body(body, 2);
    answer(PATCH, FINE, body);
    answer(BY_ID, FINE, body);
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, first);
    flash.load_rc = KRATOS_END;
    power_on();
    answer(POST, CONFLICT, ERROR(409));
    as_list(body);
    answer(LIST, FINE, body);
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, again);
    assert_string_equal(first, again);
    start(); /* another realm, other secrets: one Kratos learns the credential at each log-in */
    crypto.root = true;
    config.realm = "eu";
    answer(POST, MADE, WHO(KP(ME ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, first);
    start();
    crypto.root = true;
    config.realm = "us";
    answer(POST, MADE, WHO(KP(ME ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, again);
    assert_string_not_equal(first, again);
    provision(); /* a record of before there was a root secret: its credential is random */
    crypto.root = true;
    kratos_provision_credential(&p, 0, first);
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    kratos_provision_credential(&p, 0, again);
    assert_string_equal(first, again);
}

/* ---- Store ------------------------------------------------------------------------------------------------- */

static void test_store(void **state)
{
    char credential[KRATOS_CREDENTIAL_SIZE];
    (void)state;
    start(); /* both say AGAIN for a while */
    flash.load_rc = KRATOS_AGAIN;
    flash.record.state = KRATOS_PROVISION_TAKEN; /* half of one that nobody has checked */
    memset(flash.record.id, 'x', sizeof flash.record.id);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_EMPTY);
    assert_string_equal(kratos_provision_id(&p), "");
    assert_int_equal(kratos_provision_credential(&p, 0, credential), KRATOS_ERR_ARG);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_RESTART), KRATOS_ERR_ARG);
    flash.load_rc = KRATOS_END;
    flash.save_rc = KRATOS_AGAIN;
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(peer.requests, 0);
    flash.save_rc = KRATOS_OK;
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* it fails: nothing is sent before it is stored */
    flash.save_rc = KRATOS_ERR_STORE;
    assert_int_equal(steps(), KRATOS_ERR_STORE);
    assert_int_equal(wait_ms, 1000);
    assert_int_equal(kratos_provision_last(&p), KRATOS_ERR_STORE);
    assert_int_equal(steps(), KRATOS_ERR_STORE);
    assert_int_equal(peer.requests, 0);
    flash.save_rc = KRATOS_OK;
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    provision(); /* it cannot be read: no fresh start. It may be read later */
    flash.load_rc = KRATOS_ERR_STORE;
    power_on();
    assert_int_equal(steps(), KRATOS_ERR_STORE);
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_DAMAGED);
    flash.load_rc = KRATOS_OK;
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(kratos_provision_last(&p), KRATOS_OK);
}

static void check(void)
{
    flash.record.check = kratos_crc32(0, &flash.record, offsetof(struct kratos_record, check));
}

static void damaged(void)
{
    power_on();
    assert_int_equal(steps(), KRATOS_ERR_STORE);
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_DAMAGED);
    assert_string_equal(kratos_provision_id(&p), "");
}

static void test_records(void **state)
{
    struct kratos_record right;
    size_t i;
    (void)state;
    provision(); /* what is in the field must be bound as the next release binds it */
    assert_int_equal(flash.record.binding, kratos_crc32(kratos_crc32(0, "sn-1", 5), "", 1));
    start();
    config.serial = "sn-1a";
    config.realm = "b";
    kratos_provision_step(&p, &wait_ms);
    kratos_provision_step(&p, &wait_ms);
    assert_int_equal(flash.saves, 1);
    config.serial = "sn-1";
    config.realm = "ab";
    power_on();
    stops(KRATOS_PROVISION_FOREIGN);
    provision();
    for (i = 0; i < KRATOS_RECORD_SIZE; i++) { /* damaged in any byte, also in that of the version */
        ((unsigned char *)&flash.record)[i] ^= 0x80;
        damaged();
        ((unsigned char *)&flash.record)[i] ^= 0x80;
    }
    right = flash.record;
    flash.record.version = 2;
    check();
    power_on();
    stops(KRATOS_PROVISION_NEWER);
    assert_string_equal(kratos_provision_id(&p), "");
    flash.record.version = 0;
    check();
    damaged();
    flash.record = right; /* what no release ever stored */
    flash.record.state = KRATOS_PROVISION_EMPTY;
    check();
    damaged();
    flash.record.state = KRATOS_PROVISION_FOREIGN;
    check();
    damaged();
    flash.record = right;
    flash.record.id[KRATOS_ID_SIZE - 1] = 'x';
    check();
    damaged();
    flash.record = right;
    config.realm = "x";
    power_on();
    stops(KRATOS_PROVISION_FOREIGN);
    config.realm = NULL;
    config.chip = "chip";
    config.chip_size = 4;
    power_on();
    stops(KRATOS_PROVISION_FOREIGN);
    config.chip_size = 0;
    config.serial = "sn-2";
    power_on();
    stops(KRATOS_PROVISION_FOREIGN);
    assert_string_equal(kratos_provision_id(&p), "");
    config.serial = "sn-1";
    chance.next = 0;
    command(KRATOS_PROVISION_RESTART);
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    flash.record.check ^= 1; /* and from a damaged one, by command */
    power_on();
    assert_int_equal(steps(), KRATOS_ERR_STORE);
    chance.next = 0;
    command(KRATOS_PROVISION_CLAIM);
    answer(LIST, FINE, "[" WHO(KP(OTHER ".g00000001.01234567")) "]");
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
}

/* Failures are counted in the record, and no more than that wears the flash. */
static void test_wear(void **state)
{
    unsigned i;
    (void)state;
    start();
    for (i = 0; i < 12; i++) {
        answer(POST, "429 Slow\r\n", ERROR(429));
    }
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(flash.saves, 1 + 7 + 1);
    assert_int_equal(flash.record.flags & 7, 0);
    start(); /* a cable that is out wears none */
    peer.open_rc = KRATOS_ERR_IO;
    assert_int_equal(steps(), KRATOS_AGAIN);
    assert_int_equal(flash.saves, 1);
}

/* ---- Waiting, sharing, crypto ---------------------------------------------------------------------------------- */

static void test_waiting(void **state)
{
    static const struct kratos_retry retry = {1000, 0, 0};
    uint32_t before;
    (void)state;
    start();
    config.retry = &retry;
    kratos_provision_step(&p, &wait_ms);
    kratos_provision_step(&p, &wait_ms); /* stored; the first window begins */
    assert_in_range(wait_ms, 1, 1000);
    before = wait_ms;
    peer.now += 1;
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN); /* too early: harmless */
    assert_int_equal(wait_ms, before - 1);
    assert_int_equal(peer.requests, 0);
    peer.now += wait_ms;
    answer(POST, "429 Slow\r\nRetry-After: 5\r\n", ERROR(429));
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    kratos_provision_step(&p, &wait_ms); /* the attempt is stored */
    assert_in_range(wait_ms, 5000, 6000);
    peer.now += wait_ms + 10; /* too late is harmless as well */
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
}

#define HITS "[" WHO_OF("\"a\"", "null", "") "," WHO(KP(OWNER ".g00000000" NOW)) "]"

/* One exchange without a port: the request is taken, the reply is put in. */
static void peer_free_reply(const char *reply)
{
    size_t n;
    while (*reply != '\0') {
        void *to;
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
        if (kratos_want(&peer.k) == KRATOS_WANT_CLOSE) {
            kratos_closed(&peer.k);
        } else if (kratos_want(&peer.k) == KRATOS_WANT_OPEN) {
            kratos_opened(&peer.k);
        } else if (kratos_want(&peer.k) & KRATOS_WANT_TX) {
            kratos_tx(&peer.k, &n);
            kratos_tx_done(&peer.k, n);
        } else if (kratos_want(&peer.k) & KRATOS_WANT_RX) {
            to = kratos_rx(&peer.k, &n);
            n = n < strlen(reply) ? n : strlen(reply);
            memcpy(to, reply, n);
            kratos_rx_done(&peer.k, n);
            reply += n;
        }
    }
}

/* Longer than a clock of 32 bits can tell: as long as it can. */
static void test_long_wait(void **state)
{
    static const struct kratos_retry retry = {UINT32_MAX, 0, 0};
    (void)state;
    start();
    chance.next = 0xE0; /* much of the window */
    config.retry = &retry;
    kratos_provision_step(&p, &wait_ms);
    kratos_provision_step(&p, &wait_ms);
    assert_int_equal(wait_ms, INT32_MAX);
    peer.now += INT32_MAX - 1u;
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(wait_ms, 1);
    assert_int_equal(peer.requests, 0);
}

/* Without a port, and without a clock: whoever calls again has waited. */
static void test_bare(void **state)
{
    static const char form[] =
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 180\r\n\r\n" WHO(
            KP(OWNER ".g00000000" NOW));
    static const struct kratos_retry retry = {1000, 0, 0};
    static char list[1200];
    const char *reply;
    size_t n;
    void *to;
    (void)state;
    start();
    config.retry = &retry;
    memset(&peer.io, 0, sizeof peer.io);
    power_on();
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_in_range(wait_ms, 1, 1000);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    assert_int_equal(wait_ms, 0);
    assert_int_equal(kratos_want(&peer.k), KRATOS_WANT_OPEN);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_VERIFY), KRATOS_ERR_BUSY);
    kratos_opened(&peer.k);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    kratos_tx(&peer.k, &n);
    kratos_tx_done(&peer.k, n);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    to = kratos_rx(&peer.k, &n);
    reply = tagged(form);
    assert_true(n > strlen(reply));
    assert_int_equal(strlen(strstr(reply, "\r\n\r\n") + 4), 180);
    memcpy(to, reply, strlen(reply));
    kratos_rx_done(&peer.k, strlen(reply));
    assert_int_equal(steps(), KRATOS_OK);
    command(
        KRATOS_PROVISION_VERIFY); /* a list of several hits is one call where nobody may be kept waiting for bytes */
    peer_free_reply(
        "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 36\r\n\r\n" ERROR(404));
    sprintf(list, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %u\r\n\r\n%s",
            (unsigned)strlen(HITS), tagged(HITS));
    peer_free_reply(list);
    assert_int_equal(steps(), KRATOS_OK);
}

static int (*read_bytes)(void *ctx, void *to, size_t n, uint32_t wait);

static int stutter(void *ctx, void *to, size_t n, uint32_t wait)
{
    static unsigned calls;
    return n != 1 && calls++ % 2 == 0 ? 0 : read_bytes(ctx, to, n, wait);
}

/* Byte by byte, and between two bytes the application has its turn. */
static void test_nonblocking(void **state)
{
    (void)state;
    start();
    peer.config.nonblocking = true;
    peer.piece = 1;
    read_bytes = peer.io.read;
    peer.io.read = stutter;
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    while (kratos_provision_step(&p, &wait_ms) == KRATOS_AGAIN) {
    }
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_DONE);
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    while (kratos_provision_step(&p, &wait_ms) == KRATOS_AGAIN) {
    }
    command(KRATOS_PROVISION_VERIFY);
    answer(BY_ID, MISSING, ERROR(404));
    answer(LIST, FINE, "[" WHO_OF("\"sn-2\"", "null", "") "," WHO(KP(OWNER ".g00000001" NOW)) "]");
    while (kratos_provision_step(&p, &wait_ms) == KRATOS_AGAIN) {
    }
    stops(KRATOS_PROVISION_DONE);
}

static void test_shared(void **state)
{
    struct kratos_identity who;
    (void)state;
    provision();
    peer.config.nonblocking = true;
    peer.serve = NULL;
    assert_int_equal(kratos_get_identity(&peer.k, ID, NULL, &who), KRATOS_AGAIN);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_ERR_BUSY);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_VERIFY), KRATOS_ERR_BUSY);
    kratos_cancel(&peer.k);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_OK);
}

/* Each call of the callbacks fails once: nothing is lost by it, and the next step goes on. */
static void test_crypto(void **state)
{
    unsigned at;
    (void)state;
    for (at = 1; at < 7; at++) {
        int rc;
        start();
        chance.fails_at = at;
        answer(POST, MADE, WHO(KP(ME ".g00000000" NOW)));
        rc = steps();
        if (chance.calls < at) {
            break;
        }
        assert_true(rc == KRATOS_ERR_IO || rc == KRATOS_ERR_TLS);
        peer.now += wait_ms;
        stops(KRATOS_PROVISION_DONE);
        assert_int_equal(peer.requests, 1);
    }
    assert_int_equal(at, 5);     /* owner, credential, wait, hash */
    for (at = 1; at < 8; at++) { /* a failure's wait, and a root secret's */
        start();
        crypto.root = true;
        chance.fails_at = at;
        answer(POST, "429 Slow\r\n", ERROR(429));
        answer(POST, MADE, WHO(KP(ME ".g00000000" NOW)));
        steps();
        if (chance.calls < at) {
            break;
        }
        peer.now += wait_ms;
        stops(KRATOS_PROVISION_DONE);
    }
    assert_int_equal(at, 7);
    provision(); /* a rotation: nothing changed */
    chance.fails_at = chance.calls + 1;
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_ROTATE), KRATOS_ERR_TLS);
    chance.fails_at = chance.calls + 2;
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_ROTATE), KRATOS_ERR_IO);
    assert_int_equal(steps(), KRATOS_OK);
    chance.fails_at = chance.calls + 3; /* in the request */
    command(KRATOS_PROVISION_ROTATE);
    assert_int_equal(steps(), KRATOS_ERR_TLS);
    assert_int_equal(wait_ms, 1000);
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    command(KRATOS_PROVISION_VERIFY); /* in what was found: it is asked again */
    chance.fails_at = chance.calls + 1;
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NOW)));
    assert_int_equal(steps(), KRATOS_ERR_TLS);
    assert_int_equal(wait_ms, 1000);
    answer(BY_ID, FINE, WHO(KP(OWNER ".g00000001" NOW)));
    stops(KRATOS_PROVISION_DONE);
    taken();
    chance.fails_at = chance.calls + 1;
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_CLAIM), KRATOS_ERR_IO);
    stops(KRATOS_PROVISION_TAKEN);      /* what is stored still counts */
    chance.fails_at = chance.calls + 4; /* owner, credential, wait */
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_CLAIM), KRATOS_ERR_IO);
    stops(KRATOS_PROVISION_TAKEN);
}

/* ---- A struct kratos that others use, too ------------------------------------------------------------------------ */

/* A request of ours is on its way, and nothing came back yet. */
static void on_its_way(const char *request)
{
    unsigned i;
    peer.config.nonblocking = true;
    answer(request, NULL, "");
    for (i = 0; i < 60 && answered != answer_count; i++) {
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    }
    assert_true(kratos_busy(&peer.k));
}

/* Given up in its middle: nobody knows what came of it. It is looked up, after a wait, however often. */
static void test_given_up(void **state)
{
    int way;
    (void)state;
    for (way = 0; way < 2; way++) {
        start();
        on_its_way(POST);
        (way == 0 ? kratos_cancel : kratos_close)(&peer.k);
        answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
        assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
        assert_int_equal(kratos_provision_last(&p), KRATOS_ERR_CLOSED);
        assert_int_equal(p.record.flags & 7, 1);
        stops(KRATOS_PROVISION_DONE);
        command(KRATOS_PROVISION_ROTATE);
        on_its_way(PATCH);
        (way == 0 ? kratos_cancel : kratos_close)(&peer.k);
        answer(BY_ID, FINE, WHO(KP(OWNER ".g00000000" NOW)));
        answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
        stops(KRATOS_PROVISION_DONE);
        command(KRATOS_PROVISION_VERIFY); /* a look-up begins anew: what it had found does not count */
        on_its_way(BY_ID);
        p.found = p.ours = true;
        (way == 0 ? kratos_cancel : kratos_close)(&peer.k);
        answer(BY_ID, MISSING, ERROR(404));
        answer(LIST, FINE, "[]");
        stops(KRATOS_PROVISION_GONE);
    }
    start(); /* and no random bytes for the wait */
    on_its_way(POST);
    kratos_cancel(&peer.k);
    chance.fails_at = chance.calls + 1;
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_ERR_IO);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
}

/* The application's own request, or another device's of the very same operation, took its place. */
static void test_taken_over(void **state)
{
    const struct kratos_identity_body body = {.traits = {.text = "{}"}};
    struct kratos_identity who;
    (void)state;
    start();
    on_its_way(POST);
    kratos_close(&peer.k);
    answer(POST, NULL, "");
    assert_int_equal(kratos_create_identity(&peer.k, &body, &who), KRATOS_AGAIN);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_ERR_BUSY);
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_ERR_BUSY);
    kratos_close(&peer.k);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
}

/* A list of the whole fleet, where somebody drops the query: one hit a step. */
static void test_long_list(void **state)
{
    unsigned n = 0;
    int rc;
    (void)state;
    intent();
    answer(LIST, FINE,
           "[" WHO_OF("\"a\"", "null", "") "," WHO_OF("\"b\"", "null", "") "," WHO(KP(OWNER ".g00000000" NOW)) "]");
    while ((rc = kratos_provision_step(&p, &wait_ms)) == KRATOS_AGAIN) {
        n++;
        peer.now += wait_ms;
    }
    assert_int_equal(rc, KRATOS_OK);
    assert_in_range(n, 5, 6); /* load, three hits, the end, the save */
}

/* ---- The rest ---------------------------------------------------------------------------------------------------- */

static void test_init(void **state)
{
    static const char *const bad[] = {NULL, "", "SN", "a b", "a/b", "\xc3\xa9"};
    static const char *const no_external_ids[] = {"", ".", "..", "a\nb", "\x7f"};
    char serial[66], external_id[66] = "";
    size_t i;
    (void)state;
    start();
    for (i = 0; i < COUNT(bad); i++) {
        config.serial = bad[i];
        assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    }
    memset(serial, 'a', sizeof serial);
    serial[65] = '\0';
    config.serial = serial;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    serial[64] = '\0';
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_OK);
    config.store = NULL;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    config.store = &store;
    config.crypto = NULL;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    config.crypto = &crypto;
    crypto.random = NULL;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    crypto.random = random_bytes;
    crypto.hmac = NULL;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    for (i = 0; i < COUNT(no_external_ids); i++) {
        config.external_id = no_external_ids[i];
        assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    }
    memset(external_id, 'e', 65);
    config.external_id = external_id;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
    external_id[64] = '\0';
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_OK);
    config.external_id = "ext-1";
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_OK);
    config.chip_size = 4; /* of no chip */
    assert_int_equal(kratos_provision_step(&p, &wait_ms), KRATOS_AGAIN);
    config.chip_size = 0;
    crypto.root = true;
    assert_int_equal(kratos_provision_init(&p, &config, &peer.k), KRATOS_ERR_ARG);
}

/* Without HMAC there is no credential, in no request. */
static void test_no_credential(void **state)
{
    (void)state;
    start();
    crypto.hmac = NULL;
    config.external_id = "ext-1";
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ",\"external_id\":\"ext-1\""));
    stops(KRATOS_PROVISION_DONE);
    assert_null(strstr(peer.last, "password"));
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, WHO(KP(OWNER ".g00000001" NEXT)));
    stops(KRATOS_PROVISION_DONE);
    assert_null(strstr(peer.last, "password"));
}

static void test_commands(void **state)
{
    int what;
    (void)state;
    start();
    for (what = KRATOS_PROVISION_VERIFY; what <= KRATOS_PROVISION_RESTART; what++) { /* nothing is known yet */
        assert_int_equal(kratos_provision_command(&p, (enum kratos_provision_command)what), KRATOS_ERR_ARG);
    }
    kratos_provision_step(&p, &wait_ms);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_RESTART), KRATOS_ERR_ARG);
    start(); /* done, and not stored yet */
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    while (answered == 0) {
        kratos_provision_step(&p, &wait_ms);
    }
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_DONE);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_VERIFY), KRATOS_ERR_ARG);
    provision();
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_CLAIM), KRATOS_ERR_ARG);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_RESTART), KRATOS_ERR_ARG);
    command(KRATOS_PROVISION_VERIFY);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_ROTATE), KRATOS_ERR_ARG); /* one after the other */
    start(); /* of a schema that makes nothing unique a claim would make one more */
    answer(POST, MADE, WHO_OF("", KP(OWNER ".g00000000" NOW), ""));
    stops(KRATOS_PROVISION_NOT_UNIQUE);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_CLAIM), KRATOS_ERR_ARG);
    start(); /* what another tool made, then gone, made anew, and rotated: from our own name, not over what was there */
    answer(POST, CONFLICT, ERROR(409));
    answer(LIST, FINE, "[" WHO("null") "]");
    stops(KRATOS_PROVISION_TAKEN);
    command(KRATOS_PROVISION_RESTART);
    answer(POST, MADE, WHO(KP(ME ".g00000001" NOW)));
    while (kratos_provision_state(&p) != KRATOS_PROVISION_DONE || p.dirty) {
        kratos_provision_step(&p, &wait_ms);
    }
    p.bare = p.retired = true; /* as it may be of an earlier look-up */
    command(KRATOS_PROVISION_ROTATE);
    answer(PATCH, FINE, WHO(KP(ME ".g00000002" NEXT)));
    while (kratos_provision_step(&p, &wait_ms) == KRATOS_AGAIN) {
    }
    assert_non_null(strstr(peer.last, "[{\"op\":\"remove\",\"path\":\"/metadata_admin/kp/"));
    assert_null(strstr(peer.last, ".retired"));
    taken();
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_RETIRE), KRATOS_ERR_ARG);
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    command(KRATOS_PROVISION_RESTART);
    assert_int_equal(kratos_provision_command(&p, KRATOS_PROVISION_RESTART),
                     KRATOS_ERR_ARG); /* it is to be stored first */
    stops(KRATOS_PROVISION_DONE);
}

static void test_texts(void **state)
{
    int i, j;
    (void)state;
    for (i = 0; i <= KRATOS_PROVISION_DAMAGED + 1; i++) {
        const char *text = kratos_provision_text((enum kratos_provision_state)i);
        assert_true(strlen(text) > 3);
        for (j = 0; j < i; j++) {
            assert_string_not_equal(text, kratos_provision_text((enum kratos_provision_state)j));
        }
    }
    assert_string_equal(kratos_provision_text((enum kratos_provision_state)99), "unknown");
    assert_string_equal(kratos_strerror(KRATOS_ERR_STORE), "store failed");
    assert_string_equal(kratos_strerror(KRATOS_ERR_STOPPED), "stopped");
}

static void test_factory(void **state)
{
    struct kratos_identity_body body;
    (void)state;
    start();
    flash.save_rc = KRATOS_AGAIN;
    assert_int_equal(kratos_provision_begin(&p), KRATOS_AGAIN);
    flash.save_rc = KRATOS_OK;
    assert_int_equal(kratos_provision_begin(&p), KRATOS_OK);
    assert_int_equal(kratos_provision_begin(&p), KRATOS_OK); /* once more changes nothing */
    assert_int_equal(flash.saves, 2);
    kratos_provision_body(&p, &body);
    assert_string_equal(body.traits.text, config.traits.text);
    assert_int_equal(kratos_provision_created(&p, ID, false), KRATOS_OK);
    stops(KRATOS_PROVISION_DONE); /* and no request */
    assert_int_equal(kratos_provision_created(&p, "22222222-2222-4333-8444-555555555555", false), KRATOS_OK);
    assert_string_equal(kratos_provision_id(&p), ID); /* too late */
    start();                                          /* Kratos 1.3.x */
    assert_int_equal(kratos_provision_begin(&p), KRATOS_OK);
    flash.save_rc = KRATOS_AGAIN;
    assert_int_equal(kratos_provision_created(&p, ID, true), KRATOS_AGAIN);
    flash.save_rc = KRATOS_OK;
    assert_int_equal(kratos_provision_created(&p, ID, true), KRATOS_OK);
    assert_int_equal(flash.record.state, KRATOS_PROVISION_INTENT);
    answer(BY_ID, MISSING, ERROR(404));
    answer(LIST, FINE, "[]");
    answer(POST, MADE, WHO(KP(OWNER ".g00000000" NOW)));
    stops(KRATOS_PROVISION_DONE);
    start(); /* what a batch did not say: looked up first */
    assert_int_equal(kratos_provision_begin(&p), KRATOS_OK);
    assert_int_equal(kratos_provision_created(&p, "", false), KRATOS_ERR_ARG);
    assert_int_equal(kratos_provision_created(&p, ID "0", false), KRATOS_ERR_ARG);
    answer(LIST, FINE, "[" WHO(KP(OWNER ".g00000000" NOW)) "]");
    stops(KRATOS_PROVISION_DONE);
    assert_int_equal(kratos_provision_begin(&p), KRATOS_END); /* it has one */
    config.realm = "x";
    power_on();
    assert_int_equal(kratos_provision_begin(&p), KRATOS_ERR_STOPPED);
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_FOREIGN);
    start();
    flash.load_rc = KRATOS_ERR_STORE;
    assert_int_equal(kratos_provision_begin(&p), KRATOS_ERR_STORE);
    assert_int_equal(kratos_provision_state(&p), KRATOS_PROVISION_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_given_up),
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_long_wait),
        cmocka_unit_test(test_without_credential),
        cmocka_unit_test(test_answers_to_a_create),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_external_id),
        cmocka_unit_test(test_hopeless),
        cmocka_unit_test(test_reply_too_large),
        cmocka_unit_test(test_what_is_found),
        cmocka_unit_test(test_inactive),
        cmocka_unit_test(test_odd_identity),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_rotate),
        cmocka_unit_test(test_retire),
        cmocka_unit_test(test_claim),
        cmocka_unit_test(test_root),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_wear),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_nonblocking),
        cmocka_unit_test(test_crypto),
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_no_credential),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_factory),
    };
    return cmocka_run_group_tests_name("provision", tests, NULL, NULL) != 0;
}
