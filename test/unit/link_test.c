/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of Link lines by itself, against RFC 8288 (section 3) and RFC 3986: what is the next page, what is not, what must be
 * refused. Each line is read byte by byte into exactly the memory that link.h promises to do with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Texts that are no token: a line that is refused, and one that names no next page. */
static const char bad[] = "(refused)", none[] = "(no next page)";

struct result {
    int rc;
    bool next;
    size_t read; /* bytes that were read up to the result */
    char token[4096];
};

/* Reads the n bytes at p, which stand for a line or a part of it. */
static void read_bytes(const char *p, size_t n, struct result *r)
{
    char *line = (char *)malloc(n + 1), *token = (char *)malloc(n + 1);
    struct kratos_link_reader l;
    size_t i;
    line = (char *)realloc(line, n != 0 ? n : 1); /* nothing behind either */
    token = (char *)realloc(token, n != 0 ? n : 1);
    memcpy(line, p, n);
    memset(token, 0x5A, n);
    memset(&l, 0xFF, sizeof l);
    kratos_link_begin(&l);
    r->rc = KRATOS_LINK_MORE;
    assert_int_equal(l.size, 0);
    for (r->read = 0; r->read < n && r->rc == KRATOS_LINK_MORE;) {
        r->rc = kratos_link_byte(&l, line[r->read++], token);
        if (l.size > r->read) {
            fail_msg("%.*s: a token of %lu bytes after %zu", (int)n, p, (unsigned long)l.size, r->read);
        }
        for (i = r->read; i < n; i++) {
            if (token[i] != 0x5A) {
                fail_msg("%.*s: written to byte %zu after %zu", (int)n, p, i, r->read);
            }
        }
    }
    r->next = l.next;
    assert_true(l.size < sizeof r->token);
    memcpy(r->token, token, l.size);
    r->token[l.size] = '\0';
    free(line);
    free(token);
}

/* The whole line, without its end, must give this. */
static void must(const char *what, const char *line, size_t n, const char *wanted)
{
    static char whole[9000];
    struct result r;
    assert_true(n + 2 <= sizeof whole);
    memcpy(whole, line, n);
    memcpy(whole + n, "\r\n", 2);
    read_bytes(whole, n + 2, &r);
    if (wanted == bad ? r.rc != KRATOS_LINK_BAD
                      : r.rc != KRATOS_LINK_END || r.read != n + 2 || r.next != (wanted != none) ||
                            strcmp(r.token, wanted != none ? wanted : "") != 0) {
        fail_msg("%s: |%.*s|: rc %d after %zu bytes, next %d, token |%s|, wanted |%s|", what, (int)n, line, r.rc,
                 r.read, r.next, r.token, wanted);
    }
}

/* ---- Lines ----------------------------------------------------------------------------------- */

#define T "</a?page_token=T>"

static void test_lines(void **state)
{
    static const struct {
        const char *what, *line, *token;
    } rows[] = {
        /* RFC 8288 3.3 and 2.1: what is the relation "next" */
        {"nothing", "", none},
        {"blanks", " \t ", none},
        {"as Kratos writes it", T "; rel=\"next\"", "T"},
        {"without blanks", T ";rel=\"next\"", "T"},
        {"blanks and tabs", "  " T "\t ;\t rel=\"next\" \t", "T"},
        {"blanks round the sign", T "; rel \t= \"next\"", "T"},
        {"a token", T "; rel=next", "T"},
        {"a token, blanks behind", T "; rel=next \t ", "T"},
        {"an empty parameter before", T ";; rel=next", "T"},
        {"an empty parameter behind", T "; rel=next;", "T"},
        {"a parameter behind, token", T "; rel=next; title=x", "T"},
        {"a parameter behind, quoted", T "; rel=\"next\"; title=\"x\"", "T"},
        {"a parameter without a value before", T "; crossorigin; rel=\"next\"", "T"},
        {"a parameter without a value behind", T "; rel=\"next\"; crossorigin", "T"},
        {"parameters before", T "; type=\"a/b\"; hreflang=de; rel=next", "T"},
        {"anything quoted before", T "; title=\"a, b; c > <d?page_token=E>; rel=prev\"; rel=\"next\"", "T"},
        {"anything quoted behind", T "; rel=\"next\"; title=\"a, b; <d?page_token=E>; rel=next\"", "T"},
        {"an empty quoted text", T "; title=\"\"; rel=next", "T"},
        /* RFC 9110 5.6.4: a backslash and what it quotes */
        {"a quoted quote", T "; title=\"\\\"\"; rel=next", "T"},
        {"a quoted quote, and a relation", T "; title=\"a\\\"; rel=next; x=\\\"\"; rel=prev", none},
        {"a quoted quote, and another link", "</b?page_token=2>; title=\"\\\"\", " T "; rel=next", "T"},
        {"a quoted backslash", T "; title=\"\\\\\"; rel=next", "T"},
        {"a quoted backslash, and a relation", T "; title=\"\\\\\"; x=\"; rel=next; y=\"; rel=prev", none},
        {"a quoted backslash and quote", T "; title=\"\\\\\\\"; rel=next\"; rel=prev", none},
        {"a quoted letter", T "; title=\"\\a\"; rel=next", "T"},
        {"a quoted bracket and comma", T "; title=\"\\],\\,]\"; rel=next", "T"},
        {"a backslash outside of a quoted text", T "; title=\\; rel=next", "T"},
        {"two quoted texts", T "; a=\"\"; b=\"rel\"; rel=\"next\"", "T"},

        /* and what is not */
        {"no parameter", T, none},
        {"no relation", T ";", none},
        {"no value", T "; rel", none},
        {"no value behind the sign", T "; rel=", none},
        {"empty", T "; rel=\"\"", none},
        {"prev", T "; rel=\"prev\"", none},
        {"begins so, token", T "; rel=nex", none},
        {"begins so, quoted", T "; rel=\"nex\"", none},
        {"goes on, token", T "; rel=next2", none},
        {"goes on, quoted", T "; rel=\"next2\"", none},
        {"goes on with all of it", T "; rel=nextnext", none},
        {"goes on with all of it, quoted", T "; rel=\"nextnext\"", none},
        {"goes on with a hyphen", T "; rel=next-archive", none},
        {"goes on with a hyphen, quoted", T "; rel=\"next-archive\"", none},
        {"ends so, token", T "; rel=xnext", none},
        {"ends so, quoted", T "; rel=\"xnext\"", none},
        {"ends so behind a part of it", T "; rel=nnext", none},
        {"ends so behind a part of it, quoted", T "; rel=\"nenext\"", none},
        {"one letter differs", T "; rel=nexd", none},
        {"one letter differs, quoted", T "; rel=\"naxt\"", none},
        {"an address that ends so", T "; rel=\"http://x/next\"", none},
        {"an address with all of it", T "; rel=\"http://x/;rel=next\"", none},
        {"not a list of it and another", T "; rel=\"prev first\"", none},
        {"another parameter, same value", T "; rev=\"next\"", none},
        {"another parameter, same value, token", T "; title=next", none},
        {"another parameter, longer", T "; relx=next", none},
        {"another parameter, shorter", T "; re=next", none},
        {"another parameter, extended", T "; rel*=next", none},
        {"another parameter that ends so", T "; xrel=next", none},
        {"another parameter that begins with a part", T "; rerel=next", none},
        {"a parameter of that name without a sign", T "; relnext", none},
        {"the value alone", T "; next", none},
        {"the value alone, quoted", T "; \"next\"", none},
        {"inside a quoted text", T "; title=\"; rel=next\"", none},
        {"inside a quoted text, alone", T "; title=\"rel=next\"", none},
        {"inside a quoted text, at its end", T "; title=\"x;rel=next\"; rel=prev", none},
        {"a quoted text that ends like it", T "; title=\";rel=\"; next", none},
        {"a relation behind none", T "; rel; next", none},
        {"the relation stands before the address", "rel=\"next\"; " T, none},
        {"the relation stands in the address", "</a;rel=next?page_token=E;rel=next>", none},
        {"the address is the name of the parameter", "<page_token=E>; rel=next", ""},
        {"no address", "; rel=\"next\"", none},
        {"words and no address", "next, rel=next ; rel=\"next\"", none},

        /* RFC 3986 3.4: the token in the address */
        {"first of several", "</a?page_token=T&x=y&page=2>; rel=next", "T"},
        {"last of several", "<http://h:1/a?page=1&x=y&page_token=T>; rel=next", "T"},
        {"in the middle", "<?x=y&page_token=T&page=1>; rel=next", "T"},
        {"twice: the first", "</a?page_token=T&page_token=E>; rel=next", "T"},
        {"behind an empty parameter", "</a?&page_token=T>; rel=next", "T"},
        {"behind a part of its name", "</a?page_toke&page_token=T>; rel=next", "T"},
        {"behind its name", "</a?page_token&page_token=T>; rel=next", "T"},
        {"a longer name", "</a?page_tokens=E>; rel=next", ""},
        {"a longer name, in front", "</a?xpage_token=E>; rel=next", ""},
        {"a part of the name before it", "</a?page_page_token=E>; rel=next", ""},
        {"another name", "</a?page-token=E&pagetoken=E>; rel=next", ""},
        {"name in capitals", "</a?PAGE_TOKEN=E>; rel=next", ""},
        {"name only", "</a?page_token>; rel=next", ""},
        {"name in the path", "</page_token=E>; rel=next", ""},
        {"name in a value", "</a?x=page_token=E>; rel=next", ""},
        {"empty", "</a?page_token=>; rel=next", ""},
        {"empty, and more", "</a?page_token=&x=E>; rel=next", ""},
        {"no query", "</a>; rel=next", ""},
        {"no address at all", "<>; rel=next", ""},
        {"a comma, a semicolon, a sign", "</a,b;c?x=1,2;3&page_token=T,1;2=3?4/5:6@7&y=,;>; rel=next",
         "T,1;2=3?4/5:6@7"},
        {"a relation in the token", "</a?page_token=T;rel=prev>; rel=next", "T;rel=prev"},
        {"an address in the token", "</a?page_token=T<b>; rel=next", "T<b"},
        {"what base64url has", "</a?page_token=aZ09-_.~==>; rel=next", "aZ09-_.~=="},
        {"bytes over 127", "</a?page_token=\xc3\xa9\xff\x80>; rel=next", "\xc3\xa9\xff\x80"},

        /* RFC 3986 2.1: what is no percent-encoding stays as it is */
        {"decoded", "</a?page_token=a%3D%3d%2Fb%26%3E%22>; rel=next", "a==/b&>\""},
        {"decoded once only", "</a?page_token=%2541%25>; rel=next", "%41%"},
        {"decoded to a high byte", "</a?page_token=%c3%A9%FF%80>; rel=next", "\xc3\xa9\xff\x80"},
        {"decoded, all of it", "</a?page_token=%41>; rel=next", "A"},
        {"a sign at the end", "</a?page_token=a%>; rel=next", "a%"},
        {"a sign and a digit at the end", "</a?page_token=a%4>; rel=next", "a%4"},
        {"a sign and a digit, more behind", "</a?page_token=a%4&x=1>; rel=next", "a%4"},
        {"a sign alone", "</a?page_token=%>; rel=next", "%"},
        {"a sign, one digit alone", "</a?page_token=%4>; rel=next", "%4"},
        {"two signs", "</a?page_token=%%41>; rel=next", "%A"},
        {"signs only", "</a?page_token=%%%>; rel=next", "%%%"},
        {"no digits", "</a?page_token=%zz%41>; rel=next", "%zzA"},

        /* control characters and blanks would become part of the next request, or of what the application stores */
        {"a blank", "</a?page_token=a b>; rel=next", bad},
        {"a tab", "</a?page_token=a\tb>; rel=next", bad},
        {"an encoded blank", "</a?page_token=a%20b>; rel=next", bad},
        {"an encoded NUL", "</a?page_token=a%00>; rel=next", bad},
        {"an encoded line end", "</a?page_token=%0d%0aX:y>; rel=next", bad},
        {"an encoded delete", "</a?page_token=%7f>; rel=next", bad},
        {"an encoded blank of another page", "</a?page_token=a%20b>; rel=first, " T "; rel=next", "T"},
        {"a blank of another page", T "; rel=next, </a?page_token=a b>; rel=first", "T"},
        {"an encoded NUL of another page, no next", "</a?page_token=%00>; rel=first", none},

        /* several links */
        {"last", "</a?page_token=1>; rel=\"first\",</a?page_token=longer>; rel=prev," T "; rel=\"next\"", "T"},
        {"first", T "; rel=\"next\",</a?page_token=1>; rel=\"first\"", "T"},
        {"first, token", T "; rel=next,</a?page_token=longer>; rel=first", "T"},
        {"in the middle", "</a?page_token=1>; rel=first , " T " ; rel=next\t,\t</a?page_token=2>; rel=last", "T"},
        {"empty ones between", ",, ," T "; rel=next, , ,", "T"},
        {"next without a token behind one with", "</a?page_token=1>; rel=first, </a>; rel=next", ""},
        {"next behind one without a parameter", "</a?page_token=1>, " T "; rel=next", "T"},
        {"the relation of another link", T ", </a?x=y>; rel=prev", none},
        {"the relation is not carried on", T "; rel=, </a?page_token=2>; next", none},
        {"nor is a part of it", T "; rel=ne, xt", none},
        {"nor a semicolon", T ";, rel=next", none},
        {"none of three", "</a?page_token=1>; rel=first,</a?page_token=2>; rel=prev,</a?page_token=3>; rel=last", none},
        {"a quoted text goes over commas", "</a?page_token=1>; title=\", " T "; rel=next\"; rel=first", none},
        {"behind a relation that begins so", "</b?page_token=2>; rel=\"nex\"; title=\"x\", " T "; rel=next", "T"},
        {"behind an empty relation", "</b?page_token=2>; rel=\"\"; title=\"x\", " T "; rel=\"next\"", "T"},
        {"a longer token lay there: a sign", "</b?page_token=%4142>; rel=prev, </a?page_token=%>; rel=next", "%"},
        {"a longer token lay there: a digit", "</b?page_token=%4142>; rel=prev, </a?page_token=%4>; rel=next", "%4"},
        {"a longer token lay there", "</b?page_token=x%4142>; rel=prev, </a?page_token=y%4>; rel=next", "y%4"},
        {"the first of two that are next", T "; rel=next, </a?page_token=2>; rel=next", "T"},

        /* broken: nothing is taken */
        {"address not opened", "/a?page_token=E>; rel=next", none},
        {"address not opened, a query", "?page_token=E>; rel=next", none},
        {"a question mark, no semicolon", "</a?>rel=next", none},
        {"no semicolon", "</a?page_token=E>rel=next", none},
        {"address not closed", "</a?page_token=E; rel=\"next\"", none},
        {"address not closed, no query", "</a; rel=\"next\"", none},
        {"address not closed, more behind the token", "</a?page_token=E&x; rel=\"next\"", none},
        {"quote not closed in another parameter", T "; title=\"x; rel=next", none},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        must(rows[i].what, rows[i].line, strlen(rows[i].line), rows[i].token);
    }
}

/* RFC 8288: a second rel does not count, names and relations are alike in any case. */
static void test_rfc(void **state)
{
    static const struct {
        const char *what, *line, *token;
    } rows[] = {
        {"3.3: a second rel is ignored", T "; rel=\"prev\"; rel=\"next\"", none},
        {"3.3: a second rel is ignored, token", T "; rel=prev; rel=next", none},
        {"3: names in any case", T "; REL=\"next\"", "T"},
        {"2.1.1: relations in any case", T "; rel=\"Next\"", "T"},
        {"not a list of relations", T "; rel=\"prev next\"", none}, /* as link.h says */
        {"not a list of relations, first", T "; rel=\"next prev\"", none},
    };
    size_t i;
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        must(rows[i].what, rows[i].line, strlen(rows[i].line), rows[i].token);
    }
}

/* Any address with any parameters, beside any other: the token is that of the one whose relation is next. */
static void test_pairs(void **state)
{
    static const struct {
        const char *address, *token;
    } links[] = {
        {"</a?page_token=T>", "T"},
        {"<http://h:4434/admin/identities?page_size=2&page_token=00000000-1&x=%20>", "00000000-1"},
        {"</a;rel=next?x=,;rel=prev&page_token=T,;%25>", "T,;%"},
        {"</a?page_token=>", ""},
        {"<>", ""},
        {"</a?page_tokens=E&xpage_token=E>", ""},
    };
    static const struct {
        const char *text;
        bool next;
    } params[] = {
        {"; rel=\"next\"", true},
        {";rel=next", true},
        {" ;\trel = next", true},
        {"; title=\"; rel=prev, <b?page_token=E>\"; rel=\"next\"", true},
        {"; rel=next; title=\"; rel=prev, <b?page_token=E>\"; x", true},
        {"", false},
        {";", false},
        {"; rel=\"prev\"", false},
        {"; rel=first", false},
        {"; title=\"; rel=next, <b?page_token=E>; rel=next\"; rel=\"last\"", false},
        {"; rel=\"nextish\"; title=next", false},
        {"; rel", false},
    };
    static const char *const separators[] = {",", ", ", "\t , ,"};
    size_t a, b, c, d, s;
    char line[400];
    (void)state;
    for (a = 0; a < COUNT(links); a++) {
        for (b = 0; b < COUNT(params); b++) {
            for (c = 0; c < COUNT(links); c++) {
                for (d = 0; d < COUNT(params); d++) {
                    const char *wanted = params[b].next ? links[a].token : params[d].next ? links[c].token : none;
                    if (params[b].next && params[d].next) {
                        continue;
                    }
                    s = (a + b + c + d) % COUNT(separators);
                    sprintf(line, "%s%s%s%s%s", links[a].address, params[b].text, separators[s], links[c].address,
                            params[d].text);
                    must("pair", line, strlen(line), wanted);
                }
            }
        }
    }
}

/* A line that ends anywhere: the next page is named from the end of its relation on, and by no byte less. */
static void test_ends_anywhere(void **state)
{
    static const struct {
        const char *before, *behind, *token;
    } rows[] = {
        {"</a?x=y&page_token=T%41>; rel=\"next\"", "; title=\"a\", </b?page_token=2>; rel=\"first\"", "TA"},
        {"</a?page_token=T&x=y>; rel=next", ", </b?page_token=2>; rel=first", "T"},
        {"</b?page_token=2>; rel=\"prev\",</a?page_token=T>; title=\"; rel=next\" ; rel = \"next\"", " , <c>; rel=x",
         "T"},
        {"</b?page_token=2>; rel=first, </a?page_token=T>;;x=\"\";rel=next", ";rel=next", "T"},
    };
    size_t i, n;
    char line[400];
    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        sprintf(line, "%s%s", rows[i].before, rows[i].behind);
        for (n = 0; n <= strlen(line); n++) {
            must("cut", line, n, n < strlen(rows[i].before) ? none : rows[i].token);
        }
    }
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

/* RFC 9110 5.5: no control characters but tabs in a line, wherever they stand; RFC 9112 2.2: CR only before LF. */
static void test_every_byte_everywhere(void **state)
{
    static const char *const before[] = {
        "",
        "<",
        "</a",
        "</a?page_tok",
        "</a?page_token=",
        "</a?page_token=t",
        "</a?page_token=t&x",
        "</a?page_token=t>",
        "</a?page_token=t>;",
        "</a?page_token=t>;rel=ne",
        "</a?page_token=t>;rel=next",
        "</a?page_token=t>;rel=\"",
        "</a?page_token=t>;rel=\"next",
        "</a?page_token=t>;rel=\"next\"",
        "</a?page_token=t>;x=\"",
        "</a?page_token=t>;rel=\"prev",
        "</a?page_token=t>;rel=next,",
        "</a?page_token=t>;rel=next;x=\"",
        "</a?page_token=t>;rel=next,<b?page_token=",
    };
    char line[80];
    struct result r;
    size_t i, n;
    int c, d;
    (void)state;
    for (i = 0; i < COUNT(before); i++) {
        n = strlen(before[i]);
        memcpy(line, before[i], n);
        for (c = 0; c < 256; c++) {
            bool refused = (c < 0x20 && c != '\t' && c != '\r') || c == 0x7F;
            line[n] = (char)c;
            read_bytes(line, n + 1, &r);
            if (r.rc != (refused ? KRATOS_LINK_BAD : KRATOS_LINK_MORE) || r.read != n + 1) {
                fail_msg("byte %d behind |%s|: rc %d after %zu", c, before[i], r.rc, r.read);
            }
        }
        for (d = 0; d < 256; d++) {
            line[n] = '\r';
            line[n + 1] = (char)d;
            read_bytes(line, n + 2, &r);
            if (r.rc != (d == '\n' ? KRATOS_LINK_END : KRATOS_LINK_BAD)) {
                fail_msg("CR and byte %d behind |%s|: rc %d", d, before[i], r.rc);
            }
        }
    }
}

static int hex(int c)
{
    const char *all = "0123456789abcdef0123456789ABCDEF", *p = c != 0 ? strchr(all, c) : NULL;
    return p != NULL ? (int)(p - all) % 16 : -1;
}

/* Each byte in a token, as it is and percent-encoded, first, last and in the middle. */
static void test_every_byte_of_a_token(void **state)
{
    static const char *const around[][2] = {{"", ""}, {"a", ""}, {"", "b"}, {"a", "b"}, {"%41", "%42"}};
    static const char *const plain[][2] = {{"", ""}, {"a", ""}, {"", "b"}, {"a", "b"}, {"A", "B"}};
    char line[80], wanted[20];
    size_t i, how;
    int c;
    (void)state;
    for (i = 0; i < COUNT(around); i++) {
        for (c = 0; c < 256; c++) {
            bool refused = c <= 0x20 || c == 0x7F;
            sprintf(wanted, "%s%c%s", plain[i][0], c != 0 ? c : '0', plain[i][1]);
            for (how = 0; how < 2; how++) {
                sprintf(line, how != 0 ? "</a?page_token=%s%%%02X%s>;rel=next" : "</a?page_token=%s%%%02x%s>;rel=next",
                        around[i][0], (unsigned)c, around[i][1]);
                must("encoded", line, strlen(line), refused ? bad : wanted);
            }
            if ((c > 0x20 || c == '\t' || c == ' ') && c != '>' && c != '&' && c != '%') {
                sprintf(line, "</a?page_token=%s%c%s>;rel=next", around[i][0], c, around[i][1]);
                must("plain", line, strlen(line), refused ? bad : wanted);
            }
        }
    }
}

/* Only hexadecimal digits make an encoding; anything else stays as it is. */
static void test_every_digit(void **state)
{
    char line[80], wanted[20];
    int c;
    (void)state;
    for (c = 0x21; c < 256; c++) {
        if (c == '>' || c == '&' || c == '%' || c == 0x7F) {
            continue;
        }
        sprintf(line, "</a?page_token=%%5%cz>;rel=next", c);
        sprintf(wanted, hex(c) >= 0 ? "%cz" : "%%5%cz", hex(c) >= 0 ? 0x50 + hex(c) : c);
        must("low digit", line, strlen(line), wanted);
        sprintf(line, "</a?page_token=%%%c5z>;rel=next", c);
        sprintf(wanted, hex(c) >= 2 ? "%cz" : "%%%c5z", hex(c) >= 2 ? hex(c) * 16 + 5 : c);
        must("high digit", line, strlen(line), hex(c) == 0 || hex(c) == 1 ? bad : wanted);
    }
}

/* A line longer than any buffer: what is no token needs no memory. */
static void test_long(void **state)
{
    static const char *const parts[][2] = {
        {"</a?page_token=T&x=", ">; rel=next"},      {"<", "?page_token=T>; rel=next"},
        {"</a?", "&page_token=T>; rel=next"},        {"</a?page_token=T>; x=", "; rel=next"},
        {"</a?page_token=T>; x=\"", "\"; rel=next"}, {"", "</a?page_token=T>; rel=next"},
        {"</a?page_token=T>; rel=next, ", ""},
    };
    static char line[9000];
    size_t i, n;
    (void)state;
    for (i = 0; i < COUNT(parts); i++) {
        for (n = 250; n < 8000; n = n < 260 ? n + 1 : n * 5 + 1) {
            char *p = line + sprintf(line, "%s", parts[i][0]);
            memset(p, 'x', n);
            strcpy(p + n, parts[i][1]);
            must("long", line, strlen(line), "T");
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_rfc),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_ends_anywhere),
        cmocka_unit_test(test_every_byte_everywhere),
        cmocka_unit_test(test_every_byte_of_a_token),
        cmocka_unit_test(test_every_digit),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("link", tests, NULL, NULL) != 0;
}
