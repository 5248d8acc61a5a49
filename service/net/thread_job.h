/* thread_job.h - what a request takes that is longer than the loop has: done by a thread of libuv's pool from
 * a snapshot that is held meanwhile, a few at a time (thread-jobs), some that wait (thread-queue; one
 * connection's at most half of them, and connections in turn), one more refused with both limits. Whoever
 * goes or cancels before it is done is not answered by it: one that waits is not begun, what a thread found
 * is thrown away.
 *
 *     struct mine { struct thread_job job; ... };      the job first: its kind's functions get a pointer to
 * it thread_job_open(&mine->job, &kind, call, programme, &e); return thread_job_start(&mine->job, call, &e);
 * its own from here on
 *
 * Owner: whoever opened it, until it is started or dropped. Loop thread only, but for the work. */
#ifndef PEERNET_NET_THREAD_JOB_H
#define PEERNET_NET_THREAD_JOB_H

#include "core/snapshot/snapshot.h"
#include "net/handlers.h"

struct thread_job;
struct ticket;

struct thread_job_kind {
    /* By the thread; what it returns with *e is told. */
    int (*work)(struct thread_job *job, struct err *e);
    /* It went well and somebody waits: answers the ticket, or hands it on to what will. */
    void (*answer)(struct thread_job *job);
    /* Frees what is its kind's, and the job itself. */
    void (*free)(struct thread_job *job);
};

struct thread_job {
    const struct thread_job_kind *kind;
    struct snapshot *s; /* held */
    const struct snapshot_programme *p;
    const struct service *service;
    bool english;

    /* For thread_job.c alone, but for the ticket in `answer`. */
    struct ticket *ticket; /* NULL: nobody waits for it any more */
    struct err error;
    struct gate *gate;
    struct gate_pass pass;
    uv_loop_t *loop;
    bool begun; /* else it waits */
    uv_work_t work;
};

/* Finds the programme and holds the snapshot; else *e says why not, and there is nothing to drop. */
int thread_job_open(struct thread_job *job, const struct thread_job_kind *kind, struct call *call,
                    const struct argument *programme, struct err *e);
/* One that was not started. */
void thread_job_drop(struct thread_job *job);
/* HANDLER_LATER; else *e says why not, and it is dropped. */
int thread_job_start(struct thread_job *job, struct call *call, struct err *e);

#endif
