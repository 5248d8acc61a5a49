/* libpeernet-client on a loop against a server of this file, which says what each test wants it to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "proto/client/peernet/client_uv.h"
#include "proto/mp.h"
#include "proto/rpc.h"

/* How the server acts once so many bytes have come. */
enum manner { MANNER_BACKWARDS, MANNER_SILENT, MANNER_HANG_UP, MANNER_GARBAGE };
#define CALLS 3

static struct world {
    char folder[32], path[64];
    uv_loop_t loop;
    uv_pipe_t listener, peer;
    enum manner manner;
    struct buf in;
    struct peernet_uv *client;
    int answers, states, closings;
    char order[64];            /* the answers' numbers as they came */
    char state[24], error[24]; /* codes; "" = fine */
    bool close_in_answer;
} w;

static void make_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    (void)handle;
    *out = uv_buf_init(malloc(wanted), (unsigned)wanted);
}

/* The results 1, 2, 3 for the msgids 1, 2, 3, the last first. */
static void answer_backwards(uv_stream_t *peer)
{
    struct buf out;
    buf_init(&out, 0);
    for (uint32_t i = CALLS; i >= 1; i--) {
        rpc_write_result(&out, i);
        mp_uint(&out, i);
    }
    uv_buf_t bytes = uv_buf_init((char *)out.data, (unsigned)out.size);
    assert_int_equal(uv_try_write(peer, &bytes, 1), (int)out.size);
    buf_free(&out);
}

static void close_once(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void heard(uv_stream_t *peer, ssize_t n, const uv_buf_t *bytes)
{
    char no_message[] = "\x93\x01\xc1";
    uv_buf_t garbage = uv_buf_init(no_message, 3);
    if (n > 0)
        buf_append(&w.in, bytes->base, (size_t)n);
    free(bytes->base);
    if (n < 0 || w.manner == MANNER_HANG_UP)
        close_once((uv_handle_t *)peer);
    else if (w.manner == MANNER_GARBAGE)
        uv_try_write(peer, &garbage, 1);
    else if (w.manner == MANNER_BACKWARDS && w.in.size >= CALLS * 8)
        answer_backwards(peer);
}

static void came(uv_stream_t *listener, int status)
{
    assert_int_equal(status, 0);
    uv_pipe_init(&w.loop, &w.peer, 0);
    assert_int_equal(uv_accept(listener, (uv_stream_t *)&w.peer), 0);
    uv_read_start((uv_stream_t *)&w.peer, make_room, heard);
    close_once((uv_handle_t *)listener);
}

static void closed(void *context)
{
    (void)context;
    w.closings++;
    if (!uv_is_closing((uv_handle_t *)&w.listener))
        uv_close((uv_handle_t *)&w.listener, NULL);
}

static void state(void *context, const struct peernet_error *error)
{
    assert_ptr_equal(context, &w);
    w.states++;
    snprintf(w.state, sizeof w.state, "%s", error == NULL ? "" : error->code);
}

static void answered(void *context, const msgpack_object *result, const struct peernet_error *error)
{
    size_t length = strlen(w.order);
    snprintf(w.order + length, sizeof w.order - length, "%d%c", *(int *)context,
             error == NULL && result->via.u64 == (uint64_t) * (int *)context ? ' ' : '!');
    snprintf(w.error, sizeof w.error, "%s", error == NULL ? "" : error->code);
    if (++w.answers == CALLS || w.close_in_answer)
        peernet_uv_close(w.client, closed);
}

static void open_client(double call_seconds)
{
    struct peernet_options options = {.connect_seconds = 5, .call_seconds = call_seconds};
    struct peernet_error error;
    assert_int_equal(peernet_uv_open(&w.client, &w.loop, w.path, &options, state, &w, &error), 0);
}

static void call_three(void)
{
    static int numbers[CALLS] = {1, 2, 3};
    struct peernet_error error;
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(peernet_uv_call(w.client, "ping", NULL, answered, &numbers[i], &error), 0);
}

static void run(enum manner manner, double call_seconds)
{
    w.manner = manner;
    open_client(call_seconds);
    call_three();
    assert_string_equal(w.order, ""); /* nothing is answered from within a call */
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.closings, 1);
}

static void answers_find_their_calls_in_any_order(void **unused)
{
    (void)unused;
    run(MANNER_BACKWARDS, 20);
    assert_string_equal(w.order, "3 2 1 ");
    assert_int_equal(w.states, 1);
    assert_string_equal(w.state, "");
}

static void a_call_without_an_answer_ends_with_its_time(void **unused)
{
    (void)unused;
    run(MANNER_SILENT, 0.05);
    assert_string_equal(w.order, "1!2!3!");
    assert_string_equal(w.error, "E_UNAVAILABLE");
    assert_int_equal(w.states, 1); /* the connection stands all the same */
}

static void a_lost_connection_ends_every_call_and_is_told(void **unused)
{
    (void)unused;
    run(MANNER_HANG_UP, 20);
    assert_string_equal(w.order, "1!2!3!");
    assert_string_equal(w.error, "E_UNAVAILABLE");
    assert_string_equal(w.state, "E_UNAVAILABLE");
    assert_int_equal(w.states, 2);
}

static void what_is_no_message_ends_the_connection(void **unused)
{
    (void)unused;
    run(MANNER_GARBAGE, 20);
    assert_string_equal(w.order, "1!2!3!");
    assert_string_equal(w.state, "E_INTERNAL");
}

static void a_callback_may_close(void **unused)
{
    (void)unused;
    w.close_in_answer = true;
    run(MANNER_BACKWARDS, 20);
    assert_string_equal(w.order, "3 1!2!");
    assert_string_equal(w.error, "E_CANCELLED");
}

static void nobody_there_is_told_to_the_state_and_each_call(void **unused)
{
    (void)unused;
    unlink(w.path);
    run(MANNER_SILENT, 20);
    assert_string_equal(w.order, "1!2!3!");
    assert_string_equal(w.state, "E_UNAVAILABLE");
    assert_int_equal(w.states, 1);
}

static void a_client_that_is_closed_at_once_answers_its_calls(void **unused)
{
    (void)unused;
    open_client(20);
    call_three();
    peernet_uv_close(w.client, closed);
    assert_string_equal(w.order, "1!2!3!");
    assert_string_equal(w.error, "E_CANCELLED");
    uv_run(&w.loop, UV_RUN_DEFAULT);
    assert_int_equal(w.closings, 1);
    assert_int_equal(w.states, 0);
}

static void what_cannot_be_asked_is_refused_at_once(void **unused)
{
    struct peernet_error error;
    struct peernet_options options = PEERNET_OPTIONS_DEFAULT;
    char seven[] = "\x07";
    msgpack_sbuffer number = {.data = seven, .size = 1};
    (void)unused;
    assert_int_equal(peernet_uv_open(&w.client, &w.loop, "nowhere:0", &options, NULL, NULL, &error), -1);
    assert_string_equal(error.code, "E_ARGUMENT");
    open_client(20);
    assert_int_equal(peernet_uv_call(w.client, "ping", &number, answered, NULL, &error), -1);
    assert_string_equal(error.text, "parameters are an integer; allowed are a list or a map");
    peernet_uv_close(w.client, closed);
    uv_run(&w.loop, UV_RUN_DEFAULT);
}

static int setup(void **unused)
{
    (void)unused;
    memset(&w, 0, sizeof w);
    strcpy(w.folder, "/tmp/peernet-test-XXXXXX");
    assert_non_null(mkdtemp(w.folder));
    snprintf(w.path, sizeof w.path, "%s/socket", w.folder);
    uv_loop_init(&w.loop);
    uv_pipe_init(&w.loop, &w.listener, 0);
    buf_init(&w.in, 0);
    return uv_pipe_bind(&w.listener, w.path) != 0 || uv_listen((uv_stream_t *)&w.listener, 8, came) != 0;
}

static int teardown(void **unused)
{
    (void)unused;
    buf_free(&w.in);
    unlink(w.path);
    rmdir(w.folder);
    return uv_loop_close(&w.loop); /* nothing is left in it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_find_their_calls_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_without_an_answer_ends_with_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_connection_ends_every_call_and_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_message_ends_the_connection, setup, teardown),
        cmocka_unit_test_setup_teardown(a_callback_may_close, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_there_is_told_to_the_state_and_each_call, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_is_closed_at_once_answers_its_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_asked_is_refused_at_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
