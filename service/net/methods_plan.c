/* plan.*: who is invited when, which plan is followed, and what became of invitations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "net/ask.h"
#include "net/encode.h"
#include "net/plan_job.h"
#include "proto/mp.h"
#include "proto/text.h"

#define ORGANIZERS_MOST 10000 /* of one note */

enum { OFFICES, SCENARIOS, SETTINGS, PROGRAMME, TERMS, DETAIL, AGAIN, SAVE };

/* One plan can be kept, with all who are invited. */
static int read_save(struct plan_job *job, const struct argument *name, struct err *e)
{
    if (!name->given)
        return 0;
    if (job->n_scenarios > 1 || !job->detail)
        return err_set(e, ERR_INVALID, "save: %u scenario%s came%s; one plan is kept, with its detail",
                       job->n_scenarios, job->n_scenarios == 1 ? "" : "s",
                       job->detail ? "" : ", without detail");
    job->save = arena_text(&job->memory, name->text, name->text_size);
    return job->save == NULL ? err_memory(e, "a plan") : 0;
}

int handle_plan_make(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct plan_job *job = plan_job_open(call, &a[PROGRAMME], e);
    (void)out;
    if (job == NULL)
        return (int)e->code;
    job->terms = (uint32_t)a[TERMS].natural;
    job->detail = a[DETAIL].flag;
    job->again = a[AGAIN].flag;
    if (plan_job_read(job, a[OFFICES].object, a[SCENARIOS].given ? a[SCENARIOS].object : NULL,
                      a[SETTINGS].given ? a[SETTINGS].object : NULL, e) ||
        read_save(job, &a[SAVE], e)) {
        plan_job_drop(job);
        return (int)e->code;
    }
    return plan_job_start(job, call, e);
}

int handle_plan_list(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct ask ask;
    (void)out;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return (int)e->code;
    ask_begin(&ask, SERVICE_PLAN_LIST);
    ask_arguments(&ask, call, 2);
    return ask_end(&ask, call, 0, e);
}

int handle_plan_get(struct call *call, struct buf *out, struct err *e)
{
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_PLAN_GET);
    ask_arguments(&ask, call, 1);
    return ask_end(&ask, call, 0, e);
}

int handle_plan_adopt(struct call *call, struct buf *out, struct err *e)
{
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_PLAN_ADOPT);
    ask_arguments(&ask, call, 1);
    ask_actor(&ask, 1, call->conn);
    return ask_end(&ask, call, 0, e);
}

static int check_outcome(const struct argument *a, struct err *e)
{
    static const char *const outcomes[] = {"invited", "met", "support", "declined"};
    char shown[TEXT_SHOWN];
    for (size_t i = 0; i < 4; i++)
        if (strlen(outcomes[i]) == a->text_size && memcmp(outcomes[i], a->text, a->text_size) == 0)
            return 0;
    return err_set(e, ERR_INVALID, "outcome: %s came; allowed are invited, met, support and declined",
                   text_show(a->text, a->text_size, shown));
}

static int ascending(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids of organizers that there are, each once. */
static int read_ids(const struct snapshot *s, const msgpack_object *list, const char **ids, struct err *e)
{
    char shown[TEXT_SHOWN];
    size_t n = mp_count(list), size;
    const char *id;
    for (size_t i = 0; i < n; i++) {
        if (!mp_get_str(mp_at(list, i), &id, &size))
            return err_set(e, ERR_INVALID, "organizers[%zu]: %s came; a str, the id, is allowed", i,
                           mp_type_name(mp_at(list, i)));
        uint32_t at = snapshot_find_organizer(s, id, size);
        if (at == POPULATION_NONE)
            return err_set(e, ERR_NOT_FOUND, "organizers[%zu]: no organizer has the id %s", i,
                           text_show(id, size, shown));
        ids[i] = s->population.organizers[at].id;
    }
    qsort(ids, n, sizeof *ids, ascending);
    for (size_t i = 1; i < n; i++)
        if (ids[i] == ids[i - 1])
            return err_set(e, ERR_INVALID, "organizers: %s came twice", ids[i]);
    return 0;
}

/* The day, today where none was given, as text. */
static int read_day(const struct snapshot *s, const struct argument *a, char out[16], struct err *e)
{
    char shown[TEXT_SHOWN];
    int32_t day;
    if (!a->given) {
        time_t seconds = (time_t)s->today * 86400;
        struct tm date;
        gmtime_r(&seconds, &date);
        strftime(out, 16, "%Y-%m-%d", &date);
        return 0;
    }
    snprintf(out, 16, "%.*s", (int)a->text_size, a->text);
    if (!date_parse(out, &day))
        return err_set(e, ERR_INVALID, "on: %s came; allowed is a day such as 2026-03-14",
                       text_show(a->text, a->text_size, shown));
    return day <= s->today ? 0 : err_set(e, ERR_INVALID, "on: %s is still to come", out);
}

static int record(struct call *call, const struct snapshot *s, const struct snapshot_programme *p,
                  const char **ids, struct err *e)
{
    const struct argument *a = call->arguments;
    char day[16];
    struct ask ask;
    if (read_ids(s, a[1].object, ids, e) || read_day(s, &a[2], day, e))
        return (int)e->code;
    ask_begin(&ask, SERVICE_PLAN_RECORD);
    ask_text(&ask, 0, p->name, strlen(p->name));
    ask_argument(&ask, 1, &a[0], &call->method->params[0]);
    ask_list(&ask, 2, ids, mp_count(a[1].object));
    ask_text(&ask, 3, day, strlen(day));
    ask_argument(&ask, 4, &a[3], &call->method->params[3]);
    ask_actor(&ask, 5, call->conn);
    return ask_end(&ask, call, 0, e);
}

int handle_plan_record(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    const struct snapshot *s;
    const struct snapshot_programme *p;
    size_t n = mp_count(a[1].object);
    (void)out;
    if (call_snapshot(call, &s, e) || call_programme(s, &a[4], &p, e) || check_outcome(&a[0], e))
        return (int)e->code;
    if (n < 1 || n > ORGANIZERS_MOST)
        return err_set(e, ERR_INVALID, "organizers: %zu came; 1 to %d are allowed", n, ORGANIZERS_MOST);
    const char **ids = malloc(n * sizeof *ids);
    if (ids == NULL)
        return err_memory(e, "what became of organizers");
    int code = record(call, s, p, ids, e);
    free(ids);
    return code;
}
