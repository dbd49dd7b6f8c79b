/* SPDX-License-Identifier: Apache-2.0
 *
 * From members to a struct, the three ways that find them: by jsmn's tokens in any space, by the tokens that a reply leaves, by
 * walking. Each row says what must come out, whichever way it was.
 */
#include "guard.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "json.h"
#include "members.h"
#include "sieve.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct thing {
    char id[KRATOS_ID_SIZE];
    char fence[3];
    kratos_str a, must, text;
    kratos_json j, meta;
    bool flag;
};

static const struct kratos_field fields[] = {
    {"id", offsetof(struct thing, id), KRATOS_FIELD_ID, 0},
    {"aa", offsetof(struct thing, a), KRATOS_FIELD_STR, 0},
    {"must", offsetof(struct thing, must), KRATOS_FIELD_STR_MUST, 0},
    {"text", offsetof(struct thing, text), KRATOS_FIELD_TEXT, 0},
    {"jj", offsetof(struct thing, j), KRATOS_FIELD_JSON, 0},
    {"meta", offsetof(struct thing, meta), KRATOS_FIELD_METADATA, 0},
    {"flag", offsetof(struct thing, flag), KRATOS_FIELD_BOOL, 0},
};

/* ---- What came out, as a text ----------------------------------------------------------------- */

static void show(char *to, const char *name, const char *p, size_t n)
{
    size_t i;
    sprintf(to + strlen(to), "%s=", name);
    for (i = 0; i < n; i++) {
        char *end = to + strlen(to);
        sprintf(end, p[i] == '\0' ? "<NUL>" : "%c", p[i]);
    }
    strcat(to, "|");
}

static const char *rendered(const struct thing *t)
{
    static char text[500];
    const kratos_str *strs[3];
    static const char *const names[] = {"a", "must", "text"};
    int i;
    strs[0] = &t->a;
    strs[1] = &t->must;
    strs[2] = &t->text;
    text[0] = '\0';
    if (t->id[0] != '\0') {
        show(text, "id", t->id, strlen(t->id));
    }
    for (i = 0; i < 3; i++) {
        if (strs[i]->p == NULL) {
            assert_int_equal(strs[i]->n, 0);
        } else {
            assert_int_equal(strs[i]->p[strs[i]->n], '\0');
            if (i != 2 || strs[i]->n != 0) {
                show(text, names[i], strs[i]->p, strs[i]->n);
            }
        }
    }
    assert_non_null(t->text.p); /* "" where absent or null */
    if (t->j.p != NULL) {
        show(text, "j", t->j.p, t->j.n);
    }
    if (t->meta.p != NULL) {
        show(text, "meta", t->meta.p, t->meta.n);
    }
    strcat(text, t->flag ? "flag" : "");
    assert_memory_equal(t->fence, "\0\0\0", 3);
    return text;
}

/* ---- Ways ------------------------------------------------------------------------------------- */

static void judge(const struct kratos_members *m, const char *text, const char *wanted, int rc, const char *way,
                  size_t space)
{
    struct thing t;
    int got;
    memset(&t, 0, sizeof t);
    t.text.p = "";
    got = kratos_members_fill(m, fields, COUNT(fields), &t);
    if (got != rc) {
        fail_msg("%s, space %zu: %d, not %d: %s", way, space, got, rc, text);
    }
    if (strcmp(rendered(&t), wanted) != 0) {
        fail_msg("%s, space %zu: %s\ngives  %s\nwanted %s", way, space, text, rendered(&t), wanted);
    }
}

static kratos_json fresh(const char *text)
{
    kratos_json v;
    v.n = strlen(text);
    v.p = guarded(0, text, v.n);
    return v;
}

static void walked(const char *text, const char *wanted, int rc)
{
    struct kratos_members m;
    memset(&m, 0, sizeof m);
    m.value = fresh(text);
    judge(&m, text, wanted, rc, "walking", 0);
}

/* At every alignment, in exactly so many bytes; without room for all tokens there are none. */
static void indexed(const char *text, const char *wanted, int rc)
{
    size_t space, offset, with = 0;
    for (space = 0; space < 41 * sizeof(jsmntok_t); space += space < 70 || space % 20 > 16 ? 1 : 3) {
        for (offset = 0; offset < 4; offset++) {
            struct kratos_members m;
            char *block = (char *)malloc(offset + space + (offset + space == 0)); /* sanitizers look at its end */
            char *p = guarded(1, "", 0) - space - offset;                         /* and so does the processor */
            kratos_json v = fresh(text);
            kratos_members_index(&m, v, block + offset, space);
            assert_true(m.value.p == v.p && m.value.n == v.n);
            assert_true(m.items != NULL || m.count == 0);
            assert_true(m.items == NULL || !m.down);
            assert_int_equal((uintptr_t)m.items % sizeof(int), 0); /* some processors cannot read it otherwise */
            judge(&m, text, wanted, rc, "jsmn in a block", space);
            free(block);
            kratos_members_index(&m, fresh(text), p, space);
            judge(&m, text, wanted, rc, "jsmn before a fence", space);
            with += m.items != NULL;
            assert_true(m.items == NULL || space >= sizeof(jsmntok_t));
        }
    }
    assert_true(with != 0);
}

/* As the reply does it while it reads: tokens grow down, one a member, which know whether there was a backslash. */
static void by_tokens(const char *text, const char *wanted, int rc, bool guess)
{
    jsmntok_t tokens[30];
    struct kratos_members m;
    kratos_json item, v = fresh(text);
    size_t at = 0, from = 0, top = COUNT(tokens);
    if (*text != '{') {
        return;
    }
    while (kratos_json_item(v, &at, &item)) {
        bool escaped = guess || memchr(item.p, '\\', item.n) != NULL;
        kratos_members_token(&tokens[--top], v.p, (uint32_t)from, (uint32_t)at, escaped);
        assert_ptr_equal(v.p + tokens[top].start, item.p);
        assert_ptr_equal(v.p + tokens[top].end, item.p + item.n);
        from = at;
    }
    memset(&m, 0, sizeof m);
    m.value = v;
    m.items = tokens + top;
    m.count = COUNT(tokens) - top;
    m.down = true;
    judge(&m, text, wanted, rc, guess ? "tokens that say escaped" : "tokens", top);
}

static void all_ways(const char *text, const char *wanted, int rc)
{
    assert_true(kratos_sieve_check(text, strlen(text), 0));
    walked(text, wanted, rc);
    indexed(text, wanted, rc);
    by_tokens(text, wanted, rc, false);
    by_tokens(text, wanted, rc, true);
}

/* ---- Rows ------------------------------------------------------------------------------------- */

#define GOOD "\"id\":\"1\",\"must\":\"m\""
#define KEPT "id=1|must=m|"
#define LONG "123456789012345678901234567890123456" /* 36 */

static void test_rows(void **state)
{
    static const struct {
        const char *text, *wanted;
        int rc;
    } rows[] = {
        {"{" GOOD "}", KEPT, KRATOS_OK},
        {"{ " GOOD " }", KEPT, KRATOS_OK},
        {"{\"flag\":true,\"meta\":[1, "
         "2],\"jj\":{\"a\":\"\\\"\"},\"text\":\"t\",\"must\":\"m\",\"aa\":\"A\",\"id\":\"1\"}",
         "id=1|a=A|must=m|text=t|j={\"a\":\"\\\"\"}|meta=[1, 2]|flag", KRATOS_OK},
        {"{ \"id\" : \"1\" ,\n\"aa\"\t: \"x\" , \"must\" :\"m\", \"jj\" : 5 ,\"flag\" : false , \"meta\" : true }",
         "id=1|a=x|must=m|j=5|meta=true|", KRATOS_OK},
        /* absent and null */
        {"{}", "", KRATOS_ERR_JSON},
        {"{\"id\":\"1\"}", "id=1|", KRATOS_ERR_JSON},
        {"{\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":null,\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"must\":null}", "id=1|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":null,\"text\":null,\"jj\":null,\"meta\":null,\"flag\":null}", KEPT, KRATOS_OK},
        {"{\"id\":\"1\",\"must\":\"\"}", "id=1|must=|", KRATOS_OK},
        {"{" GOOD ",\"aa\":\"\",\"text\":\"\"}", "id=1|a=|must=m|", KRATOS_OK},
        /* duplicates: the last */
        {"{" GOOD ",\"aa\":\"x\",\"aa\":\"yy\",\"jj\":1,\"jj\":[2],\"id\":\"22\",\"flag\":false,\"flag\":true}",
         "id=22|a=yy|must=m|j=[2]|flag", KRATOS_OK},
        {"{" GOOD ",\"aa\":\"x\",\"aa\":null,\"jj\":1,\"jj\":null,\"meta\":1,\"meta\":null,\"flag\":true,\"flag\":null,"
         "\"text\":\"t\",\"text\":null}",
         KEPT, KRATOS_OK},
        {"{" GOOD ",\"must\":null}", "id=1|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"id\":null}", "must=m|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":null,\"aa\":\"x\",\"text\":null,\"text\":\"t\"}", "id=1|a=x|must=m|text=t|", KRATOS_OK},
        {"{" GOOD ",\"\\u0069d\":\"2\",\"mus\\u0074\":\"n\"}", "id=2|must=n|", KRATOS_OK},
        /* wrong types: the member stays zero, all others are filled */
        {"{\"id\":1,\"must\":\"m\",\"aa\":\"x\"}", "a=x|must=m|", KRATOS_ERR_JSON},
        {"{\"id\":{\"id\":\"2\"},\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":[\"2\"],\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":true,\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":5,\"jj\":6}", KEPT "j=6|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":[],\"jj\":6}", KEPT "j=6|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":{\"aa\":\"x\"},\"jj\":6}", KEPT "j=6|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":true,\"jj\":6}", KEPT "j=6|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":-1,\"flag\":true}", KEPT "flag", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"must\":5}", "id=1|", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"must\":{}}", "id=1|", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"must\":false}", "id=1|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"text\":5}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"text\":[\"t\"]}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"flag\":\"true\"}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"flag\":1}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"flag\":[true]}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"flag\":{}}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"aa\":\"x\",\"aa\":5}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"flag\":true,\"flag\":5}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"text\":\"t\",\"text\":5}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"id\":5}", "must=m|", KRATOS_ERR_JSON},
        /* lone surrogates are no text */
        {"{" GOOD ",\"aa\":\"x\\ud800\"}", KEPT, KRATOS_ERR_JSON},
        {"{" GOOD ",\"text\":\"x\\udc00\",\"flag\":true}", KEPT "flag", KRATOS_ERR_JSON},
        {"{\"id\":\"1\\ud800\",\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":\"1\",\"must\":\"\\udfffm\"}", "id=1|", KRATOS_ERR_JSON},
        {"{" GOOD ",\"jj\":\"\\ud800\"}", KEPT "j=\"\\ud800\"|", KRATOS_OK},
        /* escapes: texts are decoded where they stand, JSON stays as it is */
        {"{" GOOD ",\"aa\":\"\\u0041\\\"\\\\\\n\",\"jj\":\"\\u0041\",\"text\":\"\\ud83d\\ude00\",\"meta\":[\"\\\"\"]}",
         "id=1|a=A\"\\\n|must=m|text=\xf0\x9f\x98\x80|j=\"\\u0041\"|meta=[\"\\\"\"]|", KRATOS_OK},
        {"{" GOOD ",\"aa\":\"x\\u0000y\"}", "id=1|a=x<NUL>y|must=m|", KRATOS_OK},
        {"{" GOOD ",\"aa\":\"\\\\\",\"text\":\"\\\"\"}", "id=1|a=\\|must=m|text=\"|", KRATOS_OK},
        {"{" GOOD ",\"aa\":\"{\\\"id\\\":\\\"3\\\"}\",\"z\":\"\\\"\"}", "id=1|a={\"id\":\"3\"}|must=m|", KRATOS_OK},
        /* ids: 36 bytes fit, however they are written */
        {"{\"id\":\"" LONG "\",\"must\":\"m\"}", "id=" LONG "|must=m|", KRATOS_OK},
        {"{\"id\":\"" LONG "7\",\"must\":\"m\"}", "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":\"\\u0031\\u0032"
         "3456789012345678901234567890123456\",\"must\":\"m\"}",
         "id=" LONG "|must=m|", KRATOS_OK},
        {"{\"id\":\"\\u0031\\u0032"
         "34567890123456789012345678901234567\",\"must\":\"m\"}",
         "must=m|", KRATOS_ERR_JSON},
        {"{\"id\":\"\\\"\\\\\",\"must\":\"m\"}", "id=\"\\|must=m|", KRATOS_OK},
        /* names: whole, decoded, at this depth */
        {"{" GOOD ",\"\\u0061a\":\"x\",\"\\u006a\\u006A\":\"\\u0041\",\"fl\\u0061g\":true}",
         "id=1|a=x|must=m|j=\"\\u0041\"|flag", KRATOS_OK},
        {"{" GOOD
         ",\"a\":1,\"aaa\":2,\"Aa\":3,\"\":4,\"aa\\u0000\":5,\"aa \":6,\" aa\":7,\"i\":8,\"idd\":9,\"\\\"aa\":10}",
         KEPT, KRATOS_OK},
        {"{\"z\":{\"id\":\"9\",\"must\":\"n\",\"aa\":\"x\"}," GOOD ",\"y\":[{\"aa\":\"x\"},\"aa\",[\"aa\"]]}", KEPT,
         KRATOS_OK},
        {"{\"jj\":{\"aa\":\"x\",\"id\":\"9\"}," GOOD "}", KEPT "j={\"aa\":\"x\",\"id\":\"9\"}|", KRATOS_OK},
        {"{\"\\\\\":\"\\\\\",\"\\\"\":\"\\\"\"," GOOD "}", KEPT, KRATOS_OK},
        {"{" GOOD ",\"\\ud800\":1,\"aa\\ud800\":2}", KEPT, KRATOS_OK},
        {"{\"a\":\"aa\",\"b\":\"must\",\"c\":\"id\"," GOOD "}", KEPT, KRATOS_OK},
        /* no object: no members */
        {"[]", "", KRATOS_ERR_JSON},
        {"[\"id\",\"1\"]", "", KRATOS_ERR_JSON},
        {"[{" GOOD "}]", "", KRATOS_ERR_JSON},
        {"[\"aa\",[\"must\"],{\"flag\":true}]", "", KRATOS_ERR_JSON},
        {"\"id\"", "", KRATOS_ERR_JSON},
        {"\"\\\"id\\\":\\\"1\\\"\"", "", KRATOS_ERR_JSON},
        {"12", "", KRATOS_ERR_JSON},
        {"true", "", KRATOS_ERR_JSON},
        {"null", "", KRATOS_ERR_JSON},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        all_ways(rows[i].text, rows[i].wanted, rows[i].rc);
    }
}

/* The fields in every order, with members between that are nobody's. */
static void test_orders(void **state)
{
    static const char *const members[] = {"\"id\":\"1\"",   "\"aa\":\"x\\n\"", "\"must\":\"m\"",
                                          "\"text\":\"t\"", "\"jj\":[0]",      "\"flag\":true"};
    unsigned order;
    (void)state;
    for (order = 0; order < 720; order++) {
        char text[200] = "{", left[] = {0, 1, 2, 3, 4, 5};
        unsigned rest = order, n;
        for (n = 6; n != 0; n--) {
            unsigned pick = rest % n;
            rest /= n;
            strcat(text, text[1] == '\0' ? "" : (order + n) % 3 == 0 ? ",\"zz\":{\"aa\":0}," : " , ");
            strcat(text, members[(int)left[pick]]);
            memmove(left + pick, left + pick + 1, n - 1 - pick);
        }
        strcat(text, "}");
        walked(text, "id=1|a=x\n|must=m|text=t|j=[0]|flag", KRATOS_OK);
        by_tokens(text, "id=1|a=x\n|must=m|text=t|j=[0]|flag", KRATOS_OK, false);
    }
}

/* Nothing to read, or nothing to fill. */
static void test_empty(void **state)
{
    struct kratos_members m;
    char space[100];
    kratos_json none = {NULL, 0};
    (void)state;
    memset(&m, 0, sizeof m);
    judge(&m, "(nothing)", "", KRATOS_ERR_JSON, "walking", 0);
    kratos_members_index(&m, none, space, sizeof space);
    judge(&m, "(nothing)", "", KRATOS_ERR_JSON, "jsmn", 0);
    m.value = fresh("{\"id\":\"1\"}");
    assert_int_equal(kratos_members_fill(&m, fields, 0, NULL), KRATOS_OK);
}

/* Texts are decoded where they stand, behind their opening quote; before that and behind the closing one nothing changes. */
static void test_in_place(void **state)
{
    static const struct {
        const char *text, *after; /* # where a decoded text may leave anything */
    } rows[] = {
        {"{\"id\":\"1\",\"must\":\"plain\"}", "{\"id\":\"1\",\"must\":\"######}"},
        {"{\"must\" : \"\\u0041\\n\" ,\"id\":\"\\u0031\"}", "{\"must\" : \"######### ,\"id\":\"\\u0031\"}"},
        {"{\"id\":\"1\",\"must\":\"\",\"aa\":\"\\\"\",\"text\":\"t\"}",
         "{\"id\":\"1\",\"must\":\"#,\"aa\":\"###,\"text\":\"##}"},
    };
    size_t i, j, at, way;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (way = 0; way < 3; way++) { /* jsmn, tokens, walking */
            size_t n = strlen(rows[i].text);
            struct kratos_members m;
            struct thing t;
            kratos_json v = fresh(rows[i].text), item;
            jsmntok_t tokens[40];
            memset(&t, 0, sizeof t);
            memset(&m, 0, sizeof m);
            m.value = v;
            if (way == 0) {
                kratos_members_index(&m, v, (char *)tokens, sizeof tokens);
                assert_non_null(m.items);
            } else if (way == 1) {
                uint32_t from = 0;
                for (at = 0; kratos_json_item(v, &at, &item); from = (uint32_t)at) {
                    kratos_members_token(&tokens[COUNT(tokens) - ++m.count], v.p, from, (uint32_t)at,
                                         memchr(item.p, '\\', item.n) != NULL);
                }
                m.items = tokens + COUNT(tokens) - m.count;
                m.down = true;
            }
            assert_int_equal(kratos_members_fill(&m, fields, COUNT(fields), &t), KRATOS_OK);
            assert_ptr_equal(t.must.p, v.p + (strstr(rows[i].after, "must") - rows[i].after) + (i == 1 ? 9 : 7));
            for (j = 0; j < n; j++) {
                if (rows[i].after[j] != '#' && v.p[j] != rows[i].after[j]) {
                    fail_msg("way %zu: byte %zu was changed: %s", way, j, rows[i].text);
                }
            }
        }
    }
}

static void test_token(void **state)
{
    static const struct {
        const char *text;
        uint32_t from, end;
        int start;
    } rows[] = {
        {"{\"a\":1}", 0, 6, 1},
        {"{ \n\"a\":1}", 0, 8, 3},
        {"{\"a\":1,\"b\":2}", 6, 12, 7},
        {"{\"a\":1 , \t\"b\":2}", 6, 15, 10},
        {"{\"a\":\"x\",\"\":2}", 8, 13, 9},
    };
    size_t i;
    int escaped;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        for (escaped = 0; escaped < 2; escaped++) {
            jsmntok_t token;
            memset(&token, 0x5A, sizeof token);
            kratos_members_token(&token, guarded(0, rows[i].text, strlen(rows[i].text)), rows[i].from, rows[i].end,
                                 escaped);
            assert_int_equal(token.start, rows[i].start);
            assert_int_equal(token.end, rows[i].end);
            assert_int_equal(token.size != 0, escaped);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_orders), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_in_place), cmocka_unit_test(test_token),
    };
    return cmocka_run_group_tests_name("members", tests, NULL, NULL) != 0;
}
