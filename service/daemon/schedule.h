/* schedule.h - programmes that are run by themselves (programmes.schedule): the database says what is due, by
 * its clock and its zones, and gives each due time to one of the daemons that ask (take_due); this one starts
 * the regrouping, says again and again that it still sees to it, and at its end says how that was (end_due).
 * What is in the way of the regrouping (another of its programme, here or elsewhere; the database away) is
 * waited for: it is tried again when a regrouping ends here, and with the usual looks. What a daemon does not
 * get to, since it was lost or is ending, another takes, or this one when it is back: several times that were
 * missed are run once. Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_SCHEDULE_H
#define PEERNET_DAEMON_SCHEDULE_H

#include "daemon/regroup.h"

struct schedule;

struct schedule_options {
    uv_loop_t *loop;
    struct pg_async *pg;
    struct regroup *regroup;
};

int schedule_open(struct schedule **out, const struct schedule_options *options, struct err *e);
/* The database is there, or something in it has changed: asks soon. */
void schedule_hint(struct schedule *s);
/* A regrouping has ended, which may be none of this one's. */
void schedule_finished(struct schedule *s, const struct regroup_job *job);
/* Nothing further is started. NULL is allowed, as below. */
void schedule_stop(struct schedule *s);
/* Nor is anything asked of the connection, which is about to be closed. */
void schedule_detach(struct schedule *s);
/* The memory goes once its timer is closed and its last question answered; behind that of the connection. */
void schedule_close(struct schedule *s);

#endif
