/* Where a daemon listens, as people write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "proto/client/address.h"

static void expect(const char *typed, bool is_unix, const char *host, const char *port)
{
    struct address address;
    struct err e = ERR_INIT;
    assert_int_equal(address_parse(typed, &address, &e), 0);
    assert_int_equal(address.is_unix, is_unix);
    assert_string_equal(address.host, host);
    assert_string_equal(address.port, port);
}

static void host_and_port_are_told_apart(void **state)
{
    (void)state;
    expect("127.0.0.1:7400", false, "127.0.0.1", "7400");
    expect("peers.example:1", false, "peers.example", "1");
    expect("localhost", false, "localhost", "7400");
    expect("[::1]:65535", false, "::1", "65535");
    expect("[::1]", false, "::1", "7400");
    expect("::1", false, "::1", "7400");
}

static void a_path_is_a_unix_socket(void **state)
{
    (void)state;
    expect("/run/peernet/socket", true, "/run/peernet/socket", "");
    expect("./socket", true, "./socket", "");
    expect("unix:socket", true, "socket", "");
}

static void refuse(const char *typed, const char *why)
{
    struct address address;
    struct err e = ERR_INIT;
    assert_int_equal(address_parse(typed, &address, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, why));
    assert_non_null(strstr(e.text, "allowed are HOST:PORT"));
}

static void what_is_no_address_is_refused_with_what_is(void **state)
{
    char path[200], host[400];
    (void)state;
    memset(path, '/', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    memset(host, 'h', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    refuse("", "names no host");
    refuse(":7400", "names no host");
    refuse("7400", "is a port without a host");
    refuse("host:", "no port");
    refuse("host:0", "no port");
    refuse("host:65536", "no port");
    refuse("host:7400x", "no port");
    refuse("host:-1", "no port");
    refuse("[::1", "bracket");
    refuse("[::1]7400", "no port");
    refuse("unix:", "names no path");
    refuse(path, "107 bytes");
    refuse(host, "255 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_and_port_are_told_apart),
        cmocka_unit_test(a_path_is_a_unix_socket),
        cmocka_unit_test(what_is_no_address_is_refused_with_what_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
