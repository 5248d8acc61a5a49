/* writer.h - writes a finished run, whole or not at all, and publishes it. What PostgreSQL refuses because
 * the inputs or the publication moved on meanwhile comes back as ERR_STALE. The caller's connection, outside
 * any transaction. */
#ifndef PEERNET_REGROUP_WRITER_H
#define PEERNET_REGROUP_WRITER_H

#include <jansson.h>

#include "regroup/grouping.h"
#include "regroup/inputs.h"
#include "regroup/run_options.h"
#include "store/pg_sync.h"

struct written {
    int64_t run; /* 0 until it is committed */
    bool published;
    char refused[1024]; /* why it was not published, when it should have been: it is kept as a proposal */
    bool by_policy;     /* refused by the programme's policy, or it was archived: nothing went wrong */
};

/* One transaction for the run and, with options->publish, for its publication: whoever looks sees neither or
 * both. A publication that is refused leaves the run as a proposal and is no error. */
int writer_store(struct pg *pg, const struct run_options *options, const struct inputs *in,
                 const char *digest, const struct grouping *g, json_t *figures, struct progress *progress,
                 struct written *out, struct err *e);

/* Notes that at this version of the inputs they are those of a run that is written. */
int writer_confirm(struct pg *pg, int64_t run, int64_t inputs_version, struct err *e);

/* Publishes a run that is there already, unless the programme's policy forbids it or it was archived: then
 * out->refused says so. */
int writer_publish(struct pg *pg, const struct run_options *options, int64_t run, struct written *out,
                   struct err *e);

#endif
