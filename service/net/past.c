#include "net/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/date.h"
#include "net/encode.h"
#include "net/ticket.h"
#include "proto/text.h"

/* The call's arguments, with texts of its own: the request is gone when the answer comes. */
struct past_call {
    struct call call;
    handler again;
    struct arena texts;
};

bool past_wanted(const struct call *call)
{
    const struct method *m = call->method;
    return call->past == NULL && m->n_params > 0 && call->arguments[m->n_params - 1].given &&
           strcmp(m->params[m->n_params - 1].name, "as_of") == 0;
}

static struct past_call *keep(const struct call *call, handler again, struct err *e)
{
    struct past_call *p = calloc(1, sizeof *p);
    bool failed = p == NULL;
    if (p != NULL) {
        *p = (struct past_call){.call = *call, .again = again};
        arena_init(&p->texts);
    }
    for (size_t i = 0; !failed && i < call->method->n_params; i++) {
        struct argument *a = &p->call.arguments[i];
        if (!a->given || call->method->params[i].type != PARAM_STR)
            continue;
        a->text = arena_text(&p->texts, a->text, a->text_size);
        failed = a->text == NULL;
    }
    if (!failed)
        return p;
    past_call_free(p);
    err_memory(e, "taking the request");
    return NULL;
}

void past_call_free(struct past_call *p)
{
    if (p == NULL)
        return;
    arena_free(&p->texts);
    free(p);
}

int past_call_write(struct past_call *p, const struct snapshot *s, struct buf *out, struct err *e)
{
    /* Of the run that is in force all is known that the present knows. */
    const struct service *service = p->call.service;
    p->call.past = s == service->snapshot(service->self) ? NULL : s;
    return p->again(&p->call, out, e);
}

/* A run's number or a day. */
static int read_as_of(const struct argument *a, char text[16], struct service_past *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    int32_t day;
    if (a->text_size < 16) {
        memcpy(text, a->text, a->text_size);
        text[a->text_size] = '\0';
        if (strspn(text, "0123456789") == a->text_size && (out->run = strtoll(text, NULL, 10)) > 0)
            return 0;
        out->run = 0;
        out->day = text;
        if (date_parse(text, &day))
            return 0;
    }
    return err_set(e, ERR_INVALID,
                   "as_of: %s came; allowed is the number of a run that was published, or a day as in "
                   "2026-03-14, at whose end it was",
                   text_show(a->text, a->text_size, shown));
}

const struct argument *past_programme(const struct call *call)
{
    static const struct argument usual = {
        .given = true, .text = "default", .text_size = sizeof "default" - 1};
    const struct argument *as_of = &call->arguments[call->method->n_params - 1];
    size_t i = 0;
    while (strcmp(call->method->params[i].name, "programme") != 0)
        i++; /* as past.h says, there is one */
    return call->arguments[i].given ? &call->arguments[i] : as_of->given ? &usual : NULL;
}

int past_read(struct call *call, handler again, struct err *e)
{
    char text[16];
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct service_past request = {.forgotten = ticket_is_forgotten};
    if (read_as_of(&call->arguments[call->method->n_params - 1], text, &request, e) ||
        call_snapshot(call, &s, e) || call_programme(s, past_programme(call), &p, e))
        return (int)e->code;
    struct past_call *kept = keep(call, again, e);
    struct ticket *ticket = kept == NULL ? NULL : ticket_open_past(call, kept, e);
    if (ticket == NULL)
        return (int)e->code;
    request.programme = p->name;
    request.client = ticket_client(ticket);
    call->service->past(call->service->self, &request, ticket_answer_past, ticket);
    return HANDLER_LATER;
}
