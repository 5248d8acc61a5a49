/* net_fake_diff.h - what the fake of the daemon (net_fake.h) answers where two runs are to be compared.
 * Include after cmocka.h. */
#ifndef PEERNET_TESTS_NET_FAKE_DIFF_H
#define PEERNET_TESTS_NET_FAKE_DIFF_H

#include "core/snapshot/run_diff.h"
#include "net/service.h"

/* Run 6 had two networks, of which run 7 made one. */
static inline void fake_run_diff(void *self, const struct service_diff_request *request,
                                 service_diff_done done, void *context)
{
    struct err e = ERR_INIT;
    struct run_diff *d = NULL;
    struct run_diff_network_row rows[] = {{
                                              4,
                                              2,
                                              false,
                                              "Matte",
                                              "Maths",
                                          },
                                          {4, 3, true, "Matematik", "Mathematics"},
                                          {5, 2, false, "Svenska", "Swedish"}};
    struct run_diff_move moves[] = {{"003",
                                     "Nya Lund AB",
                                     KIND_INDEPENDENT,
                                     {5, 0.5f, ""},
                                     {4, 0.75f, ""},
                                     "Delar matematik.",
                                     "Shares mathematics."},
                                    {"004",
                                     "Tyst skola",
                                     KIND_INDEPENDENT,
                                     {5, 0.5f, ""},
                                     {0, 0, "nothing_reported"},
                                     "Inget.",
                                     "Nothing."}};
    (void)self;
    if (request->before == 99) {
        err_set(&e, ERR_NOT_FOUND, "no run has the number 99");
        done(context, NULL, &e);
        return;
    }
    assert_int_equal(run_diff_open(&d, &e), 0);
    assert_int_equal(run_diff_head(d, "default", "{\"run\": 6}", "{\"run\": 7}", "[]", &e), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(run_diff_add_network(d, &rows[i], &e), 0);
    assert_int_equal(run_diff_add_flow(d, 4, 4, 2, &e), 0);
    assert_int_equal(run_diff_add_flow(d, 5, 4, 1, &e), 0);
    assert_int_equal(run_diff_add_flow(d, 5, 0, 1, &e), 0);
    for (size_t i = request->offset; i < 2 && i < request->offset + request->limit; i++)
        assert_int_equal(run_diff_add_move(d, &moves[i], &e), 0);
    assert_int_equal(run_diff_build(d, &e), 0);
    done(context, d, NULL);
    run_diff_free(d);
}

#endif
