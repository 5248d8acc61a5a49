#include "net/server.h"

#include <inttypes.h>

void server_options_default(struct server_options *options)
{
    *options = (struct server_options){
        .max_connections = 1000,
        .output_pause_bytes = 1u << 20,
        .output_limit_bytes = 8u << 20,
        .clients_limit_bytes = 256u << 20,
        .answers_kept_bytes = 16u << 20,
        .requests_in_flight = 1000,
        .requests_per_turn = 64,
        .submit_entries = 1000,
        .propose_organizers = 5000,
        .insight_threshold = 5,
        .thread_jobs = 2,
        .thread_queue = 16,
        .programme_pins = 1000,
        .loopback_role = ROLE_ADMIN,
        .socket_role = ROLE_ADMIN,
        .frame_seconds = 60,
        .write_seconds = 30,
        .login_request_bytes = 65536,
        .login_connections = 200,
        .address_connections = 100,
        .handshake_seconds = 5,
        .login_seconds = 10,
        .slow_ms = 500,
        .login_delay_ms = 250,
        .login_delay_most_ms = 8000,
    };
    frame_limits_default(&options->request);
}

/* One option against its bounds. */
static int option_within(struct err *e, const char *name, uint64_t value, uint64_t lowest, uint64_t highest)
{
    if (value >= lowest && value <= highest)
        return 0;
    return err_set(e, ERR_INVALID, "%s is %" PRIu64 "; allowed are %" PRIu64 " to %" PRIu64, name, value,
                   lowest, highest);
}

static int seconds_within(struct err *e, const char *name, double value)
{
    if (value >= 0 && value <= 1e6) /* also false for NAN */
        return 0;
    return err_set(e, ERR_INVALID, "%s is %g; allowed are 0 (off) to 1000000 seconds", name, value);
}

uint32_t server_lingering_most(uint32_t max_connections)
{
    return max_connections / 4 < 16 ? 16 : max_connections / 4;
}

int server_options_check(const struct server_options *o, struct err *e)
{
    if (option_within(e, "max-connections", o->max_connections, 1, 1000000) ||
        option_within(e, "request-bytes", o->request.bytes, 64, 1u << 30) ||
        option_within(e, "request-depth", o->request.depth, 4, FRAME_DEPTH_MAX) ||
        option_within(e, "request-elements", o->request.elements, 16, 1u << 24) ||
        option_within(e, "output-pause", o->output_pause_bytes, 1024, 1u << 30) ||
        option_within(e, "output-limit", o->output_limit_bytes, 4096, 1u << 30) ||
        option_within(e, "clients-limit", o->clients_limit_bytes, 65536, UINT64_C(1) << 40) ||
        option_within(e, "answers-kept", o->answers_kept_bytes, 0, 1u << 30) ||
        option_within(e, "requests-in-flight", o->requests_in_flight, 1, 1000000) ||
        option_within(e, "submit-entries", o->submit_entries, 1, 100000) ||
        option_within(e, "propose-organizers", o->propose_organizers, 1, 1000000) ||
        option_within(e, "insight-threshold", o->insight_threshold, 3, 1000) ||
        option_within(e, "thread-jobs", o->thread_jobs, 1, 64) ||
        option_within(e, "thread-queue", o->thread_queue, 0, 10000) ||
        option_within(e, "programme-pins", o->programme_pins, 1, 10000) ||
        option_within(e, "requests-per-turn", o->requests_per_turn, 1, 1000000) ||
        option_within(e, "login-request-bytes", o->login_request_bytes, 64, 1u << 30) ||
        option_within(e, "login-connections", o->login_connections, 1, 1000000) ||
        option_within(e, "address-connections", o->address_connections, 0, 1000000) ||
        option_within(e, "slow-ms", o->slow_ms, 0, 3600000) ||
        option_within(e, "login-delay", o->login_delay_ms, 0, 60000) ||
        option_within(e, "login-delay-most", o->login_delay_most_ms, 0, 60000) ||
        seconds_within(e, "first-byte-timeout", o->first_byte_seconds) ||
        seconds_within(e, "frame-timeout", o->frame_seconds) ||
        seconds_within(e, "idle-timeout", o->idle_seconds) ||
        seconds_within(e, "login-timeout", o->login_seconds) ||
        seconds_within(e, "tls-handshake-timeout", o->handshake_seconds) ||
        seconds_within(e, "write-timeout", o->write_seconds))
        return ERR_INVALID;
    if (o->output_pause_bytes > o->output_limit_bytes)
        return err_set(e, ERR_INVALID, "output-pause is %zu; allowed is at most output-limit, %zu",
                       o->output_pause_bytes, o->output_limit_bytes);
    if (o->login_request_bytes > o->request.bytes)
        return err_set(e, ERR_INVALID, "login-request-bytes is %zu; allowed is at most request-bytes, %zu",
                       o->login_request_bytes, o->request.bytes);
    if (o->clients_limit_bytes < o->output_limit_bytes || o->clients_limit_bytes < o->request.bytes)
        return err_set(e, ERR_INVALID,
                       "clients-limit is %zu; allowed is at least request-bytes, %zu, and output-limit, %zu",
                       o->clients_limit_bytes, o->request.bytes, o->output_limit_bytes);
    return 0;
}
