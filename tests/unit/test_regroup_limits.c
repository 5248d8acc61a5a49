/* limits: the settings' limits as questions about organizers, and who is out of reach of all networks. */
#include "regroup_fixture.h"

#include "regroup/limits_reach.h"
#include "regroup/limits_view.h"
#include "regroup/selection.h"

/* Stockholm, Uppsala (64 km from it), Gothenburg (398 km from Stockholm), and nowhere. */
#define STOCKHOLM .lat = 59.3293, .lon = 18.0686
#define UPPSALA .lat = 59.8586, .lon = 17.6389
#define GOTHENBURG .lat = 57.7089, .lon = 11.9746
#define NOWHERE .lat = NAN, .lon = NAN
#define ORGANIZER(k, forms, people)                              \
    .kind = (k), .county = "", .municipality = "", .pupils = -1, \
    .attributes = "{\"forms\": " forms ", \"people\": \"" people "\"}"

static const struct organizer made[] = {
    {ORGANIZER(KIND_MUNICIPAL, "[\"gr\", \"gy\"]", "3"), STOCKHOLM},
    {ORGANIZER(KIND_MUNICIPAL, "\"gr\"", "1"), UPPSALA},
    {ORGANIZER(KIND_STATE, "\"gy\"", "13"), GOTHENBURG},
    {ORGANIZER(KIND_INDEPENDENT, "[\"gr\"]", "many"), NOWHERE},
    {ORGANIZER(KIND_INDEPENDENT, "\"vux\"", "0"), STOCKHOLM},
    {.kind = KIND_STATE, .county = "", .municipality = "", .attributes = "{}", .pupils = -1, UPPSALA},
};
enum { N = sizeof made / sizeof made[0] };

struct limited {
    struct inputs in;
    struct limits l;
    json_t *warnings;
};

static void open_limits(struct limited *t, const char *settings)
{
    struct err e = ERR_INIT;
    fixture_open_as(&t->in, made, N, 1);
    fixture_seal(&t->in);
    t->warnings = json_array();
    assert_int_equal(settings_apply_json(&t->in.settings, settings, &e), 0);
    assert_int_equal(limits_build(&t->l, &t->in.population, &t->in.settings, t->warnings, &e), 0);
}

static void close_limits(struct limited *t)
{
    limits_free(&t->l);
    json_decref(t->warnings);
    fixture_free(&t->in);
}

#define HOLD(t, ...)                                     \
    limits_hold(&(t).l, (const uint32_t[]){__VA_ARGS__}, \
                sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void without_settings_everybody_may_be_together(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{}");
    assert_false(t.l.restricts);
    assert_true(HOLD(t, 0, 1, 2, 3, 4, 5));
    assert_int_equal(limits_part(&t.l, 0, 2), GROUP_NONE);
    close_limits(&t);
}

static void nobody_is_the_only_one_of_its_kind(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{\"not_alone\": \"kind\"}");
    assert_true(HOLD(t, 0, 1, 2, 5));
    assert_false(HOLD(t, 0, 1, 2));
    assert_false(HOLD(t, 3));
    assert_int_equal(limits_part(&t.l, 0, 2), GROUP_NONE);
    close_limits(&t);
}

static void what_has_nothing_in_common_is_apart(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{\"in_common\": \"forms\"}");
    assert_true(HOLD(t, 0, 1, 3, 5)); /* gr; and who has none may be with anybody */
    assert_false(HOLD(t, 0, 1, 2));   /* 1 has gr, 2 has gy */
    assert_int_equal(limits_part(&t.l, 1, 2), 0);
    assert_int_equal(limits_part(&t.l, 2, 4), 0);
    assert_int_equal(limits_part(&t.l, 4, 5), GROUP_NONE);
    close_limits(&t);
}

static void distances_are_of_two_members_or_to_the_centre(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{\"distance_most_km\": 63}");
    assert_false(HOLD(t, 0, 1));
    assert_true(HOLD(t, 0, 3, 4));
    assert_int_equal(limits_part(&t.l, 0, 1), 0);
    close_limits(&t);
    open_limits(&t, "{\"distance_most_km\": 64.5}");
    assert_true(HOLD(t, 0, 1, 3, 4, 5));
    assert_false(HOLD(t, 0, 2));
    close_limits(&t);
    open_limits(&t, "{\"centre_most_km\": 33}"); /* of two, each is half as far from the centre */
    assert_true(HOLD(t, 0, 1));
    assert_false(HOLD(t, 0, 4, 4, 1)); /* the centre moves to where most are: the fourth is 48 km from it */
    assert_int_equal(limits_part(&t.l, 0, 2), 1);
    close_limits(&t);
}

/* As it is written. */
static const char *setting_of(const struct unmatched_facts *f)
{
    static const char *const names[] = {"none",           "not_alone", "in_common", "distance_most_km",
                                        "centre_most_km", "seats"};
    static char text[64];
    if (f->attribute != NULL)
        snprintf(text, sizeof text, "%s: %s", names[f->limit], f->attribute);
    else
        snprintf(text, sizeof text, "%s: %.10g", names[f->limit], f->km);
    return text;
}

static void limits_are_named_as_they_are_written(void **state)
{
    (void)state;
    struct limited t;
    struct unmatched_facts f = {0};
    open_limits(
        &t, "{\"not_alone\": [\"kind\"], \"mix\": {\"county\": 1, \"kind\": -0.5}, \"in_common\": \"forms\", "
            "\"distance_most_km\": 80.5, \"centre_most_km\": 40, \"seats\": \"people\"}");
    assert_int_equal(t.l.n_attributes, 2);
    assert_string_equal(t.l.attributes[0].name, "not_alone: kind");
    assert_true(t.l.attributes[0].mix == -0.5);
    assert_string_equal(t.l.attributes[1].name, "mix: county");
    static const char *const names[] = {"not_alone: kind",    NULL,
                                        "in_common: forms",   "distance_most_km: 80.5",
                                        "centre_most_km: 40", "seats: people"};
    static const enum unmatched_limit kinds[] = {LIMIT_NOT_ALONE, LIMIT_NONE,   LIMIT_IN_COMMON,
                                                 LIMIT_DISTANCE,  LIMIT_CENTRE, LIMIT_SEATS};
    for (uint32_t k = 0; k < 6; k++) {
        if (names[k] == NULL)
            continue;
        f = (struct unmatched_facts){0};
        limits_facts(&t.l, k, 2, &f);
        assert_int_equal(f.limit, kinds[k]);
        assert_string_equal(setting_of(&f), names[k]);
    }
    assert_int_equal(f.seats, 13);
    close_limits(&t);
}

static void seats_that_are_no_number_are_one_with_a_warning(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{\"seats\": \"people\"}");
    static const uint32_t seats[N] = {3, 1, 13, 1, 1, 1};
    for (uint32_t i = 0; i < N; i++)
        assert_int_equal(limits_seats(&t.l, i), seats[i]);
    assert_int_equal(json_array_size(t.warnings), 2);
    assert_string_equal(
        json_string_value(json_array_get(t.warnings, 0)),
        "seats: people of Organizer 3 (o03) is \"many\"; a whole number from 1 to 100 is needed, 1 is taken");
    close_limits(&t);
}

static void an_attribute_that_nobody_has_is_warned_of(void **state)
{
    (void)state;
    struct limited t;
    open_limits(&t, "{\"not_alone\": [\"colour\"], \"in_common\": \"form\", \"mix\": {\"county\": 1}}");
    assert_int_equal(json_array_size(t.warnings), 3);
    static const char *const words[] = {
        "not_alone: no organizer has the attribute \"colour\"",
        "mix: no organizer has the attribute \"county\"",
        "in_common: no organizer has the attribute \"form\"; did you mean \"forms\"?"};
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(json_string_value(json_array_get(t.warnings, i)), words[i]);
    assert_true(HOLD(t, 0, 1, 2, 3, 4, 5));
    close_limits(&t);
}

/* Limits of those left out; "" = nobody. */
static void assert_out_of_reach(const char *settings, uint32_t held, const char *expected)
{
    struct limited t;
    struct err e = ERR_INIT;
    uint32_t organizer[N], limit[N];
    bool holds[N] = {false};
    char out[200] = "";
    open_limits(&t, settings);
    for (uint32_t i = 0; i < N; i++) {
        organizer[i] = i;
        limit[i] = GROUP_NONE;
    }
    if (held < N)
        holds[held] = true;
    struct reach_task task = {
        organizer, N, (uint32_t)t.in.settings.min_size, (uint32_t)t.in.settings.max_size, holds, limit};
    assert_int_equal(limits_reach(&t.l, &task, &e), 0);
    for (uint32_t i = 0; i < N; i++) {
        struct unmatched_facts f = {0};
        if (limit[i] == GROUP_NONE)
            continue;
        limits_facts(&t.l, limit[i], i, &f);
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%u %s", out[0] != '\0' ? ", " : "", i,
                 setting_of(&f));
    }
    assert_string_equal(out, expected);
    close_limits(&t);
}

static void who_can_be_in_no_network_is_out_of_reach(void **state)
{
    (void)state;
    assert_out_of_reach("{\"min_size\": 3, \"not_alone\": [\"kind\"]}", N, "");
    assert_out_of_reach("{\"min_size\": 3, \"distance_most_km\": 70}", N, "2 distance_most_km: 70");
    assert_out_of_reach("{\"min_size\": 3, \"distance_most_km\": 70}", 2, "");
    /* Without Gothenburg the other of its kind is the only one. */
    assert_out_of_reach("{\"min_size\": 3, \"distance_most_km\": 70, \"not_alone\": [\"kind\"]}", N,
                        "2 distance_most_km: 70, 5 not_alone: kind");
    assert_out_of_reach("{\"min_size\": 3, \"in_common\": \"forms\"}", N, "4 in_common: forms");
    assert_out_of_reach("{\"min_size\": 3, \"centre_most_km\": 100}", N, "2 centre_most_km: 100");
    assert_out_of_reach("{\"min_size\": 3, \"seats\": \"people\"}", N, "2 seats: people");
    /* Too few for any network, but not because of a limit. */
    assert_out_of_reach("{\"min_size\": 7, \"distance_most_km\": 2000}", N, "");
}

static void the_engine_sees_elements(void **state)
{
    (void)state;
    struct limited t;
    struct limits_view v;
    struct err e = ERR_INIT;
    const uint32_t organizer[] = {4, 2, 0};
    open_limits(&t, "{}");
    assert_int_equal(limits_view_open(&v, &t.l, organizer, 3, &e), 0);
    assert_null(v.given);
    limits_view_close(&v);
    close_limits(&t);
    open_limits(&t, "{\"not_alone\": [\"kind\"], \"mix\": {\"forms\": 0.5}, \"in_common\": \"forms\", "
                    "\"distance_most_km\": 80, "
                    "\"seats\": \"people\"}");
    assert_int_equal(limits_view_open(&v, &t.l, organizer, 3, &e), 0);
    assert_ptr_equal(v.given, &v.engine);
    assert_true(v.engine.may_leave_out);
    assert_int_equal(v.engine.n_attributes, 2);
    assert_int_equal(v.engine.attributes[0].value[0], 0); /* independent, municipal, state */
    assert_int_equal(v.engine.attributes[0].value[1], 2);
    assert_int_equal(v.engine.attributes[1].n_values, 4); /* gr, gr;gy, gy, vux: a list counts as a whole */
    assert_int_equal(v.engine.attributes[1].value[2], 1);
    assert_int_equal(v.engine.sets[0].mask[0], 1u << 2); /* gr, gy, vux */
    assert_int_equal(v.engine.sets[0].mask[2], 1u << 0 | 1u << 1);
    assert_true(v.engine.places.latitude[1] == 57.7089);
    assert_true(v.engine.places.pair_km == 80);
    assert_int_equal(v.engine.weight[1], 13);
    limits_view_close(&v);
    close_limits(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_settings_everybody_may_be_together),
        cmocka_unit_test(nobody_is_the_only_one_of_its_kind),
        cmocka_unit_test(what_has_nothing_in_common_is_apart),
        cmocka_unit_test(distances_are_of_two_members_or_to_the_centre),
        cmocka_unit_test(limits_are_named_as_they_are_written),
        cmocka_unit_test(seats_that_are_no_number_are_one_with_a_warning),
        cmocka_unit_test(an_attribute_that_nobody_has_is_warned_of),
        cmocka_unit_test(who_can_be_in_no_network_is_out_of_reach),
        cmocka_unit_test(the_engine_sees_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
