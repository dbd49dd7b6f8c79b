/* SPDX-License-Identifier: Apache-2.0
 *
 * What an operation is, and what an operation file may call. One const struct kratos_op per operation
 * stands beside its typed function; a program links those it calls and nothing of the others. This file
 * must never know a particular operation.
 */
#ifndef KRATOS_OP_H
#define KRATOS_OP_H

#include "json.h"
#include "kratos.h"
#include "out.h"

/* How a list asks for its pages. */
struct kratos_page {
    uint32_t size; /* 0: to be chosen */
    uint32_t page; /* KRATOS_PAGES only: the first page's number */
    const char *token;
    bool by_page, one_page;
};

/* One call of an operation: the same at each call until it is finished. */
struct kratos_call {
    const char *path[2]; /* values of the path's {parameters}, in order */
    const void *args;    /* what the operation's writers and its shape take */
    void *out;           /* result, or NULL */
    struct kratos_page page;
};

/* What a reply leaves free, so that the next request has a window. */
#define KRATOS_WINDOW_MIN 64

enum { KRATOS_IDLE, KRATOS_SEND, KRATOS_HEAD, KRATOS_BODY, KRATOS_PAUSED }; /* kratos.phase */

/* Internal results of one step, beside KRATOS_*. */
enum {
    KRATOS_GO = 16,   /* go on with what is in memory */
    KRATOS_WAIT = 17, /* bytes must move first */
    KRATOS_NEXT = 18  /* the reply is complete; the operation goes on with another request */
};

/* How replies of one kind are read. Events are those of the sieve down to `depth`, and to the members below
 * where it keeps. */
struct kratos_shape {
    uint8_t depth; /* of the elements that pass one by one through the work buffer */
    bool keeps;    /* elements are kept as text, with tokens of their members */
    /* An operation begins. May finish it: KRATOS_END. KRATOS_GO otherwise. */
    int (*begin)(struct kratos *k, const struct kratos_call *call);
    /* Fills the window of a request whose length is not known beforehand; NULL: plain requests. */
    int (*fill)(struct kratos *k, const struct kratos_call *call);
    /* After each event and each block: its n bytes end at work[raw]. KRATOS_GO, or a result. NULL: nothing
     * to do. */
    int (*event)(struct kratos *k, const struct kratos_call *call, int event, uint32_t n);
    /* The reply is complete, and strict JSON. A result, or KRATOS_NEXT. */
    int (*end)(struct kratos *k, const struct kratos_call *call);
    /* The reply broke off. True: the request was changed and is to be sent again. NULL: never. */
    bool (*broken)(struct kratos *k, const struct kratos_call *call);
    /* Reads what is unread of a Link line (KRATOS_TOKEN only). KRATOS_GO; KRATOS_WAIT: used up; or an error. */
    int (*link)(struct kratos *k);
    /* Adds paging to the query; NULL: none. */
    void (*query)(const struct kratos *k, struct kratos_out *out, const struct kratos_call *call);
};

enum { KRATOS_200 = 1, KRATOS_201 = 2, KRATOS_204 = 4 };          /* op.success */
enum { KRATOS_TOKEN = 1, KRATOS_PAGES = 2, KRATOS_ONE_PAGE = 3 }; /* op.pager */

struct kratos_op {
    const char *method;
    const char *path; /* verbatim from Kratos' OpenAPI document */
    const struct kratos_shape *shape;
    void (*query)(struct kratos_out *out, const void *args);
    void (*body)(struct kratos_out *out, const void *args);
    int (*decode)(struct kratos *k, void *out); /* NULL: the reply has no body, or the shape decodes */
    uint8_t success;
    uint8_t pager;
    bool has_id;       /* the result struct begins with char id[KRATOS_ID_SIZE] */
    uint16_t size_max; /* KRATOS_PAGES: largest page the server gives */
};

extern const struct kratos_shape kratos_shape_value; /* one object */
extern const struct kratos_shape kratos_shape_none;  /* success has no body */
extern const struct kratos_shape kratos_shape_list;
extern const struct kratos_shape kratos_shape_rows;
extern const struct kratos_shape kratos_shape_schema;
extern const struct kratos_shape kratos_shape_schemas;

/* An operation with at most one parameter in its path, and without pages. */
int kratos_run(struct kratos *k, const struct kratos_op *op, const char *parameter, const void *args, void *out);

int kratos_execute(struct kratos *k, const struct kratos_op *op, const struct kratos_call *call);

/* Refuses arguments: KRATOS_ERR_ARG with fault.reason; KRATOS_ERR_BUSY while an operation is in progress. */
int kratos_refuse(struct kratos *k, const char *why);

/* The element in the work buffer with its tokens. */
struct kratos_tokens kratos_element(const struct kratos *k);

/* Fills `out` (zeroed first) from the element; on an error only the id stays. `out` NULL: nothing to do. */
int kratos_decode(struct kratos *k, const struct kratos_field *fields, size_t field_count, void *out, size_t out_size);

/* Opens herodot's error object with jsmn and decodes some of its texts. */
void kratos_decode_error(struct kratos *k, kratos_json value, const struct kratos_field *fields, size_t field_count,
                         void *out);

/* An element that was kept to its end: KRATOS_OK, or what is wrong with it. */
int kratos_element_result(struct kratos *k);

/* The KRATOS_ERR_* that the code of herodot's error object stands for. Before it is decoded. */
int kratos_error_result(kratos_json error);

/* The KRATOS_ERR_* of an HTTP status from 300 on. */
int kratos_status_result(int status);

/* Sets the fault's effect and all else that is known, and returns rc. */
int kratos_fail(struct kratos *k, int rc);

#endif
