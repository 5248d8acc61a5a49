/* attribute: one attribute of all organizers as numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/population/attribute.h"

static void open_population(struct population *p)
{
    struct err e = ERR_INIT;
    static const struct organizer organizers[] = {
        {.id = "1",
         .county = "01",
         .kind = KIND_STATE,
         .attributes = "{\"forms\": [\"gy\", \"gr\", \"gy\"], \"size\": \"big\"}"},
        {.id = "2", .county = "", .attributes = "{}"},
        {.id = "3", .county = "01", .attributes = "{\"forms\": \"gr\"}"},
        {.id = "4", .county = "00", .attributes = "{\"forms\": [\"gr\", \"gy\"]}"},
    };
    population_init(p);
    for (size_t i = 0; i < 4; i++) {
        struct organizer o = organizers[i];
        o.name = o.id;
        o.municipality = "";
        assert_int_equal(population_add_organizer(p, &o, &e), 0);
    }
    assert_int_equal(population_index(p, &e), 0);
    assert_int_equal(population_seal(p, &e), 0);
}

/* Values as "0=1 2=0,1": who has which numbers. */
static void assert_attribute(const char *name, bool whole, const char *values, const char *who)
{
    struct population p;
    struct attribute a;
    struct err e = ERR_INIT;
    char text[100] = "";
    open_population(&p);
    assert_int_equal(attribute_read(&a, &p, name, whole, &e), 0);
    for (uint32_t i = 0; i < a.n_values; i++)
        sprintf(text + strlen(text), "%s%s", i > 0 ? " " : "", a.values[i]);
    assert_string_equal(text, values);
    text[0] = '\0';
    for (uint32_t i = 0; i < p.n_organizers; i++) {
        for (uint32_t k = a.start[i]; k < a.start[i + 1]; k++) {
            if (k > a.start[i])
                sprintf(text + strlen(text), ",%u", a.value[k]);
            else
                sprintf(text + strlen(text), "%s%u=%u", text[0] != '\0' ? " " : "", i, a.value[k]);
        }
    }
    assert_string_equal(text, who);
    attribute_free(&a);
    population_free(&p);
}

static void every_organizer_has_a_kind_and_perhaps_a_county(void **state)
{
    (void)state;
    assert_attribute("kind", false, "municipal state", "0=1 1=0 2=0 3=0");
    assert_attribute("county", false, "00 01", "0=1 2=1 3=0");
    assert_attribute("municipality", false, "", "");
}

static void lists_have_several_values_or_count_as_a_whole(void **state)
{
    (void)state;
    assert_attribute("size", false, "big", "0=0");
    assert_attribute("colour", true, "", "");
    assert_attribute("forms", false, "gr gy", "0=0,1 2=0 3=0,1");
    assert_attribute("forms", true, "gr gr;gy", "0=1 2=0 3=1"); /* whatever the order, and once each */
}

static void the_nearest_attribute_is_one_that_somebody_has(void **state)
{
    (void)state;
    struct population p;
    struct arena memory;
    arena_init(&memory);
    open_population(&p);
    assert_string_equal(attribute_nearest(&p, "form", &memory), "forms");
    assert_string_equal(attribute_nearest(&p, "conty", &memory), "county");
    assert_null(attribute_nearest(&p, "colour", &memory));
    arena_free(&memory);
    population_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_organizer_has_a_kind_and_perhaps_a_county),
        cmocka_unit_test(lists_have_several_values_or_count_as_a_whole),
        cmocka_unit_test(the_nearest_attribute_is_one_that_somebody_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
