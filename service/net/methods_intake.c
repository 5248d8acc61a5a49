/* report.submit and organizer.upsert: what case systems know goes into the database, a batch at a time. */
#include <stdio.h>

#include "net/batch.h"
#include "net/login.h"
#include "net/ticket.h"

#define KEY_SIZE (4 * 100 + 1) /* 100 characters by methods.def */

enum { ENTRIES, KEY };

static int take(struct call *call, enum input_table table, struct err *e)
{
    char key[KEY_SIZE] = "", who[LOGIN_WHO];
    const struct argument *given = &call->arguments[KEY];
    uint32_t limit = call->server->options.submit_entries;
    struct buf entries;
    struct service_batch batch = {.organizers = table == INPUT_ORGANIZERS,
                                  .entries = &entries,
                                  .client = call->conn->id,
                                  .key = key,
                                  .who = login_who(call->conn, who),
                                  .origin = login_origin(call->conn)};
    if (given->given)
        snprintf(key, sizeof key, "%.*s", (int)given->text_size, given->text);
    buf_init(&entries, 0);
    struct ticket *ticket = NULL;
    int code = batch_write(&entries, table, call->arguments[ENTRIES].object, limit, e);
    call->server->reached[LIMIT_SUBMIT_ENTRIES] += code == ERR_LIMIT;
    if (code == 0 && (ticket = ticket_open_batch(call, e)) == NULL)
        code = (int)e->code;
    if (code == 0)
        call->service->submit(call->service->self, &batch, ticket_answer_batch, ticket);
    buf_free(&entries);
    return code == 0 ? HANDLER_LATER : code;
}

int handle_report_submit(struct call *call, struct buf *out, struct err *e)
{
    (void)out;
    return take(call, INPUT_REPORTS, e);
}

int handle_organizer_upsert(struct call *call, struct buf *out, struct err *e)
{
    (void)out;
    return take(call, INPUT_ORGANIZERS, e);
}
