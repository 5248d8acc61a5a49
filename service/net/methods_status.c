/* status: the health of the daemon, for people and for monitoring. */
#include <time.h>

#include "net/encode.h"
#include "proto/mp.h"

static void encode_database(struct buf *out, const struct service_status *s)
{
    mp_map(out, 6);
    mp_key(out, "connected");
    mp_bool(out, s->database.connected);
    mp_key(out, "state");
    encode_foreign(out, s->database.state);
    mp_key(out, "since_s");
    mp_rounded(out, s->database.since_s, 3);
    mp_key(out, "reconnects");
    mp_uint(out, s->database.reconnects);
    mp_key(out, "retry_s");
    if (s->database.retry_s < 0)
        mp_nil(out);
    else
        mp_rounded(out, s->database.retry_s, 3);
    mp_key(out, "error");
    encode_optional(out, s->database.error);
}

static void encode_snapshot(struct buf *out, const struct service_status *status, const struct snapshot *s)
{
    mp_map(out, 9);
    mp_key(out, "age_s");
    if (s == NULL)
        mp_nil(out);
    else
        mp_rounded(out, status->snapshot.age_s, 3);
    mp_key(out, "inputs_version");
    mp_uint(out, status->snapshot.inputs_version);
    mp_key(out, "results_version");
    mp_uint(out, status->snapshot.results_version);
    mp_key(out, "organizers");
    mp_uint(out, s == NULL ? 0 : s->population.n_organizers);
    mp_key(out, "challenges");
    mp_uint(out, s == NULL ? 0 : s->population.n_challenges);
    mp_key(out, "reports");
    mp_uint(out, s == NULL ? 0 : s->population.n_reports);
    mp_key(out, "loading");
    mp_bool(out, status->snapshot.loading);
    mp_key(out, "load_ms");
    mp_rounded(out, status->snapshot.load_ms, 1);
    mp_key(out, "error");
    encode_optional(out, status->snapshot.error);
}

static void encode_worker(struct buf *out, const struct service_status *s)
{
    mp_map(out, 6);
    mp_key(out, "running");
    mp_bool(out, s->worker.running);
    mp_key(out, "run");
    if (s->worker.run == 0)
        mp_nil(out);
    else
        mp_int(out, s->worker.run);
    mp_key(out, "programme");
    encode_optional(out, s->worker.programme);
    mp_key(out, "stage");
    encode_optional(out, s->worker.stage);
    mp_key(out, "share");
    mp_rounded(out, s->worker.share, 4);
    mp_key(out, "last_result");
    encode_optional(out, s->worker.last_result);
}

static void encode_count(struct buf *out, const char *name, uint64_t value)
{
    mp_key(out, name);
    mp_uint(out, value);
}

/* Those whose problem is being written wait too. */
static void encode_proposals(struct buf *out, const struct service_status *s, const struct server *server)
{
    mp_map(out, 10);
    encode_count(out, "running", s->proposals.running);
    encode_count(out, "running_limit", s->proposals.jobs);
    encode_count(out, "waiting", s->proposals.waiting + server->n_drafts);
    encode_count(out, "waiting_limit", s->proposals.queue);
    encode_count(out, "organizers_limit", server->options.propose_organizers);
    mp_key(out, "time_limit_s");
    mp_rounded(out, s->proposals.time_limit_s, 3);
    encode_count(out, "done", s->proposals.done);
    encode_count(out, "failed", s->proposals.failed);
    encode_count(out, "cancelled", s->proposals.cancelled);
    encode_count(out, "refused", s->proposals.refused);
}

/* What may wait for its turn, and how often one more was refused (E_BUSY). */
static void encode_queues(struct buf *out, const struct service_status *s)
{
    mp_array(out, (uint32_t)s->n_queues);
    for (size_t i = 0; i < s->n_queues; i++) {
        const struct service_queue *q = &s->queues[i];
        mp_map(out, 8);
        mp_key(out, "name");
        mp_text(out, q->name);
        mp_key(out, "option");
        mp_text(out, q->option);
        encode_count(out, "running", q->running);
        encode_count(out, "running_limit", q->places);
        encode_count(out, "waiting", q->waiting);
        encode_count(out, "waiting_limit", q->limit);
        encode_count(out, "taken", q->taken);
        encode_count(out, "refused", q->refused);
    }
}

static void encode_connections(struct buf *out, const struct server *server)
{
    struct server_counts counts;
    server_counts(server, &counts);
    mp_map(out, 25);
    encode_count(out, "open", counts.connections);
    encode_count(out, "limit", server->options.max_connections);
    encode_count(out, "wanted",
                 server->options.wanted_connections != 0 ? server->options.wanted_connections
                                                         : server->options.max_connections);
    encode_count(out, "open_files", server->options.open_files);
    encode_count(out, "subscribers", counts.subscribers);
    encode_count(out, "in_flight", counts.in_flight);
    encode_count(out, "accepted", counts.accepted);
    encode_count(out, "refused", counts.refused);
    encode_count(out, "requests", counts.requests);
    encode_count(out, "errors", counts.errors);
    encode_count(out, "notifications", counts.notifications);
    encode_count(out, "bad_frames", counts.bad_frames);
    encode_count(out, "slow_readers", counts.slow_readers);
    encode_count(out, "timeouts", counts.timeouts);
    encode_count(out, "logged_in", counts.logged_in);
    encode_count(out, "not_logged_in", counts.not_logged_in);
    encode_count(out, "not_logged_in_limit", server->options.login_connections);
    encode_count(out, "address_limit", server->options.address_connections);
    encode_count(out, "refused_not_logged_in", counts.refused_not_logged_in);
    encode_count(out, "refused_address", counts.refused_address);
    encode_count(out, "logins", counts.logins);
    encode_count(out, "logins_denied", counts.logins_denied);
    encode_count(out, "denied", counts.denied);
    encode_count(out, "tls", counts.tls);
    encode_count(out, "handshakes_failed", counts.handshakes_failed);
}

/* When it is run by itself next, nil = never. */
static void encode_due(struct buf *out, int64_t due)
{
    char text[32] = "";
    struct tm utc;
    time_t when = (time_t)due;
    if (due != 0 && gmtime_r(&when, &utc) != NULL)
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    mp_key(out, "next_due");
    encode_optional(out, text);
}

static void encode_programme(struct buf *out, const struct snapshot_programme *p, uint32_t organizers,
                             bool english)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < organizers; i++)
        members += p->places[i].state == PLACE_MEMBER;
    mp_map(out, 10);
    mp_key(out, "name");
    mp_text(out, p->name);
    mp_key(out, "title");
    mp_text(out, english ? p->title_en : p->title_sv);
    encode_published_run(out, p);
    mp_key(out, "published_at");
    encode_optional(out, p->published_at);
    encode_count(out, "networks", p->n_networks);
    encode_count(out, "members", members);
    encode_count(out, "unmatched", p->n_unmatched);
    mp_key(out, "mean_fit");
    if (p->published_run == 0)
        mp_nil(out);
    else
        mp_rounded(out, p->mean_fit, SCORE_DIGITS);
    encode_due(out, p->next_due);
    mp_key(out, "settings_fault");
    encode_optional(out, p->settings_fault);
}

static void encode_limits(struct buf *out, const struct server *server)
{
    struct server_limit limits[LIMIT_COUNT];
    server_limits(server, limits);
    mp_array(out, LIMIT_COUNT);
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        mp_map(out, 4);
        mp_key(out, "option");
        mp_text(out, limits[i].option);
        mp_key(out, "value");
        mp_rounded(out, limits[i].value, 3);
        mp_key(out, "unit");
        mp_text(out, limits[i].unit);
        encode_count(out, "reached", limits[i].reached);
    }
}

static void encode_memory(struct buf *out, const struct server *server, const struct service_status *status,
                          const struct snapshot *s)
{
    size_t resident = 0;
    struct server_counts counts;
    server_counts(server, &counts);
    uv_resident_set_memory(&resident);
    mp_map(out, 8);
    encode_count(out, "resident", resident);
    encode_count(out, "snapshot", s == NULL ? 0 : snapshot_bytes(s));
    encode_count(out, "past_runs", status->past.runs);
    encode_count(out, "past", status->past.bytes);
    encode_count(out, "clients", counts.held);
    encode_count(out, "clients_limit", server->options.clients_limit_bytes);
    encode_count(out, "answers", counts.answers_bytes);
    encode_count(out, "answers_limit", server->options.answers_kept_bytes);
}

int handle_status(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s = call->service->snapshot(call->service->self);
    struct service_status status = {0};
    (void)e;
    call->service->status(call->service->self, &status);
    mp_map(out, 12);
    mp_key(out, "ready");
    mp_bool(out, status.ready);
    mp_key(out, "database");
    encode_database(out, &status);
    mp_key(out, "snapshot");
    encode_snapshot(out, &status, s);
    mp_key(out, "worker");
    encode_worker(out, &status);
    mp_key(out, "proposals");
    encode_proposals(out, &status, call->server);
    mp_key(out, "queues");
    encode_queues(out, &status);
    mp_key(out, "connections");
    encode_connections(out, call->server);
    mp_key(out, "limits");
    encode_limits(out, call->server);
    mp_key(out, "memory");
    encode_memory(out, call->server, &status, s);
    mp_key(out, "programmes");
    mp_array(out, s == NULL ? 0 : s->n_programmes);
    for (uint32_t i = 0; s != NULL && i < s->n_programmes; i++)
        encode_programme(out, &s->programmes[i], s->population.n_organizers, call->english);
    mp_key(out, "version");
    mp_text(out, PEERNET_VERSION);
    mp_key(out, "uptime_s");
    mp_rounded(out, status.uptime_s, 3);
    return 0;
}
