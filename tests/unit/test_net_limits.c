/* Peers that break rules, send too much, too slowly, or never read; and where the server may listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "net_fake.h"
#include "net_fake_pair.h"

static void assert_says(const msgpack_object *error, const char *words)
{
    if (strstr(as_json(error), words) == NULL)
        fail_msg("%s does not say %s", as_json(error), words);
}

static void a_request_byte_by_byte_is_answered(void **state)
{
    struct buf out;
    (void)state;
    begin();
    buf_init(&out, 0);
    request_write(&out, 77, "organizer.get", "[\"001\"]");
    for (size_t i = 0; i < out.size; i++) {
        client_send(&client, out.data + i, 1);
        uv_run(&fake.loop, UV_RUN_NOWAIT);
    }
    client_await(&client);
    assert_int_equal(client.message.msgid, 77);
    buf_free(&out);
}

static void earlier_requests_are_answered_before_a_broken_one_ends_it(void **state)
{
    struct buf out;
    (void)state;
    begin();
    buf_init(&out, 0);
    request_write(&out, 1, "ping", "[]");
    request_write(&out, 2, "ping", "[]");
    mp_array(&out, 3); /* no request */
    mp_raw(&out, "\x00\x01\x02", 3);
    request_write(&out, 3, "ping", "[]");
    client_send(&client, out.data, out.size);
    client_await(&client);
    client_await(&client);
    assert_int_equal(client.message.msgid, 2);
    client_await_end(&client);
    assert_int_equal(client.message.msgid, 2); /* nothing behind it was answered */
    count();
    assert_int_equal(counts.bad_frames, 1);
    client_call(&other, "ping", "[]");
    buf_free(&out);
}

static void responses_and_notifications_that_come_in_are_ignored(void **state)
{
    (void)state;
    begin();
    client_send(&client, "\x94\x01\x05\xc0\xc0\x93\x02\xa4ping\x90\x93\x02\xa1x\x90", 18);
    client_call(&client, "ping", "[]");
    count();
    assert_int_equal(counts.requests, 1);
}

static void a_request_over_the_limits_ends_the_connection(void **state)
{
    static const char *const broken[] = {"\xdd\xff\xff\xff\xff", "\x94\x00\x01\xdb\x00\x20\x00\x00",
                                         "GET / HTTP", "\x94\x00\x01\xa1\xff"};
    static const size_t sizes[] = {5, 8, 10, 5};
    (void)state;
    begin();
    for (size_t i = 0; i < 4; i++) {
        client_close(&client);
        client_open(&client, &fake);
        client_send(&client, broken[i], sizes[i]);
        client_await_end(&client);
    }
    count();
    assert_int_equal(counts.bad_frames, 4);
    client_call(&other, "ping", "[]");
}

static void one_connection_too_many_is_told_so(void **state)
{
    struct client third;
    (void)state;
    fake.options.max_connections = 2;
    begin();
    client_call(&client, "ping", "[]");
    client_call(&other, "ping", "[]");
    client_open(&third, &fake);
    client_request(&third, "ping", "[]");
    client_await(&third);
    assert_says(third.message.error, "E_LIMIT: too many connections: the limit is 2 (max-connections)");
    client_await_end(&third);
    client_close(&third);
    count();
    assert_int_equal(counts.refused, 1);
    client_close(&other); /* room again */
    FAKE_UNTIL(&fake, (count(), counts.connections == 1));
    client_open(&other, &fake);
    client_call(&other, "ping", "[]");
}

static void too_many_in_flight_are_refused_and_the_rest_go_on(void **state)
{
    static const struct service_run_answer done = {1, "default", "running", "", 0, NULL};
    (void)state;
    fake.options.requests_in_flight = 3;
    begin();
    for (int i = 0; i < 4; i++)
        client_request(&client, "run.start", "[]");
    client_await(&client);
    assert_int_equal(client.message.msgid, 4);
    assert_says(client.message.error,
                "E_LIMIT: 3 requests of this connection wait for their answer; the limit is 3");
    for (int i = 0; i < 3; i++) {
        fake_answer(&fake, &done, NULL);
        client_await(&client);
        assert_true(mp_is_nil(client.message.error));
    }
}

static void all_connections_together_have_a_limit_in_flight(void **state)
{
    static const struct service_run_answer done = {1, "default", "running", "", 0, NULL};
    struct client more[10];
    (void)state;
    fake.options.requests_in_flight = 2;
    begin();
    for (size_t i = 0; i < 10; i++) {
        client_open(&more[i], &fake);
        client_request(&more[i], "run.start", "[]");
        client_request(&more[i], "run.start", "[]");
        FAKE_UNTIL(&fake, fake.n_held == 2 * i + 2);
    }
    client_request(&client, "run.start", "[]");
    client_await(&client);
    assert_says(client.message.error, "E_LIMIT: 20 requests of all connections wait");
    client_call(&client, "ping", "[]");
    while (fake.n_held > 0)
        fake_answer(&fake, &done, NULL);
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    fake_answer(&fake, &done, NULL);
    client_await(&client);
    assert_true(mp_is_nil(client.message.error));
    for (size_t i = 0; i < 10; i++)
        client_close(&more[i]);
}

/* Each within its own limits, all together not: those that take most go, the others do not notice. */
static void all_connections_together_have_a_limit_of_memory(void **state)
{
    static char part[100000]; /* of a message of 131,081 bytes */
    struct client many[20];
    (void)state;
    fake.options.request.bytes = 200000;
    fake.options.output_pause_bytes = 1024;
    fake.options.output_limit_bytes = 65536;
    fake.options.clients_limit_bytes = 1000000;
    begin();
    memcpy(part, "\x94\x00\x01\xa4ping\x92\xda\xff\xff", 12);
    memset(part + 12, 'x', 65535);
    memcpy(part + 12 + 65535, "\xda\xff\xff", 3);
    memset(part + 12 + 65538, 'x', sizeof part - 12 - 65538);
    client_call(&client, "subscribe", "[\"runs\"]");
    for (size_t i = 0; i < 20; i++) {
        client_open(&many[i], &fake);
        client_send(&many[i], part, sizeof part);
        FAKE_UNTIL(&fake, (count(), counts.accepted == i + 3));
        for (int turn = 0; turn < 20; turn++)
            uv_run(&fake.loop, UV_RUN_NOWAIT);
    }
    FAKE_UNTIL(&fake, (count(), counts.connections < 12));
    assert_true(counts.connections > 5); /* no more than had to */
    client_call(&client, "ping", "[]");
    client_call(&other, "ping", "[]");
    for (size_t i = 0; i < 20; i++)
        client_close(&many[i]);
    FAKE_UNTIL(&fake, (count(), counts.connections == 2));
}

static void an_answer_too_large_becomes_an_error(void **state)
{
    (void)state;
    fake.options.output_limit_bytes = 4096;
    fake.options.output_pause_bytes = 1024;
    begin();
    client_request(&client, "methods", "[]");
    client_await(&client);
    assert_says(client.message.error, "E_LIMIT: the answer does not fit: at most 4096 bytes");
    client_call(&client, "ping", "[]");
}

/* Sends requests for large answers and reads none; returns how many bytes the socket took. */
static size_t ask_without_reading(struct client *c, size_t most)
{
    struct buf out;
    size_t sent = 0;
    buf_init(&out, 0);
    request_write(&out, 1, "methods", "[]");
    for (int idle = 0; sent < most && idle < 200;) {
        ssize_t n = send(c->fd, out.data, out.size, MSG_NOSIGNAL);
        idle = n > 0 ? 0 : idle + 1;
        sent += n > 0 ? (size_t)n : 0;
        uv_run(&fake.loop, UV_RUN_NOWAIT);
    }
    buf_free(&out);
    return sent;
}

static void who_does_not_read_is_not_read_from(void **state)
{
    (void)state;
    fake.options.output_pause_bytes = 65536;
    begin();
    ask_without_reading(&client, 64u << 20);
    count();
    uint64_t answered = counts.requests;
    fake_run(&fake, 100);
    count();
    assert_int_equal(counts.requests, answered); /* it stands still ... */
    client_call(&other, "ping", "[]");           /* ... alone */
    for (int i = 0; i < 100; i++)
        client_await(&client); /* reading sets it going again */
    FAKE_UNTIL(&fake, (client_poll(&client), count(), counts.requests > answered + 50));
}

static void who_never_reads_is_closed_by_the_write_deadline(void **state)
{
    (void)state;
    fake.options.output_pause_bytes = 65536;
    fake.options.write_seconds = 0.3;
    begin();
    ask_without_reading(&client, 64u << 20);
    FAKE_UNTIL(&fake, (count(), counts.slow_readers == 1));
    FAKE_UNTIL(&fake, (count(), counts.connections == 1));
    client_call(&other, "ping", "[]");
}

static void a_subscriber_that_never_reads_is_closed_at_the_hard_limit(void **state)
{
    static char text[2001];
    struct service_run_progress progress = {12, "default", "running", "graph", text, 0.3, 2, NULL};
    (void)state;
    memset(text, 'x', sizeof text - 1);
    fake.options.output_pause_bytes = 4096;
    fake.options.output_limit_bytes = 100000;
    begin();
    client_call(&client, "subscribe", "[\"runs\"]");
    for (int i = 0; i < 20000 && (count(), counts.slow_readers == 0); i++) {
        server_notify_progress(fake.server, &progress);
        uv_run(&fake.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(counts.slow_readers, 1);
    client_call(&other, "ping", "[]");
}

static void who_says_nothing_is_closed_by_the_first_byte_deadline(void **state)
{
    (void)state;
    fake.options.first_byte_seconds = 0.2;
    begin();
    client_call(&other, "ping", "[]");
    client_await_end(&client);
    fake_run(&fake, 300);
    client_call(&other, "ping", "[]"); /* it said something once: that deadline is not for it */
}

static void an_unfinished_message_has_a_deadline(void **state)
{
    (void)state;
    fake.options.frame_seconds = 0.2;
    begin();
    client_send(&client, "\x94\x00", 2);
    client_await_end(&client);
    count();
    assert_int_equal(counts.timeouts, 1);
    client_call(&other, "ping", "[]"); /* no message begun, no deadline */
}

static void idle_connections_may_have_a_deadline_but_not_subscribers(void **state)
{
    (void)state;
    fake.options.idle_seconds = 0.2;
    begin();
    client_call(&client, "ping", "[]");
    client_call(&other, "subscribe", "[\"runs\"]");
    client_await_end(&client);
    fake_run(&fake, 300);
    client_call(&other, "ping", "[]");
}

static void listens_on_several_addresses_and_a_unix_socket(void **state)
{
    struct err e = ERR_INIT;
    char path[] = "/tmp/peernet-net-XXXXXX", unix_path[64];
    struct stat there;
    (void)state;
    begin();
    assert_non_null(mkdtemp(path));
    snprintf(unix_path, sizeof unix_path, "%s/socket", path);
    assert_int_equal(server_listen_tcp(fake.server, "localhost:0", &e), 0);
    assert_int_equal(server_listen_unix(fake.server, unix_path, 0600, &e), 0);
    assert_int_equal(stat(unix_path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
    assert_non_null(strstr(server_address(fake.server, 2), "unix:/tmp/peernet-net-"));
    assert_null(server_address(fake.server, 3));
    assert_int_equal(server_listen_unix(fake.server, unix_path, 0600, &e), ERR_BUSY);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", unix_path);
    close(other.fd);
    other.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(other.fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(other.fd, F_SETFL, O_NONBLOCK);
    client_call(&other, "ping", "[]");
    server_stop(fake.server, fake_closed, &fake);
    FAKE_UNTIL(&fake, fake.closed);
    server_free(fake.server);
    fake.server = NULL;
    unlink(unix_path);
    assert_int_equal(rmdir(path), 0);
}

static void a_stale_socket_makes_way_a_file_does_not(void **state)
{
    struct err e = ERR_INIT;
    char folder[] = "/tmp/peernet-net-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    begin();
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd); /* the file stays, nobody answers */
    assert_int_equal(server_listen_unix(fake.server, address.sun_path, 0600, &e), 0);
    assert_int_equal(server_listen_unix(fake.server, "/dev/null", 0600, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "is no socket"));
    server_stop(fake.server, fake_closed, &fake);
    FAKE_UNTIL(&fake, fake.closed);
    server_free(fake.server);
    fake.server = NULL;
    unlink(address.sun_path);
    assert_int_equal(rmdir(folder), 0);
}

/* One that listens and does not get round to accepting is there as well, and is not waited for. */
static void a_socket_whose_owner_is_busy_is_left_alone(void **state)
{
    struct err e = ERR_INIT;
    char folder[] = "/tmp/peernet-net-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    begin();
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
    int busy = socket(AF_UNIX, SOCK_STREAM, 0), first = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(busy, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(busy, 0), 0);
    assert_int_equal(connect(first, (struct sockaddr *)&address, sizeof address), 0); /* fills its queue */
    assert_int_equal(server_listen_unix(fake.server, address.sun_path, 0600, &e), ERR_BUSY);
    assert_non_null(strstr(e.text, "another process answers there"));
    close(first);
    close(busy);
    unlink(address.sun_path);
    assert_int_equal(rmdir(folder), 0);
}

static void addresses_off_loopback_are_denied_unless_allowed(void **state)
{
    static const char *const wrong[] = {"",
                                        ":",
                                        "127.0.0.1",
                                        "127.0.0.1:x",
                                        "127.0.0.1:65536",
                                        "example.org:80",
                                        "::1:80",
                                        "[127.0.0.1]:80",
                                        "[::1]80"};
    struct err e = ERR_INIT;
    (void)state;
    begin();
    assert_int_equal(server_listen_tcp(fake.server, "0.0.0.0:0", &e), ERR_DENIED);
    assert_int_equal(server_listen_tcp(fake.server, "[::]:0", &e), ERR_DENIED);
    assert_non_null(strstr(e.text, "insecure-plaintext-remote"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(server_listen_tcp(fake.server, wrong[i], &e), ERR_INVALID);
    char taken[64];
    snprintf(taken, sizeof taken, "%s", server_address(fake.server, 0));
    assert_int_equal(server_listen_tcp(fake.server, taken, &e), ERR_BUSY);
    assert_non_null(strstr(e.text, taken));
}

static void options_are_checked_by_name(void **state)
{
    struct server_options o;
    struct err e = ERR_INIT;
    (void)state;
    begin();
    server_options_default(&o);
    assert_int_equal(server_options_check(&o, &e), 0);
    o.max_connections = 0;
    assert_int_equal(server_options_check(&o, &e), ERR_INVALID);
    assert_string_equal(e.text, "max-connections is 0; allowed are 1 to 1000000");
    server_options_default(&o);
    o.output_pause_bytes = o.output_limit_bytes + 1;
    assert_int_equal(server_options_check(&o, &e), ERR_INVALID);
    server_options_default(&o);
    o.clients_limit_bytes = o.output_limit_bytes - 1;
    assert_int_equal(server_options_check(&o, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "clients-limit is 8388607; allowed is at least request-bytes, 1048576"));
    server_options_default(&o);
    o.idle_seconds = -1;
    assert_int_equal(server_options_check(&o, &e), ERR_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_byte_by_byte_is_answered),
        TEST(earlier_requests_are_answered_before_a_broken_one_ends_it),
        TEST(responses_and_notifications_that_come_in_are_ignored),
        TEST(a_request_over_the_limits_ends_the_connection),
        TEST(one_connection_too_many_is_told_so),
        TEST(too_many_in_flight_are_refused_and_the_rest_go_on),
        TEST(all_connections_together_have_a_limit_in_flight),
        TEST(all_connections_together_have_a_limit_of_memory),
        TEST(an_answer_too_large_becomes_an_error),
        TEST(who_does_not_read_is_not_read_from),
        TEST(who_never_reads_is_closed_by_the_write_deadline),
        TEST(a_subscriber_that_never_reads_is_closed_at_the_hard_limit),
        TEST(who_says_nothing_is_closed_by_the_first_byte_deadline),
        TEST(an_unfinished_message_has_a_deadline),
        TEST(idle_connections_may_have_a_deadline_but_not_subscribers),
        TEST(listens_on_several_addresses_and_a_unix_socket),
        TEST(a_stale_socket_makes_way_a_file_does_not),
        TEST(a_socket_whose_owner_is_busy_is_left_alone),
        TEST(addresses_off_loopback_are_denied_unless_allowed),
        TEST(options_are_checked_by_name),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
