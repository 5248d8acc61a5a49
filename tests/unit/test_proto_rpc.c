/* Envelopes: what is read, refused, unanswerable; what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/error.h"
#include "proto/mp.h"
#include "proto/rpc.h"

static struct buf out;
static struct mp_tree tree;
static struct rpc_message message;
static struct err e;

static int setup(void **state)
{
    (void)state;
    buf_init(&out, 0);
    msgpack_unpacked_init(&tree.unpacked);
    e = (struct err)ERR_INIT;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&out);
    mp_free(&tree);
    return 0;
}

static enum rpc_verdict read_bytes(const void *data, size_t size)
{
    struct err unpacking = ERR_INIT;
    mp_free(&tree);
    e = (struct err)ERR_INIT;
    if (mp_unpack(data, size, &tree, &unpacking))
        fail_msg("%s", unpacking.text);
    return rpc_read(tree.top, &message, &e);
}

#define READ(text) read_bytes((text), sizeof(text) - 1)

static void reads_a_request(void **state)
{
    (void)state;
    assert_int_equal(READ("\x94\x00\xce\xff\xff\xff\xff\xa4ping\x90"), RPC_FINE);
    assert_int_equal(message.type, RPC_REQUEST);
    assert_int_equal(message.msgid, UINT32_MAX);
    assert_int_equal(message.method_size, 4);
    assert_memory_equal(message.method, "ping", 4);
    assert_int_equal(mp_count(message.params), 0);
}

static void a_method_may_be_named_by_a_bin(void **state)
{
    (void)state;
    assert_int_equal(READ("\x94\x00\x01\xc4\x04ping\x90"), RPC_FINE);
    assert_memory_equal(message.method, "ping", 4);
}

static void reads_responses_and_notifications(void **state)
{
    (void)state;
    assert_int_equal(READ("\x94\x01\x05\xc0\x07"), RPC_FINE);
    assert_int_equal(message.type, RPC_RESPONSE);
    assert_true(mp_is_nil(message.error));
    assert_int_equal(READ("\x93\x02\xa1m\x91\x01"), RPC_FINE);
    assert_int_equal(message.type, RPC_NOTIFICATION);
    assert_int_equal(mp_count(message.params), 1);
}

static void a_request_with_a_msgid_is_refused_by_an_answer(void **state)
{
    (void)state;
    assert_int_equal(READ("\x94\x00\x09\x05\x90"), RPC_REFUSED);
    assert_int_equal(message.msgid, 9);
    assert_non_null(strstr(e.text, "an integer came"));
    assert_int_equal(READ("\x94\x00\x09\xa4ping\x80"), RPC_REFUSED);
    assert_non_null(strstr(e.text, "params has to be a list"));
    assert_int_equal(READ("\x94\x00\x09\xa4ping\xc0"), RPC_REFUSED);
}

static void what_has_no_msgid_cannot_be_answered(void **state)
{
    (void)state;
    assert_int_equal(READ("\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x93\x00\x01\xa4ping"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x95\x00\x01\xa4ping\x90\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x94\x00\xff\xa4ping\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x94\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa4ping\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x94\x03\x01\xa4ping\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x94\xa1x\x01\xa4ping\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x93\x02\x05\x90"), RPC_UNANSWERABLE);
    assert_int_equal(READ("\x94\x02\xa1m\x90\x90"), RPC_UNANSWERABLE);
    assert_non_null(strstr(e.text, "[0, msgid, method, params]"));
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    rpc_write_request(&out, 300, "organizer.get");
    mp_array(&out, 1);
    mp_text(&out, "x");
    assert_int_equal(read_bytes(out.data, out.size), RPC_FINE);
    assert_int_equal(message.msgid, 300);
    buf_clear(&out);
    rpc_write_notification(&out, "run.progress");
    mp_array(&out, 0);
    assert_int_equal(read_bytes(out.data, out.size), RPC_FINE);
    assert_int_equal(message.type, RPC_NOTIFICATION);
    buf_clear(&out);
    rpc_write_result(&out, UINT32_MAX);
    mp_bool(&out, true);
    assert_int_equal(out.data[0], 0x94); /* one byte: clients depend on it */
    assert_int_equal(read_bytes(out.data, out.size), RPC_FINE);
    assert_int_equal(message.msgid, UINT32_MAX);
}

static void assert_error_travels(enum rpc_error_style style)
{
    struct err sent = ERR_INIT, came = ERR_INIT;
    err_set(&sent, ERR_NOT_FOUND, "no organizer: has the id 'x'");
    buf_clear(&out);
    rpc_write_error(&out, 4, &sent, style);
    assert_int_equal(read_bytes(out.data, out.size), RPC_FINE);
    assert_true(mp_is_nil(message.result));
    assert_int_equal(rpc_read_error(message.error, &came), ERR_NOT_FOUND);
    assert_string_equal(came.text, sent.text);
}

static void errors_travel_as_string_map_and_list(void **state)
{
    (void)state;
    assert_error_travels(RPC_ERROR_MAP);
    assert_true(mp_equals(mp_find(message.error, "code"), "E_NOT_FOUND"));
    assert_error_travels(RPC_ERROR_LIST);
    assert_int_equal(mp_count(message.error), 2);
    assert_true(mp_equals(mp_at(message.error, 0), "E_NOT_FOUND"));
    assert_true(mp_equals(mp_at(message.error, 1), "no organizer: has the id 'x'"));
    assert_error_travels(RPC_ERROR_STRING);
    assert_true(mp_equals(message.error, "E_NOT_FOUND: no organizer: has the id 'x'"));
}

static void an_error_text_is_valid_utf8_whatever_it_quotes(void **state)
{
    struct err sent = ERR_INIT;
    (void)state;
    err_set(&sent, ERR_INTERNAL, "it said \xff\xc3");
    rpc_write_error(&out, 4, &sent, RPC_ERROR_STRING);
    assert_int_equal(read_bytes(out.data, out.size), RPC_FINE);
    assert_true(mp_equals(message.error, "E_INTERNAL: it said ??"));
}

static void foreign_errors_are_read_too(void **state)
{
    struct err came = ERR_INIT;
    (void)state;
    assert_int_equal(READ("\x94\x01\x01\xa4oops\xc0"), RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_INTERNAL);
    assert_string_equal(came.text, "oops");
    assert_int_equal(READ("\x94\x01\x01\x07\xc0"), RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_INTERNAL);
    assert_int_equal(READ("\x94\x01\x01\xa3"
                          "E_X"
                          "\xc0"),
                     RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_INTERNAL);
    assert_int_equal(READ("\x94\x01\x01\x91\x07\xc0"), RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_INTERNAL);
    assert_int_equal(READ("\x94\x01\x01\xa0\xc0"), RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_INTERNAL);
    assert_string_equal(came.text, "no reason was given");
    assert_int_equal(READ("\x94\x01\x01\xc0\x07"), RPC_FINE);
    assert_int_equal(rpc_read_error(message.error, &came), ERR_OK);
}

static void every_code_has_a_name_and_comes_back(void **state)
{
    (void)state;
    for (int code = ERR_INVALID; code <= ERR_INTERNAL; code++) {
        const char *name = error_wire_name((enum err_code)code);
        enum err_code back = error_wire_parse(name, strlen(name));
        assert_string_equal(error_wire_name(back), name);
    }
    assert_int_equal(error_wire_parse("E_LIMIT", 7), ERR_LIMIT);
    assert_int_equal(error_wire_parse("E_NEWS", 6), ERR_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_a_request),
        TEST(a_method_may_be_named_by_a_bin),
        TEST(reads_responses_and_notifications),
        TEST(a_request_with_a_msgid_is_refused_by_an_answer),
        TEST(what_has_no_msgid_cannot_be_answered),
        TEST(writes_what_it_reads),
        TEST(errors_travel_as_string_map_and_list),
        TEST(an_error_text_is_valid_utf8_whatever_it_quotes),
        TEST(foreign_errors_are_read_too),
        TEST(every_code_has_a_name_and_comes_back),
    };
    return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
