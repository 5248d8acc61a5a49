#include "daemon/metrics.h"

#include <inttypes.h>

#include "net/traffic.h"
#include "proto/method.h"

/* The head of a family; `unit` ends its name, "" for none. */
static void family(struct buf *out, const char *name, const char *type, const char *unit, const char *help)
{
    buf_printf(out, "# TYPE %s %s\n", name, type);
    if (unit[0] != '\0')
        buf_printf(out, "# UNIT %s %s\n", name, unit);
    buf_printf(out, "# HELP %s %s\n", name, help);
}

static void gauge(struct buf *out, const char *name, const char *unit, const char *help, double value)
{
    family(out, name, "gauge", unit, help);
    buf_printf(out, "%s %.15g\n", name, value);
}

static void counter(struct buf *out, const char *name, const char *unit, const char *help, uint64_t value)
{
    family(out, name, "counter", unit, help);
    buf_printf(out, "%s_total %" PRIu64 "\n", name, value);
}

/* One sample of a family with one label; its value is a word of ours or of an administrator. */
static void labelled(struct buf *out, const char *name, const char *label, const char *value, double number)
{
    buf_printf(out, "%s{%s=\"", name, label);
    for (; *value != '\0'; value++)
        if (*value == '\n')
            buf_text(out, "\\n");
        else
            buf_printf(out, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    buf_printf(out, "\"} %.15g\n", number);
}

static const char *method_label(size_t method)
{
    return method == TRAFFIC_UNKNOWN ? "unknown" : method_table()[method].name;
}

/* "ok" of every method, so that rates begin at 0; of errors those that there were. */
static void write_requests(struct buf *out, const struct traffic *t)
{
    family(out, "peernet_requests", "counter", "", "Requests answered, by method and result.");
    for (size_t m = 0; m <= METHOD_COUNT; m++)
        for (int code = ERR_OK; code < TRAFFIC_RESULTS; code++)
            if (t->methods[m].results[code] > 0 || (code == ERR_OK && m != TRAFFIC_UNKNOWN))
                buf_printf(out, "peernet_requests_total{method=\"%s\",result=\"%s\"} %" PRIu64 "\n",
                           method_label(m), err_name((enum err_code)code), t->methods[m].results[code]);
}

static void write_histogram(struct buf *out, const char *name, const char *label,
                            const struct traffic_method *m)
{
    uint64_t n = 0;
    for (size_t i = 0; i < TRAFFIC_BUCKETS; i++) {
        n += m->buckets[i];
        buf_printf(out, "%s_bucket{method=\"%s\",le=\"%.9g\"} %" PRIu64 "\n", name, label,
                   (double)traffic_bounds[i] / 1e9, n);
    }
    n += m->buckets[TRAFFIC_BUCKETS];
    buf_printf(out, "%s_bucket{method=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", name, label, n);
    buf_printf(out, "%s_count{method=\"%s\"} %" PRIu64 "\n", name, label, n);
    buf_printf(out, "%s_sum{method=\"%s\"} %.9f\n", name, label, (double)m->sum_ns / 1e9);
}

static void write_durations(struct buf *out, const struct traffic *t)
{
    static const char name[] = "peernet_request_duration_seconds";
    family(out, name, "histogram", "seconds",
           "From a request's turn until its answer is written, by method; of methods that were called.");
    for (size_t m = 0; m <= METHOD_COUNT; m++) {
        uint64_t any = 0;
        for (size_t i = 0; i <= TRAFFIC_BUCKETS; i++)
            any += t->methods[m].buckets[i];
        if (any > 0)
            write_histogram(out, name, method_label(m), &t->methods[m]);
    }
}

static void write_connections(struct buf *out, const struct server_counts *c)
{
    gauge(out, "peernet_connections", "", "Clients connected.", c->connections);
    gauge(out, "peernet_connections_tls", "", "Of them, by TLS.", c->tls);
    gauge(out, "peernet_connections_subscribed", "", "Of them, with a subscription.", c->subscribers);
    gauge(out, "peernet_connections_logged_in", "", "Of them, logged in by a token or certificate.",
          c->logged_in);
    gauge(out, "peernet_connections_not_logged_in", "", "Of them, that have to log in and have not.",
          c->not_logged_in);
    counter(out, "peernet_connections_accepted", "", "Connections let in.", c->accepted);
    family(out, "peernet_connections_refused", "counter", "", "Connections refused, by the limit.");
    labelled(out, "peernet_connections_refused_total", "limit", "max-connections",
             (double)(c->refused - c->refused_not_logged_in - c->refused_address));
    labelled(out, "peernet_connections_refused_total", "limit", "login-connections",
             (double)c->refused_not_logged_in);
    labelled(out, "peernet_connections_refused_total", "limit", "address-connections",
             (double)c->refused_address);
    family(out, "peernet_connections_broken", "counter", "", "Connections ended for a reason of ours.");
    labelled(out, "peernet_connections_broken_total", "reason", "broken-message", (double)c->bad_frames);
    labelled(out, "peernet_connections_broken_total", "reason", "slow-reader", (double)c->slow_readers);
    labelled(out, "peernet_connections_broken_total", "reason", "timeout", (double)c->timeouts);
    labelled(out, "peernet_connections_broken_total", "reason", "tls-handshake",
             (double)c->handshakes_failed);
    family(out, "peernet_logins", "counter", "", "Logins by token, by result.");
    labelled(out, "peernet_logins_total", "result", "ok", (double)c->logins);
    labelled(out, "peernet_logins_total", "result", "denied", (double)c->logins_denied);
}

static void write_answers(struct buf *out, const struct server_counts *c)
{
    counter(out, "peernet_answered_again", "", "Requests answered with what was kept of the same request.",
            c->answered_again);
    gauge(out, "peernet_answers_bytes", "bytes", "Memory of what is kept (answers-kept).",
          (double)c->answers_bytes);
}

static void write_limits(struct buf *out, const struct server *server)
{
    struct server_limit limits[LIMIT_COUNT];
    server_limits(server, limits);
    family(out, "peernet_limit", "gauge", "", "Limits in force, by the name of their option.");
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        labelled(out, "peernet_limit", "name", limits[i].option, limits[i].value);
    family(out, "peernet_limit_reached", "counter", "",
           "How often each limit was reached: somebody refused, ended, or made to wait.");
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        labelled(out, "peernet_limit_reached_total", "name", limits[i].option, (double)limits[i].reached);
}

static void write_traffic(struct buf *out, const struct daemon *d)
{
    const struct traffic *t = server_traffic(d->server);
    struct server_counts c;
    size_t resident = 0;
    server_counts(d->server, &c);
    write_requests(out, t);
    write_durations(out, t);
    gauge(out, "peernet_requests_in_flight", "", "Requests that wait for their answer.", c.in_flight);
    counter(out, "peernet_received_bytes", "bytes", "Bytes from clients.", t->bytes_in);
    counter(out, "peernet_sent_bytes", "bytes", "Bytes to clients.", t->bytes_out);
    counter(out, "peernet_notifications", "", "Notifications sent.", c.notifications);
    write_answers(out, &c);
    write_connections(out, &c);
    gauge(out, "peernet_client_memory_bytes", "bytes", "Held for requests and answers of all clients.",
          (double)c.held);
    if (uv_resident_set_memory(&resident) == 0)
        gauge(out, "peernet_resident_memory_bytes", "bytes", "Memory of the process.", (double)resident);
    write_limits(out, d->server);
}

static void write_database(struct buf *out, const struct service_status *s)
{
    gauge(out, "peernet_database_connected", "", "1 while PostgreSQL is reached.", s->database.connected);
    gauge(out, "peernet_database_state_seconds", "seconds", "Since it is, or is not.", s->database.since_s);
    counter(out, "peernet_database_reconnects", "", "Connections made after the first.",
            s->database.reconnects);
}

static void write_programmes(struct buf *out, const struct snapshot *s)
{
    family(out, "peernet_published_run", "gauge", "", "Published run of a programme; 0 before the first.");
    for (uint32_t i = 0; i < s->n_programmes; i++)
        labelled(out, "peernet_published_run", "programme", s->programmes[i].name,
                 (double)s->programmes[i].published_run);
    family(out, "peernet_networks", "gauge", "", "Networks in force of a programme.");
    for (uint32_t i = 0; i < s->n_programmes; i++)
        labelled(out, "peernet_networks", "programme", s->programmes[i].name, s->programmes[i].n_networks);
    family(out, "peernet_unmatched", "gauge", "", "Organizers without a network in a programme.");
    for (uint32_t i = 0; i < s->n_programmes; i++)
        labelled(out, "peernet_unmatched", "programme", s->programmes[i].name, s->programmes[i].n_unmatched);
    family(out, "peernet_schedule_due_timestamp_seconds", "gauge", "seconds",
           "When a programme is run by its schedule next; long past: nobody runs it. 0 without a schedule.");
    for (uint32_t i = 0; i < s->n_programmes; i++)
        labelled(out, "peernet_schedule_due_timestamp_seconds", "programme", s->programmes[i].name,
                 (double)s->programmes[i].next_due);
}

static void write_snapshot(struct buf *out, const struct service_status *status, const struct snapshot *s)
{
    gauge(out, "peernet_snapshot_loading", "", "1 while a newer state is being read.",
          status->snapshot.loading);
    gauge(out, "peernet_snapshot_failing", "", "1 while the last comparison or load failed.",
          status->snapshot.error[0] != '\0');
    if (s == NULL)
        return;
    gauge(out, "peernet_snapshot_age_seconds", "seconds",
          "Since what is answered from was last known to be what the database holds.",
          status->snapshot.age_s);
    gauge(out, "peernet_snapshot_load_seconds", "seconds", "That the last load took.",
          status->snapshot.load_ms / 1000);
    gauge(out, "peernet_snapshot_organizers", "", "Organizers in it.", s->population.n_organizers);
    gauge(out, "peernet_snapshot_challenges", "", "Challenges in it.", s->population.n_challenges);
    gauge(out, "peernet_snapshot_reports", "", "Reports in it.", (double)s->population.n_reports);
    gauge(out, "peernet_snapshot_bytes", "bytes", "Memory that it takes.", (double)snapshot_bytes(s));
    gauge(out, "peernet_past_runs_bytes", "bytes", "Memory of earlier runs that as_of asked for.",
          (double)status->past.bytes);
    write_programmes(out, s);
}

static void write_worker(struct buf *out, const struct daemon *d, const struct service_status *s)
{
    gauge(out, "peernet_worker_running", "", "1 while a regrouping of this daemon is under way.",
          s->worker.running);
    gauge(out, "peernet_worker_progress_ratio", "ratio", "How far it is, 0 to 1.", s->worker.share);
    family(out, "peernet_runs", "counter", "", "Regroupings that this daemon started and that ended.");
    for (int i = JOB_DONE; i <= JOB_CANCELLED; i++)
        labelled(out, "peernet_runs_total", "outcome", job_outcome_name((enum job_outcome)i),
                 (double)d->runs_ended[i]);
}

static void write_proposals(struct buf *out, const struct service_status *s)
{
    gauge(out, "peernet_proposals_running", "", "Proposals that are being computed.", s->proposals.running);
    gauge(out, "peernet_proposals_running_limit", "", "Most of them at a time (propose-jobs).",
          s->proposals.jobs);
    gauge(out, "peernet_proposals_waiting", "", "Proposals that wait for a worker.", s->proposals.waiting);
    gauge(out, "peernet_proposals_waiting_limit", "", "Most of them (propose-queue).", s->proposals.queue);
    family(out, "peernet_proposals", "counter", "", "Proposals that ended, by how.");
    labelled(out, "peernet_proposals_total", "outcome", "done", (double)s->proposals.done);
    labelled(out, "peernet_proposals_total", "outcome", "failed", (double)s->proposals.failed);
    labelled(out, "peernet_proposals_total", "outcome", "cancelled", (double)s->proposals.cancelled);
    labelled(out, "peernet_proposals_total", "outcome", "refused", (double)s->proposals.refused);
}

static void write_queues(struct buf *out, const struct service_status *s)
{
    const struct service_queue *q = s->queues;
    family(out, "peernet_queue_running", "gauge", "", "What has its turn, by queue.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_running", "queue", q[i].name, q[i].running);
    family(out, "peernet_queue_running_limit", "gauge", "", "Most that may have it at a time.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_running_limit", "queue", q[i].name, q[i].places);
    family(out, "peernet_queue_waiting", "gauge", "", "What waits for its turn, by queue.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_waiting", "queue", q[i].name, q[i].waiting);
    family(out, "peernet_queue_waiting_limit", "gauge", "", "Most that may wait.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_waiting_limit", "queue", q[i].name, q[i].limit);
    family(out, "peernet_queue_taken", "counter", "", "What had its turn.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_taken_total", "queue", q[i].name, (double)q[i].taken);
    family(out, "peernet_queue_refused", "counter", "",
           "What was refused with E_BUSY: as many waited as may.");
    for (size_t i = 0; i < s->n_queues; i++)
        labelled(out, "peernet_queue_refused_total", "queue", q[i].name, (double)q[i].refused);
}

void metrics_write(const struct daemon *d, struct buf *out)
{
    struct service_status status = {0};
    d->service.status(d->service.self, &status);
    family(out, "peernet_build", "info", "", "What this is.");
    buf_printf(out, "peernet_build_info{version=\"%s\"} 1\n", PEERNET_VERSION);
    gauge(out, "peernet_uptime_seconds", "seconds", "Since the start.", status.uptime_s);
    gauge(out, "peernet_ready", "", "1 while /readyz says yes.", daemon_is_ready(d));
    write_traffic(out, d);
    write_database(out, &status);
    write_snapshot(out, &status, d->service.snapshot(d->service.self));
    write_worker(out, d, &status);
    write_proposals(out, &status);
    write_queues(out, &status);
    buf_text(out, "# EOF\n");
}
