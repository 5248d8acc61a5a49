/* How many networks are tried where limits leave no room for so many, and what is told where none will do. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "regroup/fewer.h"

/* A search that succeeds with at most `most` networks, and else ends as `otherwise` says. */
struct fake {
    struct selection s;
    struct settings settings;
    uint32_t most, tries;
    enum err_code otherwise;
};

static int fake_search(void *context, struct err *e)
{
    struct fake *f = context;
    f->tries++;
    return f->s.n_networks <= f->most ? ERR_OK : err_set(e, f->otherwise, "not %u networks", f->s.n_networks);
}

static uint32_t organizers[100];

static struct fake fake_of(uint32_t most, enum err_code otherwise)
{
    struct fake f = {.most = most, .otherwise = otherwise};
    f.s.organizer = organizers;
    f.s.n = 100;
    f.s.n_networks = 20;
    f.s.limits.restricts = true;
    f.s.limits.pair_name = "distance_most_km = 50";
    f.settings.max_size = 10;
    return f;
}

static int try_all(struct fake *f, struct err *e)
{
    return fewer_networks_try(&f->s, &f->settings, fake_search, f, e);
}

static void fewer_are_tried_until_they_will_do(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct fake f = fake_of(17, ERR_LIMIT);
    assert_int_equal(try_all(&f, &e), ERR_OK);
    assert_int_equal(f.s.n_networks, 16); /* 20, 18, 16 */
    assert_int_equal(f.tries, 3);
}

static void what_could_not_be_settled_says_what_to_loosen(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct fake f = fake_of(0, ERR_LIMIT);
    assert_int_equal(try_all(&f, &e), ERR_INVALID);
    assert_int_equal(f.s.n_networks, 10); /* fewer would be too small for all */
    assert_string_equal(e.text,
                        "no networks were found within 'distance_most_km = 50', nor a proof that there are "
                        "none: loosen one of these, or allow smaller or larger networks (min_size, "
                        "max_size); not 20 networks");
}

static void a_clash_is_told_as_the_first_try_found_it(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct fake f = fake_of(0, ERR_INVALID);
    assert_int_equal(try_all(&f, &e), ERR_INVALID);
    assert_string_equal(e.text, "not 20 networks");
}

static void a_fixed_number_is_tried_once_and_so_are_sizes_alone(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct fake fixed = fake_of(19, ERR_INVALID), sizes = fake_of(19, ERR_LIMIT);
    fixed.settings.networks = 20;
    sizes.s.limits.restricts = false;
    assert_int_equal(try_all(&fixed, &e), ERR_INVALID);
    assert_int_equal(try_all(&sizes, &e), ERR_LIMIT);
    assert_int_equal(fixed.tries + sizes.tries, 2);
}

static void what_has_nothing_to_do_with_networks_ends_it(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct fake f = fake_of(0, ERR_MEMORY);
    assert_int_equal(try_all(&f, &e), ERR_MEMORY);
    assert_int_equal(f.tries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_are_tried_until_they_will_do),
        cmocka_unit_test(what_could_not_be_settled_says_what_to_loosen),
        cmocka_unit_test(a_clash_is_told_as_the_first_try_found_it),
        cmocka_unit_test(a_fixed_number_is_tried_once_and_so_are_sizes_alone),
        cmocka_unit_test(what_has_nothing_to_do_with_networks_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
