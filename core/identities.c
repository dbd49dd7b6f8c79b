/* SPDX-License-Identifier: Apache-2.0
 *
 * listIdentities. It must never know how pages follow one another: list.c does.
 */
#include "identity.h"
#include "list.h"

/* Of Kratos' legacy mode from 1.1.0 on; before it was 1,000. */
#define PER_PAGE_MAX 500

static void write_filters(struct kratos_out *out, const struct kratos_list_identities_params *p)
{
    int filters =
        (p->ids != NULL) + (p->credentials_identifier != NULL) + (p->preview_credentials_identifier_similar != NULL);
    if (filters > 1 || (p->ids != NULL && *p->ids == NULL)) { /* ids without an id would list everything */
        kratos_out_fail(out, "filters");
    }
    kratos_out_query(out, "credentials_identifier", p->credentials_identifier);
    kratos_out_query(out, "preview_credentials_identifier_similar", p->preview_credentials_identifier_similar);
    kratos_out_query_list(out, "ids", p->ids);
    kratos_out_query_list(out, "include_credential", p->include_credential);
    kratos_out_query(out, "consistency", p->consistency);
    kratos_out_query(out, "organization_id", p->organization_id);
}

static void write_query(struct kratos_out *out, const void *args)
{
    const struct kratos_pages *pages = args;
    kratos_list_query(out, pages);
    if (pages->params != NULL) {
        write_filters(out, pages->params);
    }
}

static const struct kratos_op list_identities = {
    .method = "GET",
    .path = kratos_path_identities,
    .query = write_query,
    .success = KRATOS_200,
    .shape = &kratos_shape_list,
    .result = &kratos_identity_result,
};

int kratos_list_identities(struct kratos *k, const struct kratos_list_identities_params *params,
                           struct kratos_identity *item)
{
    struct kratos_pages pages = {.k = k, .most = PER_PAGE_MAX, .params = params};
    struct kratos_call call = {.args = &pages, .out = item};
    if (params != NULL) {
        pages.by_number = params->by_page;
        pages.one_page = params->one_page;
        pages.size = params->page_size;
        pages.page = params->page;
        pages.token = params->page_token;
    }
    return kratos_list(k, &list_identities, &call);
}
