#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "store/migrations.h"
#include "store/pg_sync.h"
#include "store/sync/pg_error.h"

static void our_own_states_have_their_codes(void **state)
{
    (void)state;
    assert_int_equal(pg_error_code("PN001"), ERR_STALE);
    assert_int_equal(pg_error_code("PN002"), ERR_BUSY);
    assert_int_equal(pg_error_code("PN003"), ERR_NOT_FOUND);
    assert_int_equal(pg_error_code("PN004"), ERR_LIMIT);
}

static void classes_of_states_have_codes(void **state)
{
    (void)state;
    assert_int_equal(pg_error_code("22003"), ERR_INVALID);
    assert_int_equal(pg_error_code("23505"), ERR_INVALID);
    assert_int_equal(pg_error_code("42501"), ERR_DENIED);
    assert_int_equal(pg_error_code("08006"), ERR_UNAVAILABLE);
    assert_int_equal(pg_error_code("57P01"), ERR_UNAVAILABLE);
    assert_int_equal(pg_error_code("57014"), ERR_CANCELLED);
    assert_int_equal(pg_error_code("42P01"), ERR_INTERNAL);
    assert_int_equal(pg_error_code(NULL), ERR_INTERNAL);
}

static void words_of_several_lines_become_one(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(pg_error_words(&e, ERR_UNAVAILABLE, "failed: no\n\tIs it running?\nagain\n"),
                     ERR_UNAVAILABLE);
    assert_string_equal(e.text, "failed: no; Is it running? again");
    pg_error_words(&e, ERR_INTERNAL, "\n");
    assert_string_equal(e.text, "no words from the database");
}

static void a_password_is_in_no_message(void **state)
{
    (void)state;
    const char *const strings[] = {
        "host=/nonexistent password=hunter2 nonsense hunter2",
        "host=/nonexistent port=x password=hunter2",
        "postgresql://me:hunter2@a@b/db",
        "postgresql://me:hunter2@[::1/db",
        "host=/nonexistent password='hunter2",
    };
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        struct pg pg;
        struct err e = ERR_INIT;
        assert_int_not_equal(pg_open(&pg, strings[i], "test", &e), ERR_OK);
        assert_null(pg.connection);
        assert_null(strstr(e.text, "hunter2"));
        assert_true(strlen(e.text) > 0);
    }
}

static void a_server_that_is_not_there_is_unavailable(void **state)
{
    (void)state;
    struct pg pg;
    struct err e = ERR_INIT;
    assert_int_equal(pg_open(&pg, "host=/nonexistent dbname=x", "test", &e), ERR_UNAVAILABLE);
    assert_non_null(strstr(e.text, "connecting to the database: "));
    assert_non_null(strstr(e.text, "/nonexistent"));
}

static void copy_text_escapes_what_parts_fields_and_rows(void **state)
{
    (void)state;
    struct buf row;
    buf_init(&row, 0);
    pg_copy_text(&row, "a\tb\nc\rd\\e");
    pg_copy_text(&row, "");
    pg_copy_text(&row, NULL);
    pg_copy_text(&row, "\\N");
    assert_string_equal(buf_string(&row), "a\\tb\\nc\\rd\\\\e\\N\\\\N");
    buf_free(&row);
}

static void migrations_are_numbered_from_one_without_a_gap(void **state)
{
    (void)state;
    assert_true(migration_count >= 3);
    for (int i = 0; i < migration_count; i++) {
        assert_int_equal(migrations[i].number, i + 1);
        assert_int_equal(strlen(migrations[i].checksum), 64);
        assert_non_null(strstr(migrations[i].sql, "peernet."));
    }
    assert_string_equal(migrations[0].name, "schema");
    assert_non_null(strstr(migration_roles, "peernet_owner"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_states_have_their_codes),
        cmocka_unit_test(classes_of_states_have_codes),
        cmocka_unit_test(words_of_several_lines_become_one),
        cmocka_unit_test(a_password_is_in_no_message),
        cmocka_unit_test(a_server_that_is_not_there_is_unavailable),
        cmocka_unit_test(copy_text_escapes_what_parts_fields_and_rows),
        cmocka_unit_test(migrations_are_numbered_from_one_without_a_gap),
    };
    return cmocka_run_group_tests_name("store/errors", tests, NULL, NULL);
}
