#include "net/ask.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "net/login.h"
#include "net/ticket.h"

void ask_begin(struct ask *a, enum service_question question)
{
    *a = (struct ask){.ask = {.question = question, .forgotten = ticket_is_forgotten}};
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

void ask_arguments(struct ask *a, const struct call *call, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ask_argument(a, i, &call->arguments[i], &call->method->params[i]);
}

/* As PostgreSQL writes arrays: {"a","b"}. */
void ask_list(struct ask *a, size_t i, const char *const *texts, size_t n)
{
    struct buf list;
    buf_init(&list, 0);
    buf_text(&list, "{");
    for (size_t k = 0; k < n; k++) {
        buf_text(&list, k > 0 ? ",\"" : "\"");
        for (const char *c = texts[k]; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                buf_text(&list, "\\");
            buf_append(&list, c, 1);
        }
        buf_text(&list, "\"");
    }
    buf_text(&list, "}");
    ask_text(a, i, buf_string(&list), list.size);
    a->failed = a->failed || buf_failed(&list);
    buf_free(&list);
}

void ask_actor(struct ask *a, size_t i, const struct conn *c)
{
    char who[LOGIN_WHO];
    login_who(c, who);
    ask_text(a, i, who, strlen(who));
    ask_text(a, i + 1, login_origin(c), strlen(login_origin(c)));
}

void ask_for(struct ask *a, const struct service *service, struct ticket *ticket)
{
    struct err e = ERR_INIT;
    if (a->failed) {
        err_memory(&e, "a question to the database");
        ticket_answer_json(ticket, NULL, &e);
    } else {
        a->ask.client = ticket_client(ticket);
        service->ask(service->self, &a->ask, ticket_answer_json, ticket);
    }
    arena_free(&a->memory);
}

int ask_end(struct ask *a, struct call *call, int code, struct err *e)
{
    struct ticket *ticket = code == 0 ? ticket_open_json(call, e) : NULL;
    if (ticket == NULL) {
        arena_free(&a->memory);
        return code != 0 ? code : (int)e->code;
    }
    ask_for(a, call->service, ticket);
    return HANDLER_LATER;
}
