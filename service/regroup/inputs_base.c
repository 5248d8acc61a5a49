#include "regroup/inputs_base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/pins.h"

static const char members_copy[] = "COPY (SELECT m.organizer, m.network, n.community FROM members m "
                                   "JOIN networks n USING (run, network) WHERE m.run = %lld) TO STDOUT";
/* Runs from before migration 004 do not tell how long. */
static const char waiting_copy[] =
    "COPY (SELECT u.organizer, greatest(u.waited, 1), coalesce(u.waiting_since, r.as_of) FROM unmatched u "
    "JOIN runs r USING (run) WHERE run = %lld AND (u.waited > 0 OR u.reason = 'over_capacity')) TO STDOUT";

/* One row for each organizer of each pin in force, in the pins' and their own order. */
static const char pins_copy[] =
    "COPY (SELECT p.pin, p.rule, p.why, p.made_by, o.organizer, p.network FROM pins p "
    "CROSS JOIN LATERAL unnest(p.organizers) WITH ORDINALITY AS o (organizer, place) WHERE p.programme = ";
static const char pins_in_force[] =
    " AND (p.until IS NULL OR p.until >= DATE '%s') ORDER BY p.pin, o.place) TO STDOUT";

int base_prepare(struct base *b, uint32_t n, struct err *e)
{
    b->number = calloc((size_t)n + 1, sizeof *b->number);
    b->community = malloc(((size_t)n + 1) * sizeof *b->community);
    b->waited = calloc((size_t)n + 1, sizeof *b->waited);
    b->since = calloc((size_t)n + 1, sizeof *b->since);
    if (b->number == NULL || b->community == NULL || b->waited == NULL || b->since == NULL)
        return err_memory(e, "the published networks");
    memset(b->community, 0xff, ((size_t)n + 1) * sizeof *b->community);
    return ERR_OK;
}

static int take_member(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    (void)e;
    uint32_t number = (uint32_t)strtoul(f[1], NULL, 10);
    if (number > in->base.highest_number)
        in->base.highest_number = number;
    uint32_t i = population_find_organizer(&in->population, f[0], strlen(f[0]));
    if (i == POPULATION_NONE) {
        in->base.outside++;
        return ERR_OK;
    }
    in->base.number[i] = number;
    if (f[2] != NULL)
        in->base.community[i] = (uint32_t)strtoul(f[2], NULL, 10);
    return ERR_OK;
}

static int take_waiting(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    uint32_t i = population_find_organizer(&in->population, f[0], strlen(f[0]));
    if (i == POPULATION_NONE)
        return ERR_OK;
    in->base.waited[i] = (uint32_t)strtoul(f[1], NULL, 10);
    in->base.since[i] = arena_text(&in->text, f[2], strlen(f[2]));
    return in->base.since[i] == NULL ? err_memory(e, "who waits for a place") : ERR_OK;
}

int base_read(struct inputs *in, struct input_rows *rows, struct err *e)
{
    int code = base_prepare(&in->base, in->population.n_organizers, e);
    if (code != ERR_OK || in->base.run == 0)
        return code;
    char sql[sizeof members_copy + sizeof waiting_copy + 32];
    snprintf(sql, sizeof sql, members_copy, (long long)in->base.run);
    code = input_rows_copy(rows, INPUT_MEMBERS, sql, take_member, in, e);
    if (code != ERR_OK)
        return code;
    snprintf(sql, sizeof sql, waiting_copy, (long long)in->base.run);
    return input_rows_copy(rows, INPUT_WAITING, sql, take_waiting, in, e);
}

static const char *keep_text(struct inputs *in, const char *text)
{
    return arena_text(&in->text, text, strlen(text));
}

static int pin_add(struct inputs *in, char **f, struct err *e)
{
    int type = pin_rule_parse(f[1]);
    if (type < 0)
        return err_set(e, ERR_INTERNAL, "pin %s: rule %s is unknown to this program", f[0], f[1]);
    struct pin *wider = realloc(in->pins, ((size_t)in->n_pins + 1) * sizeof *wider);
    if (wider == NULL)
        return err_memory(e, "the pins");
    in->pins = wider;
    struct pin *pin = &wider[in->n_pins];
    *pin = (struct pin){strtoll(f[0], NULL, 10),
                        (enum group_rule_type)type,
                        keep_text(in, f[2]),
                        keep_text(in, f[3]),
                        NULL,
                        0,
                        f[5] != NULL ? (uint32_t)strtoul(f[5], NULL, 10) : 0,
                        false};
    if (pin->why == NULL || pin->made_by == NULL)
        return err_memory(e, "the pins");
    in->n_pins++;
    return ERR_OK;
}

static int take_pin(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    (void)n;
    if (in->n_pins == 0 || in->pins[in->n_pins - 1].number != strtoll(f[0], NULL, 10)) {
        int code = pin_add(in, f, e);
        if (code != ERR_OK)
            return code;
    }
    struct pin *pin = &in->pins[in->n_pins - 1];
    const char **wider = realloc(pin->organizers, ((size_t)pin->n_organizers + 1) * sizeof *wider);
    if (wider == NULL)
        return err_memory(e, "the pins");
    pin->organizers = wider;
    wider[pin->n_organizers] = keep_text(in, f[4] != NULL ? f[4] : "");
    if (wider[pin->n_organizers] == NULL)
        return err_memory(e, "the pins");
    pin->n_organizers++;
    return ERR_OK;
}

/* The rows of a COPY in which a programme's name stands between two texts. */
static int copy_of_programme(struct input_rows *rows, enum input_part part, const char *before,
                             const char *programme, const char *behind, pg_row take, struct inputs *in,
                             struct err *e)
{
    char sql[sizeof pins_copy + sizeof pins_in_force + 256];
    if (rows->pg == NULL)
        return input_rows_copy(rows, part, NULL, take, in, e);
    char *name = PQescapeLiteral(rows->pg->connection, programme, strlen(programme));
    if (name == NULL)
        return err_memory(e, "the programme's name");
    snprintf(sql, sizeof sql, "%s%s%s", before, name, behind);
    PQfreemem(name);
    return input_rows_copy(rows, part, sql, take, in, e);
}

int pins_read(struct inputs *in, struct input_rows *rows, const char *programme, struct err *e)
{
    char behind[sizeof pins_in_force + 16];
    snprintf(behind, sizeof behind, pins_in_force, in->as_of);
    return copy_of_programme(rows, INPUT_PINS, pins_copy, programme, behind, take_pin, in, e);
}

static const char locks_copy[] =
    "COPY (SELECT network, coalesce(locked_by, changed_by) FROM network_notes WHERE locked AND programme = ";

/* The published members, as a pin that keeps them; a network that is not published any more binds nobody. */
static int take_lock(void *context, char **f, int n, struct err *e)
{
    struct inputs *in = context;
    char number[] = "0", rule[] = "keep", why[] = "";
    char *fields[] = {number, rule, why, f[1], NULL, f[0]};
    uint32_t network = (uint32_t)strtoul(f[0], NULL, 10), members = in->population.n_organizers, last = 0;
    (void)n;
    const char **ids = malloc(((size_t)members + 1) * sizeof *ids);
    for (uint32_t i = 0; ids != NULL && i < members; i++) {
        if (in->base.number[i] != network)
            continue;
        in->locked[i] = true;
        ids[last++] = in->population.organizers[i].id;
    }
    if (ids == NULL || last == 0) {
        free(ids);
        return ids == NULL ? err_memory(e, "the locks") : ERR_OK;
    }
    int code = pin_add(in, fields, e);
    if (code != ERR_OK) {
        free(ids);
        return code;
    }
    struct pin *pin = &in->pins[in->n_pins - 1];
    pin->organizers = ids;
    pin->n_organizers = last;
    pin->lock = true;
    return ERR_OK;
}

int locks_read(struct inputs *in, struct input_rows *rows, const char *programme, struct err *e)
{
    in->locked = calloc((size_t)in->population.n_organizers + 1, sizeof *in->locked);
    return in->locked == NULL ? err_memory(e, "the locks")
                              : copy_of_programme(rows, INPUT_LOCKS, locks_copy, programme,
                                                  " ORDER BY network) TO STDOUT", take_lock, in, e);
}

static bool is_published(const struct inputs *in, uint32_t number)
{
    for (uint32_t i = 0; i < in->population.n_organizers; i++)
        if (in->base.number[i] == number)
            return true;
    return false;
}

int base_move(struct inputs *in, struct err *e)
{
    size_t size = ((size_t)in->population.n_organizers + 1) * sizeof *in->base.home;
    for (uint32_t p = 0; p < in->n_pins; p++) {
        const struct pin *pin = &in->pins[p];
        if (pin->network == 0 || !is_published(in, pin->network))
            continue;
        if (in->base.home == NULL) {
            in->base.home = malloc(size);
            if (in->base.home == NULL)
                return err_memory(e, "whom people moved");
            memcpy(in->base.home, in->base.number, size);
        }
        for (uint32_t k = 0; k < pin->n_organizers; k++) {
            uint32_t i = pin_organizer(in, pin, k);
            if (i != POPULATION_NONE)
                in->base.home[i] = pin->network;
        }
    }
    return ERR_OK;
}
