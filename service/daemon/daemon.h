/* daemon.h - the daemon: one loop on which the server, the database connection, the snapshot's refreshing and
 * the workers live; signals and the orderly end. Owner: main. Loop thread only. */
#ifndef PEERNET_DAEMON_DAEMON_H
#define PEERNET_DAEMON_DAEMON_H

#include "base/gate.h"
#include "daemon/daemon_options.h"
#include "daemon/intake.h"
#include "daemon/proposals.h"
#include "daemon/refresh.h"
#include "daemon/regroup.h"
#include "daemon/schedule.h"
#include "daemon/systemd.h"
#include "daemon/token_store.h"
#include "http/http.h"

enum daemon_phase { DAEMON_RUNNING, DAEMON_LEAVING, DAEMON_DRAINING, DAEMON_STOPPING, DAEMON_CLOSING };

struct daemon {
    struct daemon_options current;        /* by SIGHUP changed */
    const struct daemon_options *options; /* these */
    struct options reread;                /* holds their texts, after a SIGHUP */
    bool has_reread;
    uv_loop_t loop;
    struct pg_async *pg;
    struct refresh *refresh;
    struct regroup *regroup;
    struct schedule *schedule; /* NULL: it runs nothing by itself */
    struct proposals *proposals;
    struct intake *intake;
    struct gate *reads, *changes; /* what clients ask of the database, one at a time of each */
    struct audit_walk *audit_walk;
    struct past *past; /* earlier runs that were read */
    struct token_store *tokens;
    struct server *server;
    struct http *http; /* NULL: not asked for */
    struct service service;
    uv_signal_t terminate, interrupt, hang_up;
    uv_timer_t deadline, watchdog;
    struct passed passed;
    uv_check_t opening;  /* while it is to listen once it is ready */
    struct err unopened; /* why it could not, then */
    enum daemon_phase phase;
    bool server_closed, regroup_idle, pg_closing;
    uint64_t started_ms;
    uint64_t runs_ended[JOB_DIFFERENT + 1]; /* by enum job_outcome */
    struct err logged;                      /* the last database failure that was logged */
};

/* Listens, serves until told to end, cleans up. An error only when it could not start. */
int daemon_run(const struct daemon_options *options, struct err *e);

/* daemon_end.c: from now on signals are heard; it could not start, closes what there is of it. */
void daemon_watch_signals(struct daemon *d);
void daemon_give_up(struct daemon *d);
/* Ends at once. */
void daemon_stop(struct daemon *d);
/* What proposals call (context: the daemon) when none is computed any more. */
void daemon_proposals_idle(void *context);

/* service.c: the functions that handlers call. */
void daemon_service_fill(struct daemon *d);

/* daemon_tokens.c: those of them that are about tokens. */
void daemon_token_create(void *self, const struct service_token_request *request, service_token_done done,
                         void *context);
void daemon_token_revoke(void *self, const char *name, const char *who, const char *origin,
                         service_token_done done, void *context);
void daemon_token_used(void *self, const struct token *token);

/* daemon_ask.c: what the database answers as JSON; daemon_audit.c: whether the trail is whole. */
void daemon_ask(void *self, const struct service_ask *ask, service_json_done done, void *context);
int daemon_audit_open(struct daemon *d, struct err *e);
void daemon_audit_free(struct daemon *d);
void daemon_audit_verify(struct daemon *d, const struct service_ask *ask, service_json_done done,
                         void *context);

/* daemon_decide.c: publish, reject, roll back. */
void daemon_run_decide(void *self, const struct service_decision_request *request, service_done done,
                       void *context);

/* daemon_diff.c: what changed between two runs. */
void daemon_run_diff(void *self, const struct service_diff_request *request, service_diff_done done,
                     void *context);

/* daemon_past.c: what was published earlier; nothing of it is kept any more; at the end. */
int daemon_past_open(struct daemon *d, struct err *e);
void daemon_past_read(void *self, const struct service_past *request, service_past_done done, void *context);
void daemon_past_forget(struct daemon *d);
void daemon_past_describe(const struct daemon *d, struct service_status *out);
void daemon_past_free(struct daemon *d);

/* daemon_reload.c: SIGHUP; what is wrong, or what has changed, is logged. What it holds, at the end. */
void daemon_reload(struct daemon *d);
void daemon_reload_free(struct daemon *d);

/* daemon_listen.c: where clients come in. */
int daemon_listen(struct daemon *d, struct err *e);

/* daemon_status.c: tells the service manager how it is, whenever that has changed. */
void daemon_tell_status(const struct daemon *d);

/* daemon_http.c: monitoring. Whether the option is fine; listening; whether /readyz says yes. */
int daemon_http_check(const struct daemon_options *options, struct err *e);
int daemon_http_open(struct daemon *d, struct err *e);
bool daemon_is_ready(const struct daemon *d);

/* notify.c: what happened, to subscribers. */
void daemon_notify_swapped(struct daemon *d, const struct snapshot *old, const struct snapshot *now);
void daemon_notify_finished(struct daemon *d, const struct regroup_job *job);

#endif
