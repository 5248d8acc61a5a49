/* audit.*: the trail of changes: what is in it, and whether it is whole. */
#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"
#include "net/ask.h"
#include "proto/text.h"

enum { PROGRAMME, WHO, ACTION, RUN, FROM, TO, BEFORE, LIMIT };

static int check_day(const char *name, const struct argument *a, const char *text, struct err *e)
{
    char shown[TEXT_SHOWN];
    int32_t day;
    if (!a->given || date_parse(text, &day))
        return 0;
    return err_set(e, ERR_INVALID, "%s: %s came; allowed is a day such as 2026-03-14", name,
                   text_show(a->text, a->text_size, shown));
}

int handle_audit_list(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_AUDIT_LIST);
    for (size_t i = PROGRAMME; i <= LIMIT; i++)
        ask_argument(&ask, i, &a[i], &call->method->params[i]);
    int code = check_day("from", &a[FROM], ask.ask.values[FROM], e);
    if (code == 0)
        code = check_day("to", &a[TO], ask.ask.values[TO], e);
    return ask_end(&ask, call, code, e);
}

int handle_audit_verify(struct call *call, struct buf *out, struct err *e)
{
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_AUDIT_VERIFY);
    return ask_end(&ask, call, 0, e);
}
