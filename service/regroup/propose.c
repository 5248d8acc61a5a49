#include "regroup/propose.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"
#include "proto/rpc.h"
#include "regroup/exit_codes.h"
#include "regroup/problem_read.h"
#include "regroup/process.h"
#include "regroup/proposal_write.h"

void propose_help(struct buf *out)
{
    buf_text(out,
             "Usage: peernet-regroup propose [--memory-limit BYTES] < PROBLEM > ANSWER\n\n"
             "Forms peer networks of the organizers in a problem and stores nothing; peernetd starts it for\n"
             "network.propose. Problem and answer are one message of MessagePack-RPC each.\n\n"
             "  --memory-limit BYTES   most address space, as 2GiB (default: no limit)\n"
             "  --follow-parent        end with the parent process\n"
             "  --help                 this text\n");
}

struct propose_options {
    int64_t memory;
    bool follow, help;
};

static int read_options(struct propose_options *o, int argc, char **argv, struct err *e)
{
    static const struct option known[] = {{"memory-limit", required_argument, NULL, 'm'},
                                          {"follow-parent", no_argument, NULL, 'f'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int key;
    optind = 1;
    opterr = 0;
    while ((key = getopt_long(argc, argv, "+:", known, NULL)) != -1) {
        o->follow = o->follow || key == 'f';
        o->help = o->help || key == 'h';
        if (key == 'm' && option_parse_bytes(optarg, &o->memory, e) != ERR_OK)
            return err_wrap(e, "--memory-limit %s", optarg);
        if (key == '?' || key == ':')
            return err_set(e, ERR_INVALID, "%s cannot be used like this", argv[optind - 1]);
    }
    return optind == argc ? ERR_OK
                          : err_set(e, ERR_INVALID, "%s: nothing but flags is expected", argv[optind]);
}

/* All of standard input; it may not be longer than a problem may be. */
static int read_input(struct buf *in, struct err *e)
{
    for (;;) {
        uint8_t *room = buf_reserve(in, 65536);
        if (room == NULL)
            return err_set(e, ERR_LIMIT, "the problem has more than %zu bytes", problem_limits.bytes);
        ssize_t n = read(STDIN_FILENO, room, 65536);
        if (n == 0)
            return ERR_OK;
        if (n < 0 && errno != EINTR)
            return err_set(e, ERR_IO, "reading the problem: %s", strerror(errno));
        in->size += n > 0 ? (size_t)n : 0;
    }
}

static int compute(struct buf *out, const struct problem *p, struct err *e)
{
    const struct inputs *in = &p->in;
    struct progress progress;
    struct grouping g = {.n_networks = 0};
    if (in->population.n_reports == 0)
        return err_set(e, ERR_INVALID,
                       "none of the %u organizers has a report that counts (window_days is %lld): there is "
                       "nobody to place",
                       in->population.n_organizers, (long long)in->settings.window_days);
    progress_open(&progress, -1, false);
    int code = grouping_build(&g, in, p->seed, 1, &progress, e);
    if (code == ERR_OK)
        code = proposal_write(out, p, &g, &progress, e);
    grouping_free(&g);
    return code;
}

static int propose(struct buf *out, uint32_t *msgid, struct err *e)
{
    struct buf in;
    struct problem p;
    buf_init(&in, problem_limits.bytes + 65536);
    int code = read_input(&in, e);
    if (code == ERR_OK) {
        code = problem_read(&p, in.data, in.size, e);
        buf_free(&in);
        *msgid = p.msgid;
        rpc_write_result(out, p.msgid);
        if (code == ERR_OK)
            code = compute(out, &p, e);
        problem_free(&p);
    }
    buf_free(&in);
    return code;
}

static int write_output(const struct buf *out)
{
    for (size_t at = 0; at < out->size;) {
        ssize_t n = write(STDOUT_FILENO, out->data + at, out->size - at);
        if (n < 0 && errno != EINTR)
            return EXIT_FAILED;
        at += n > 0 ? (size_t)n : 0;
    }
    return EXIT_DONE;
}

/* A failure is an answer too; what cannot even be answered shows in the exit code. */
static int answer(void)
{
    struct buf out;
    struct err e = ERR_INIT;
    buf_init(&out, 0);
    uint32_t msgid = 0;
    int code = propose(&out, &msgid, &e);
    if (code != ERR_OK) {
        buf_clear(&out);
        rpc_write_error(&out, msgid, &e, RPC_ERROR_MAP);
    }
    int end = buf_failed(&out) ? EXIT_FAILED : write_output(&out);
    buf_free(&out);
    return end != EXIT_DONE ? end : (int)exit_of((enum err_code)code);
}

static int print_help(void)
{
    struct buf text;
    buf_init(&text, 0);
    propose_help(&text);
    fputs(buf_string(&text), stdout);
    buf_free(&text);
    return EXIT_DONE;
}

int propose_main(int argc, char **argv)
{
    struct propose_options o = {.memory = 0};
    struct err e = ERR_INIT;
    if (read_options(&o, argc, argv, &e) != ERR_OK) {
        fprintf(stderr, "peernet-regroup propose: %s\nTry: peernet-regroup propose --help\n", e.text);
        return EXIT_USAGE;
    }
    if (o.help)
        return print_help();
    process_offer_memory();
    int code = o.follow ? process_follow_parent(&e) : ERR_OK;
    if (code == ERR_OK)
        code = process_limit_memory(o.memory, &e);
    if (code == ERR_OK)
        return answer();
    fprintf(stderr, "peernet-regroup propose: %s\n", e.text);
    return EXIT_FAILED;
}
