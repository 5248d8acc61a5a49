/* plan_job.h - plans that somebody asked for, one for each scenario: read from the request by the loop, made
 * and written by a thread (thread_job.h). The database keeps one where that is asked for. Owner: itself from
 * plan_job_start on. Loop thread only, but for the making. */
#ifndef PEERNET_NET_PLAN_JOB_H
#define PEERNET_NET_PLAN_JOB_H

#include "core/plan/plan_people.h"
#include "net/login.h"
#include "net/thread_job.h"

#define PLAN_SCENARIOS_MOST 8

struct plan_options {
    struct plan_settings settings;
    uint32_t terms_per_year;
};

struct plan_scenario {
    const char *name; /* in the job's memory, as all below */
    struct plan_office *offices;
    uint32_t n_offices;
    struct plan_options options;
    struct plan plan;
};

struct plan_job {
    struct thread_job job;
    struct plan_people people;
    struct plan_scenario scenario[PLAN_SCENARIOS_MOST];
    uint32_t n_scenarios;
    uint32_t terms; /* whom they invite is told; the others wait */
    bool again;     /* also who was invited before */
    uint32_t before;
    bool detail; /* who is invited when is told, not only how many */

    struct arena memory;
    struct buf result;   /* all fields but the last, the plan's number */
    struct buf document; /* of a plan that is kept, as JSON */
    const char *save;    /* under this name; NULL: it is not kept */
    double age_s;
    char who[LOGIN_WHO], origin[CONN_PEER];
};

/* Finds the programme. NULL with *e filled; what was opened is dropped or started. */
struct plan_job *plan_job_open(struct call *call, const struct argument *programme, struct err *e);
void plan_job_drop(struct plan_job *job);
/* Scenarios from a request's "offices", "scenarios" and "settings" (plan_read.c); the latter two may be NULL.
 * Without scenarios there is one, of the offices' own places. */
int plan_job_read(struct plan_job *job, const msgpack_object *offices, const msgpack_object *scenarios,
                  const msgpack_object *settings, struct err *e);
/* HANDLER_LATER; else *e says why not, and it is dropped. */
int plan_job_start(struct plan_job *job, struct call *call, struct err *e);

/* What is kept of the first scenario. Any thread. */
void encode_scenario(struct buf *out, const struct plan_job *job, const struct plan_scenario *x);
/* All fields of the result but the last (plan_encode.c). Any thread. */
void encode_plans(struct buf *out, const struct plan_job *job);

#endif
