#include "net/ask.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net/login.h"
#include "net/ticket.h"

void ask_begin(struct ask *a, enum service_question question)
{
    *a = (struct ask){.ask = {.question = question}};
    arena_init(&a->memory);
}

void ask_text(struct ask *a, size_t i, const char *text, size_t size)
{
    if (text == NULL)
        return;
    a->ask.values[i] = arena_text(&a->memory, text, size);
    a->failed = a->failed || a->ask.values[i] == NULL;
}

void ask_whole(struct ask *a, size_t i, int64_t value)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%" PRId64, value);
    ask_text(a, i, text, (size_t)n);
}

void ask_real(struct ask *a, size_t i, double value)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.17g", value);
    if (isfinite(value))
        ask_text(a, i, text, (size_t)n);
}

void ask_argument(struct ask *a, size_t i, const struct argument *argument, const struct param *param)
{
    if (!argument->given)
        return;
    if (param->type == PARAM_UINT)
        ask_whole(a, i, (int64_t)argument->natural);
    else if (param->type == PARAM_BOOL)
        ask_text(a, i, argument->flag ? "true" : "false", argument->flag ? 4 : 5);
    else
        ask_text(a, i, argument->text, argument->text_size);
}

void ask_actor(struct ask *a, size_t i, const struct conn *c)
{
    char who[LOGIN_WHO];
    login_who(c, who);
    ask_text(a, i, who, strlen(who));
    ask_text(a, i + 1, login_origin(c), strlen(login_origin(c)));
}

int ask_end(struct ask *a, struct call *call, int code, struct err *e)
{
    struct ticket *ticket = NULL;
    if (code == 0 && a->failed)
        code = err_memory(e, "a question to the database");
    if (code == 0 && (ticket = ticket_open_json(call, e)) == NULL)
        code = (int)e->code;
    if (code == 0)
        call->service->ask(call->service->self, &a->ask, ticket_answer_json, ticket);
    arena_free(&a->memory);
    return code != 0 ? code : HANDLER_LATER;
}
