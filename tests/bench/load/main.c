/* peernet-bench: how many calls a daemon answers, and how soon. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/options.h"
#include "load/drive.h"
#include "peernet/cli.h"
#include "peernet/credentials.h"
#include "proto/mp.h"
#include "proto/rpc.h"

struct bench_options {
#define OPTION OPTIONS_STRUCT
#include "load/options.def"
#undef OPTION
};

static const struct option_def defs[] = {
#define OPTION(...) OPTIONS_TABLE(struct bench_options, __VA_ARGS__)
#include "load/options.def"
#undef OPTION
};

static const struct option_table table = {
    .program = "peernet-bench",
    .usage = "[OPTIONS] METHOD [PARAMS-AS-JSON]",
    .sentence = "Calls a daemon over many connections and prints how many answers came and how long they "
                "took.\nExample: peernet-bench -c 50 -d 16 network.of '[\"2120000019\"]'",
    .defs = defs,
    .n = sizeof defs / sizeof defs[0],
};

static const double shares[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
static const char *const share_names[] = {"p50", "p90", "p99", "p99.9", "p99.99"};

static int calls_make(struct calls *calls, const struct options *o, const struct bench_options *values,
                      struct err *e)
{
    if (values->redis + (values->calls[0] != '\0') + (o->n_operands > 0) != 1 || o->n_operands > 2)
        return err_set(e, ERR_INVALID,
                       "one of METHOD [PARAMS-AS-JSON], --calls and --redis is wanted; see --help");
    if (values->redis)
        return calls_redis(calls, e);
    if (values->calls[0] != '\0')
        return calls_read(calls, values->calls, e);
    return calls_add(calls, o->operands[0], o->n_operands > 1 ? o->operands[1] : "", e);
}

/* What each connection begins with. */
static int first_make(struct buf *first, const struct bench_options *values, struct credentials *who,
                      struct err *e)
{
    if (values->redis)
        calls_redis_set(first, (size_t)values->redis_bytes);
    if (values->credentials[0] == '\0')
        return 0;
    if (credentials_read(who, values->credentials, e) != 0)
        return (int)e->code;
    first->secret = true;
    rpc_write_request(first, 0, "hello");
    mp_array(first, 1);
    mp_map(first, 1);
    mp_key(first, "token");
    mp_text(first, who->token);
    return 0;
}

static void print_people(const struct bench_options *o, const struct drive_result *r)
{
    printf("%lld connections, %lld deep%s, %.1f s\n", (long long)o->connections, (long long)o->depth,
           o->rate > 0 ? ", at a rate" : "", r->seconds);
    printf("answers   %llu, %.0f a second\n", (unsigned long long)r->took.n, (double)r->took.n / r->seconds);
    printf("errors    %llu, lost connections %llu%s%s\n", (unsigned long long)r->errors,
           (unsigned long long)r->lost, r->lost > 0 ? ": " : "", r->first_error.text);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        printf("%-9s %10.1f us\n", share_names[i], (double)histogram_quantile(&r->took, shares[i]) / 1e3);
    printf("%-9s %10.1f us\n", "longest", (double)r->took.largest / 1e3);
}

static void print_json(const struct drive_result *r)
{
    printf("{\"answers\": %llu, \"per_second\": %.1f, \"errors\": %llu, \"lost\": %llu",
           (unsigned long long)r->took.n, (double)r->took.n / r->seconds, (unsigned long long)r->errors,
           (unsigned long long)r->lost);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++)
        printf(", \"%s_us\": %.1f", share_names[i], (double)histogram_quantile(&r->took, shares[i]) / 1e3);
    printf(", \"longest_us\": %.1f}\n", (double)r->took.largest / 1e3);
}

static int measure(const struct options *o, const struct bench_options *values, struct err *e)
{
    struct calls calls = {0};
    struct buf first = {0};
    struct credentials who = {0};
    struct drive_result result;
    struct drive_plan plan = {.trust = {values->ca, "", ""},
                              .calls = &calls,
                              .first = &first,
                              .connections = (uint32_t)values->connections,
                              .idle = (uint32_t)values->idle,
                              .depth = (uint32_t)values->depth,
                              .warm_up = (double)values->warm_up / 1e3,
                              .duration = (double)values->duration / 1e3,
                              .rate = (double)values->rate};
    int code = address_parse(values->address, &plan.address, e);
    code = code != 0 ? code : calls_make(&calls, o, values, e);
    code = code != 0 ? code : first_make(&first, values, &who, e);
    if (code == 0) {
        plan.trust.certificate = who.certificate;
        plan.trust.key = who.key;
        code = drive(&plan, &result, e);
    }
    if (code == 0 && values->json)
        print_json(&result);
    else if (code == 0)
        print_people(values, &result);
    if (code == 0 && result.errors + result.lost > 0)
        code = err_set(e, ERR_UNAVAILABLE, "not every call was answered well");
    credentials_forget(&who);
    buf_free(&first);
    calls_free(&calls);
    return code;
}

int main(int argc, char **argv)
{
    struct bench_options values;
    struct options o;
    struct err e = ERR_INIT;
    struct rlimit files;
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    int code = options_init(&o, &table, &values, &e);
    code = code != 0 ? code : options_read(&o, argc, argv, &e);
    if (code == 0 && o.help) {
        struct buf help = {0};
        options_help(&table, &help);
        fputs(buf_string(&help), stdout);
        buf_free(&help);
    } else if (code == 0 && o.version) {
        puts("peernet-bench " PEERNET_VERSION);
    } else if (code == 0) {
        code = measure(&o, &values, &e);
    }
    if (code != 0)
        fprintf(stderr, "peernet-bench: %s\n", e.text);
    options_free(&o);
    return code == 0 ? 0 : code == ERR_INVALID ? 2 : code == ERR_DENIED ? 4 : code == ERR_UNAVAILABLE ? 5 : 1;
}
