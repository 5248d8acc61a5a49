/* service.h - what handlers need of the daemon, as a table of functions: service/daemon/ fills it with the
 * real thing, unit tests with a fake. Handlers answer from the snapshot at once; what has to wait for the
 * database or the worker takes a callback and is answered later.
 *
 * Owner: the daemon; the table and `self` outlive the server. Loop thread only. */
#ifndef PEERNET_NET_SERVICE_H
#define PEERNET_NET_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct snapshot; /* core/snapshot.h */
struct run_diff; /* core/run_diff.h */
struct token;    /* net/tokens.h */

#define SERVICE_QUEUES 4
/* Texts are borrowed and need to live only until the handler has copied them, which it does before it
 * returns. "" or NULL: nothing to say. */
struct service_status {
    bool ready; /* there is a snapshot to answer from */
    double uptime_s;
    struct {
        bool connected;
        const char *state;   /* "connected", "connecting", "waiting", ... */
        const char *error;   /* the last failure */
        double since_s;      /* in this state */
        uint64_t reconnects; /* since the start */
        double retry_s;      /* until the next try; < 0: none is planned */
    } database;
    struct {
        double age_s; /* since it was last known to be what the database holds; < 0: no snapshot */
        uint64_t inputs_version, results_version;
        bool loading;
        double load_ms;    /* that the last load took */
        const char *error; /* of the last load */
    } snapshot;
    struct {
        uint32_t runs; /* earlier ones that are kept in memory */
        size_t bytes;
    } past;
    struct {
        bool running;
        int64_t run; /* 0: none yet */
        const char *programme;
        const char *stage;
        double share;            /* 0-1 */
        const char *last_result; /* "done", "failed: ..."; "" before the first */
    } worker;
    struct {
        uint32_t running, waiting;
        uint32_t jobs, queue; /* as many of them as may be */
        double time_limit_s;
        uint64_t done, failed, cancelled, refused; /* since the start */
    } proposals;
    struct service_queue {
        const char *name, *option; /* static: "submit", ...; that sets `limit` */
        uint32_t running, waiting;
        uint32_t places, limit;  /* as many of them as may be */
        uint64_t taken, refused; /* since the start */
    } queues[SERVICE_QUEUES];
    size_t n_queues;
};

struct service_run_request {
    const char *programme; /* for the call only */
    bool has_seed;
    uint64_t seed;
    bool publish;             /* when it is done and not stale */
    bool force;               /* also when nothing has changed since the published run */
    const char *who, *origin; /* for the trail; for the call only, as everywhere here */
};

struct service_run_answer {
    int64_t run;
    const char *programme;
    const char *state; /* run_start: "running"; run_cancel: how it ended */
    const char *at;    /* run_decide: when, ISO 8601, UTC */
    int64_t replaced;  /* run_decide, publish and rollback: the run that was published; 0 = nothing was */
    const char *text;  /* run_replay: what came of it; its state is "identical" or "different" */
};

/* What people decide about runs that are written. */
enum service_decision { SERVICE_PUBLISH, SERVICE_REJECT, SERVICE_ROLLBACK };
struct service_decision_request {
    enum service_decision decision;
    int64_t run;
    bool force;       /* publish: also one that was rejected or whose inputs have changed */
    int64_t expected; /* rollback: only where this run is published; 0 = whatever is */
    const char *why;  /* reject, rollback; NULL: no reason was given */
    const char *who, *origin;
};

/* A run that is under way or ended without being written: what the snapshot cannot know. */
struct service_run_progress {
    int64_t run;
    const char *programme;
    const char *state; /* "running", "failed", "cancelled" */
    const char *stage; /* "read", "graph", "networks", "write", ... */
    const char *text;  /* a sentence */
    double share;      /* 0-1 */
    double elapsed_s;
    const char *error; /* when failed */
};

/* Called exactly once for each request that was handed in, from the loop, perhaps before the handing in
 * returned, at the latest when the daemon ends (then with ERR_CANCELLED). On success `e` is NULL; on failure
 * `answer` is. */
typedef void (*service_done)(void *context, const struct service_run_answer *answer, const struct err *e);

struct service_token_request {
    const char *name, *role;
    const uint8_t *hash; /* TOKEN_HASH_SIZE bytes */
    int64_t lifetime_ms; /* 0: it never expires */
    const char *who, *origin;
};

/* Times as ISO 8601, UTC. */
struct service_token_answer {
    const char *name;
    const char *role, *created_at, *expires_at; /* token_create; expires_at "" = never */
    const char *revoked_at;                     /* token_revoke */
};
typedef void (*service_token_done)(void *context, const struct service_token_answer *answer,
                                   const struct err *e);

/* What the database itself answers, as the JSON of the whole result: `values` are those of the question, NULL
 * = left out. */
enum service_question {
    SERVICE_AUDIT_LIST,   /* programme, who, action, run, from, to, before, limit */
    SERVICE_AUDIT_VERIFY, /* none */
    /* programme, rule, organizers (ask_list), network, why, until, cost, inputs_version and published run (0
     * = none) that it rests on, who, origin: the pin's number */
    SERVICE_PIN_ADD,
    SERVICE_PIN_REMOVE,        /* pin, who, origin */
    SERVICE_PROGRAMME_HISTORY, /* programme, limit */
    SERVICE_PROGRAMME_CREATE,  /* programme, changes, who, origin */
    SERVICE_PROGRAMME_SET,     /* programme, revision, changes, dry run, who, origin */
    SERVICE_PROGRAMME_ARCHIVE, /* programme, revision, undo, who, origin */
    /* programme, network, name, note, locked, version and, of a lock, inputs_version that it rests on, who,
     * origin */
    SERVICE_NETWORK_SET,
    SERVICE_ACTIVITY_SET,    /* code, title_sv, title_en, challenges (ask_list), who, origin */
    SERVICE_ACTIVITY_REMOVE, /* code, who, origin */
    SERVICE_PLAN_LIST,       /* programme, limit */
    SERVICE_PLAN_GET,        /* plan */
    SERVICE_PLAN_ADOPT,      /* plan, who, origin */
    SERVICE_PLAN_RECORD,     /* programme, outcome, organizers (ask_list), day, plan, who, origin */
    SERVICE_PLAN_SAVE,       /* programme, name, run, document, who, origin: the plan's number */
    SERVICE_QUESTIONS
};
#define SERVICE_VALUES 11
struct service_ask {
    enum service_question question;
    const char *values[SERVICE_VALUES];
    uint64_t client; /* whose share of those that wait it takes, by the id of its connection; 0: nobody's */
    bool (*forgotten)(const void *context); /* whoever asked is gone; NULL: never. What only reads is then
                                             * not asked any more */
};
typedef void (*service_json_done)(void *context, const char *json, const struct err *e);

/* Two runs of one programme, and which of those who moved: `limit` of them behind the first `offset`. */
struct service_diff_request {
    int64_t before, after;
    uint64_t offset, limit;
    uint64_t client; /* as in service_ask, like the next one */
    bool (*forgotten)(const void *context);
};
/* Built; it lives for the call. ERR_NOT_FOUND: no such run; ERR_INVALID: of two programmes. */
typedef void (*service_diff_done)(void *context, const struct run_diff *diff, const struct err *e);

/* What was published for a programme once: the run, or whichever was in force at the end of a day. */
struct service_past {
    const char *programme;
    int64_t run;     /* 0: by the day */
    const char *day; /* 2026-03-14, in UTC; NULL: by the run */
    uint64_t client; /* as in service_ask, like the next one */
    bool (*forgotten)(const void *context);
};
/* A snapshot with that programme alone, in which the run is the published one, among the organizers of today;
 * it lives for the call. Where the run is published now it may be the present one. ERR_NOT_FOUND: no such
 * run, or nothing was in force then; ERR_INVALID: it never was, or is another programme's. */
typedef void (*service_past_done)(void *context, const struct snapshot *s, const struct err *e);

/* The worker's answer to a proposal as it came, a whole frame, whose bytes may be taken out of the buf
 * (problem.h reads it); or why there is none: ERR_CANCELLED when it was cancelled, reached its limit of time
 * or the daemon ends, ERR_INTERNAL when the worker failed. Called exactly once for each that was taken, never
 * before `propose` has returned. */
typedef void (*service_proposal_done)(void *context, struct buf *answer, const struct err *e);

/* A batch of reports or organizers (batch.h), entered whole or not at all; texts for the call only. */
struct service_batch {
    bool organizers;          /* else reports */
    struct buf *entries;      /* a JSON array, whose bytes are taken out of the buf */
    const char *key;          /* by which it is known when it comes again; "": none */
    const char *who, *origin; /* as in service_run_request */
    uint64_t client;          /* the connection */
};
struct service_batch_answer {
    uint64_t added, changed, unchanged;
    uint64_t inputs_version; /* of the database, with the batch in it */
    const char *accepted_at; /* ISO 8601, UTC */
};
typedef void (*service_batch_done)(void *context, const struct service_batch_answer *answer,
                                   const struct err *e);

struct service {
    void *self;
    /* What is answered from now, or NULL before the first load. Valid until the handler returns. */
    const struct snapshot *(*snapshot)(void *self);
    /* Seconds since the snapshot was last known to be what the database holds. */
    double (*age_s)(void *self);
    void (*status)(void *self, struct service_status *out);
    void (*run_start)(void *self, const struct service_run_request *request, service_done done,
                      void *context);
    /* Answered when the snapshot shows it. */
    void (*run_decide)(void *self, const struct service_decision_request *request, service_done done,
                       void *context);
    /* Ends the worker of a run that is under way here; answered when it has ended, however that was. */
    void (*run_cancel)(void *self, int64_t run, const char *who, const char *origin, service_done done,
                       void *context);
    /* Has a worker compute a run of a programme again; answered when it has. */
    void (*run_replay)(void *self, int64_t run, const char *programme, service_done done, void *context);
    /* False when the service knows nothing of that run. */
    bool (*run_progress)(void *self, int64_t run, struct service_run_progress *out);
    /* Runs under way, at most `max`; returns how many. They head run.list. */
    size_t (*runs_under_way)(void *self, int64_t *runs, size_t max);
    void (*token_create)(void *self, const struct service_token_request *request, service_token_done done,
                         void *context);
    void (*token_revoke)(void *self, const char *name, const char *who, const char *origin,
                         service_token_done done, void *context);
    /* Whether one more proposal of that connection would be taken, with `ahead` of them to be handed in
     * before it, `own` of them its own: 0, or ERR_BUSY. */
    int (*propose_room)(void *self, uint64_t client, uint32_t ahead, uint32_t own, struct err *e);
    /* Has a worker solve a problem (problem.h), whose bytes are taken out of the buf, for that connection. A
     * number of its own, or 0 with *e: ERR_BUSY when as many wait as may. */
    uint64_t (*propose)(void *self, uint64_t client, struct buf *problem, service_proposal_done done,
                        void *context, struct err *e);
    /* It is answered with ERR_CANCELLED before this returns, and its worker ended. */
    void (*propose_cancel)(void *self, uint64_t proposal);
    /* Somebody logged in by it. */
    void (*logged_in)(void *self, const struct token *token);
    /* A change is answered once the snapshot shows it. */
    void (*ask)(void *self, const struct service_ask *ask, service_json_done done, void *context);
    /* Reads both runs from the database. */
    void (*run_diff)(void *self, const struct service_diff_request *request, service_diff_done done,
                     void *context);
    /* From memory, where it was asked for before, else from the database. */
    void (*past)(void *self, const struct service_past *request, service_past_done done, void *context);
    /* Answered after the commit; with ERR_UNAVAILABLE when the database is away or was lost meanwhile. */
    void (*submit)(void *self, const struct service_batch *batch, service_batch_done done, void *context);
};

#endif
