#include "regroup_fixture.h"

#include "core/group/group.h"
#include "regroup/numbering.h"

/* Inputs with what is published, and a selection in which everybody takes part. */
struct past {
    struct inputs in;
    struct selection s;
    struct slots slots;
    struct err e;
};

static void past_open(struct past *p, uint32_t n, const uint32_t *numbers, uint32_t n_networks)
{
    memset(p, 0, sizeof *p);
    fixture_open(&p->in, n, 1);
    fixture_seal(&p->in);
    memcpy(p->in.base.number, numbers, n * sizeof *numbers);
    p->in.base.run = 7;
    for (uint32_t i = 0; i < n; i++)
        p->in.base.highest_number =
            numbers[i] > p->in.base.highest_number ? numbers[i] : p->in.base.highest_number;
    p->s.organizer = calloc(n, sizeof *p->s.organizer);
    p->s.element = calloc(n, sizeof *p->s.element);
    assert_true(p->s.organizer && p->s.element);
    for (uint32_t i = 0; i < n; i++)
        p->s.organizer[i] = p->s.element[i] = i;
    p->s.n = n;
    p->s.n_networks = n_networks;
}

static void past_close(struct past *p)
{
    slots_free(&p->slots);
    selection_free(&p->s);
    fixture_free(&p->in);
}

static void number(struct past *p, const uint32_t *group, uint32_t *out)
{
    uint32_t community[8] = {0};
    assert_int_equal(slots_build(&p->in, &p->s, &p->slots, &p->e), ERR_OK);
    assert_int_equal(numbering_build(&p->in, &p->s, &p->slots, group, community, out, &p->e), ERR_OK);
}

static void first_networks_are_numbered_from_one(void **state)
{
    (void)state;
    struct past p;
    uint32_t out[3];
    past_open(&p, 6, (const uint32_t[]){0, 0, 0, 0, 0, 0}, 3);
    number(&p, (const uint32_t[]){2, 2, 0, 0, 1, 1}, out);
    assert_int_equal(out[2], 1); /* it has the first organizer */
    assert_int_equal(out[0], 2);
    assert_int_equal(out[1], 3);
    past_close(&p);
}

static void larger_part_of_a_split_network_keeps_its_number(void **state)
{
    (void)state;
    struct past p;
    uint32_t out[3];
    past_open(&p, 8, (const uint32_t[]){4, 4, 4, 4, 4, 9, 9, 9}, 3);
    number(&p, (const uint32_t[]){1, 1, 0, 0, 0, 2, 2, 2}, out);
    assert_int_equal(out[0], 4);
    assert_int_equal(out[2], 9);
    assert_int_equal(out[1], 10); /* fresh: above all that were ever used */
    past_close(&p);
}

static void numbers_of_dissolved_networks_do_not_come_back(void **state)
{
    (void)state;
    struct past p;
    uint32_t out[2];
    past_open(&p, 4, (const uint32_t[]){1, 1, 0, 0}, 2);
    p.in.base.highest_number = 30; /* network 30 was dissolved before run 7 */
    number(&p, (const uint32_t[]){0, 0, 1, 1}, out);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 31);
    past_close(&p);
}

static void a_kept_member_decides_over_a_majority(void **state)
{
    (void)state;
    struct past p;
    uint32_t out[2];
    past_open(&p, 8, (const uint32_t[]){1, 1, 1, 1, 2, 2, 2, 2}, 2);
    fixture_pin(&p.in, RULE_KEEP, "o00");
    assert_int_equal(slots_build(&p.in, &p.s, &p.slots, &p.e), ERR_OK);
    assert_int_equal(p.slots.of_element[0], 0);
    slots_free(&p.slots);
    /* o00 stays in group 0, which is otherwise full of former members of 2. */
    number(&p, (const uint32_t[]){0, 1, 1, 1, 0, 0, 0, 1}, out);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    past_close(&p);
}

static void fewer_networks_continue_the_largest_and_the_kept(void **state)
{
    (void)state;
    struct past p;
    past_open(&p, 7, (const uint32_t[]){1, 2, 2, 3, 3, 3, 0}, 2);
    fixture_pin(&p.in, RULE_KEEP, "o00");
    assert_int_equal(slots_build(&p.in, &p.s, &p.slots, &p.e), ERR_OK);
    assert_int_equal(p.slots.of_element[0], 0);
    assert_int_equal(p.slots.of_element[1], GROUP_NONE);
    assert_int_equal(p.slots.of_element[3], 1);
    assert_int_equal(p.slots.of_element[6], GROUP_NONE);
    past_close(&p);
}

static void more_kept_networks_than_there_will_be_are_refused(void **state)
{
    (void)state;
    struct past p;
    past_open(&p, 4, (const uint32_t[]){1, 2, 3, 3}, 2);
    fixture_pin(&p.in, RULE_KEEP, "o00 o01 o02");
    assert_int_equal(slots_build(&p.in, &p.s, &p.slots, &p.e), ERR_INVALID);
    assert_string_equal(p.e.text, "pins keep members in 3 networks, but only 2 will be formed");
    past_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_networks_are_numbered_from_one),
        cmocka_unit_test(larger_part_of_a_split_network_keeps_its_number),
        cmocka_unit_test(numbers_of_dissolved_networks_do_not_come_back),
        cmocka_unit_test(a_kept_member_decides_over_a_majority),
        cmocka_unit_test(fewer_networks_continue_the_largest_and_the_kept),
        cmocka_unit_test(more_kept_networks_than_there_will_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
