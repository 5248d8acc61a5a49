#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "regroup/progress.h"

/* Every whole line in `text` is one JSON object; returns the last one. */
static json_t *check_lines(char *text, int *count)
{
    json_t *last = NULL;
    char *rest = NULL;
    *count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        json_decref(last);
        last = json_loads(line, 0, NULL);
        assert_non_null(last);
        assert_true(json_is_string(json_object_get(last, "step")));
        ++*count;
    }
    return last;
}

static size_t drain(int fd, char *out, size_t size)
{
    size_t used = 0;
    ssize_t n;
    while (used + 1 < size && (n = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)n;
    out[used] = '\0';
    return used;
}

static void tells_steps_and_the_end(void **state)
{
    (void)state;
    int ends[2], count;
    char text[8192];
    struct progress p;
    assert_int_equal(pipe(ends), 0);
    progress_open(&p, ends[1], false);
    progress_step(&p, STEP_READ, "reading \"it\"\n");
    progress_step(&p, STEP_WRITE, "writing %d networks", 41);
    progress_end(&p, EXIT_SUPERSEDED, 17, "räknad men \\ inte publicerad");
    close(ends[1]);
    drain(ends[0], text, sizeof text);
    json_t *last = check_lines(text, &count);
    assert_int_equal(count, 3);
    assert_string_equal(json_string_value(json_object_get(last, "outcome")), "superseded");
    assert_int_equal(json_integer_value(json_object_get(last, "exit")), 12);
    assert_int_equal(json_integer_value(json_object_get(last, "run")), 17);
    assert_string_equal(json_string_value(json_object_get(last, "text")), "räknad men \\ inte publicerad");
    json_decref(last);
    close(ends[0]);
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    int ends[2], count;
    char text[8192], words[900];
    struct progress p;
    for (size_t i = 0; i + 2 < sizeof words; i += 2)
        memcpy(words + i, "å", 3);
    assert_int_equal(pipe(ends), 0);
    progress_open(&p, ends[1], false);
    progress_end(&p, EXIT_FAILED, 0, words);
    close(ends[1]);
    drain(ends[0], text, sizeof text);
    json_t *last = check_lines(text, &count);
    assert_int_equal(count, 1);
    assert_true(json_is_null(json_object_get(last, "run")));
    json_decref(last);
    close(ends[0]);
}

/* Nobody reads: the work goes on, lines are dropped whole, and what did come through can be read. */
static void never_waits_for_a_slow_reader(void **state)
{
    int ends[2], count;
    static char text[1 << 20];
    struct progress p;
    if (*(int *)*state == SOCK_STREAM)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    else
        assert_int_equal(pipe(ends), 0);
    progress_open(&p, ends[1], false);
    alarm(20);
    for (int i = 0; i < 20000; i++)
        progress_step(&p, STEP_NETWORKS, "step %d", i);
    alarm(0);
    assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0); /* it may be a terminal of others */
    close(ends[1]);
    assert_true(drain(ends[0], text, sizeof text) > 1000);
    *strrchr(text, '\n') = '\0'; /* of the last line a part may be missing: the end came before the reader */
    json_decref(check_lines(text, &count));
    assert_in_range(count, 10, 19999);
    close(ends[0]);
}

static void forgets_a_reader_that_went_away(void **state)
{
    (void)state;
    int ends[2];
    struct progress p;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    progress_open(&p, ends[1], false);
    progress_step(&p, STEP_READ, "reading");
    assert_int_equal(p.fd, -1);
    progress_end(&p, EXIT_DONE, 1, "done");
    close(ends[1]);
}

static void keeps_the_time_of_each_step(void **state)
{
    (void)state;
    struct progress p;
    progress_open(&p, -1, false);
    progress_step(&p, STEP_READ, "reading");
    usleep(20000);
    progress_step(&p, STEP_PROFILES, "weighing");
    progress_step(&p, STEP_GRAPH, "comparing");
    assert_true(p.seconds[STEP_READ] >= 0.02);
    assert_true(p.seconds[STEP_PROFILES] < p.seconds[STEP_READ]);
}

int main(void)
{
    static int on_pipe = 0, on_socket = SOCK_STREAM;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_steps_and_the_end),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        {"never_waits_for_a_slow_reader/pipe", never_waits_for_a_slow_reader, NULL, NULL, &on_pipe},
        {"never_waits_for_a_slow_reader/socket", never_waits_for_a_slow_reader, NULL, NULL, &on_socket},
        cmocka_unit_test(forgets_a_reader_that_went_away),
        cmocka_unit_test(keeps_the_time_of_each_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
