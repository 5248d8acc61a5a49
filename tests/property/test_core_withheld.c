/* insight on random tables: whoever knows all that is shown, and solves for what is not, learns of no
 * withheld count that it is below the threshold, nor that it is above 0. The solver is a simplex over the
 * linear constraints, and knows nothing of how it was chosen what to withhold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/insight/insight_hide.h"
#include "core/insight/insight_table.h"

enum { VARIABLES = 160, LINES = 130, TABLES = 1500, THRESHOLD = 5 };

static uint64_t random_state = 41;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

/* A x = b, x >= 0. */
struct program {
    int n, m;
    double a[LINES][VARIABLES + LINES + 1]; /* the last column is b */
};

static void program_begin(struct program *p)
{
    memset(p, 0, sizeof *p);
}

static int variable(struct program *p)
{
    assert_true(p->n < VARIABLES);
    return p->n++;
}

static int line(struct program *p, double b)
{
    assert_true(p->m < LINES);
    p->a[p->m][VARIABLES + LINES] = b;
    return p->m++;
}

static void pivot(struct program *p, double *cost, int row, int column, int *basis)
{
    double by = p->a[row][column];
    for (int j = 0; j <= VARIABLES + LINES; j++)
        p->a[row][j] /= by;
    for (int i = 0; i <= p->m; i++) {
        double *other = i == p->m ? cost : p->a[i], times = other[column];
        if (i == row || fabs(times) < 1e-12)
            continue;
        for (int j = 0; j <= VARIABLES + LINES; j++)
            other[j] -= times * p->a[row][j];
    }
    basis[row] = column;
}

/* Bland's rule; `columns` may come in. Returns false when it is unbounded. */
static bool improve(struct program *p, double *cost, int *basis, int columns)
{
    for (;;) {
        int in = -1, out = -1;
        for (int j = 0; j < columns && in < 0; j++)
            if (cost[j] < -1e-7)
                in = j;
        if (in < 0)
            return true;
        for (int i = 0; i < p->m; i++) {
            if (p->a[i][in] < 1e-7)
                continue;
            if (out < 0)
                out = i;
            double mine = p->a[i][VARIABLES + LINES] / p->a[i][in];
            double best = p->a[out][VARIABLES + LINES] / p->a[out][in];
            if (mine < best - 1e-9 || (mine < best + 1e-9 && basis[i] < basis[out]))
                out = i;
        }
        if (out < 0)
            return false;
        pivot(p, cost, out, in, basis);
    }
}

/* The least (sign 1) or greatest (sign -1) value of a variable; HUGE_VAL where there is no bound. */
static double extreme(const struct program *given, int wanted, int sign)
{
    static struct program p;
    double cost[VARIABLES + LINES + 1] = {0};
    int basis[LINES];
    p = *given;
    for (int i = 0; i < p.m; i++) {
        double s = p.a[i][VARIABLES + LINES] < 0 ? -1 : 1;
        for (int j = 0; j <= VARIABLES + LINES; j++)
            p.a[i][j] *= s;
        p.a[i][VARIABLES + i] = 1;
        basis[i] = VARIABLES + i;
        for (int j = 0; j <= VARIABLES + LINES; j++)
            cost[j] -= j >= VARIABLES && j < VARIABLES + LINES ? 0 : p.a[i][j];
    }
    assert_true(improve(&p, cost, basis, VARIABLES));
    assert_true(fabs(cost[VARIABLES + LINES]) < 1e-4); /* the truth itself is a solution */
    for (int i = 0; i < p.m; i++) {                    /* what is left over of the beginning goes out */
        for (int j = 0; j < VARIABLES && basis[i] >= VARIABLES; j++)
            if (fabs(p.a[i][j]) > 1e-7)
                pivot(&p, cost, i, j, basis);
    }
    memset(cost, 0, sizeof cost);
    cost[wanted] = sign;
    for (int i = 0; i < p.m; i++)
        if (basis[i] == wanted)
            for (int j = 0; j <= VARIABLES + LINES; j++)
                cost[j] -= sign * p.a[i][j];
    if (!improve(&p, cost, basis, VARIABLES))
        return sign < 0 ? HUGE_VAL : -HUGE_VAL;
    return -cost[VARIABLES + LINES] * sign;
}

static void check_room(const struct program *p, int variable, uint32_t truth)
{
    double least = extreme(p, variable, 1), most = extreme(p, variable, -1);
    assert_true(least <= truth + 1e-6 && most >= truth - 1e-6); /* or the solver is wrong */
    if (least > 1e-6 || most < THRESHOLD - 1e-6)
        fail_msg("a withheld %u is known to be %g to %g", truth, least, most);
}

/* Counts that are small, large or nothing, as it comes. */
static uint32_t some_count(void)
{
    uint32_t kind = below(4);
    return kind == 0 ? 0 : kind == 1 ? below(THRESHOLD) : kind == 2 ? below(12) : below(60);
}

/* Row sums, column sums and the sum of all: from cells. */
static uint32_t make_table(struct hide_edge *edges, uint32_t rows, uint32_t columns)
{
    uint32_t n = 0, of_rows = rows + columns, of_columns = of_rows + 1, all = 0;
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < columns; c++)
            edges[n++] = (struct hide_edge){r, rows + c, some_count(), HIDE_ANY, 0, false, false, 0, 0};
    for (uint32_t r = 0; r < rows; r++, n++) {
        edges[n] = (struct hide_edge){of_columns, r, 0, HIDE_ANY, 1000, false, false, 0, 0};
        for (uint32_t c = 0; c < columns; c++)
            edges[n].count += edges[r * columns + c].count;
        all += edges[n].count;
    }
    for (uint32_t c = 0; c < columns; c++, n++) {
        edges[n] = (struct hide_edge){rows + c, of_rows, 0, HIDE_ANY, 1000, false, false, 0, 0};
        for (uint32_t r = 0; r < rows; r++)
            edges[n].count += edges[r * columns + c].count;
    }
    edges[n++] = (struct hide_edge){of_rows, of_columns, all, HIDE_ANY, 100000, false, false, 0, 0};
    return n;
}

/* As a reader writes it down: one line a sum. `x`: by edge, its variable, -1 = shown. */
static void write_down(struct program *p, const struct hide_edge *edges, uint32_t n, uint32_t nodes, int *x)
{
    program_begin(p);
    for (uint32_t i = 0; i < n; i++)
        x[i] = edges[i].hidden ? variable(p) : -1;
    for (uint32_t v = 0; v < nodes; v++) {
        int at = line(p, 0);
        for (uint32_t i = 0; i < n; i++) {
            int sign = (edges[i].to == v) - (edges[i].from == v);
            if (x[i] >= 0)
                p->a[at][x[i]] += sign;
            else
                p->a[at][VARIABLES + LINES] -= sign * (double)edges[i].count;
        }
    }
}

static void no_small_count_can_be_solved_for_in_a_table_with_sums(void **state)
{
    static struct program p;
    struct hide_edge edges[64];
    int x[64];
    uint64_t hidden = 0, shown = 0;
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        struct err e = ERR_INIT;
        uint32_t rows = 1 + below(4), columns = 1 + below(5), n = make_table(edges, rows, columns);
        bool met = false;
        for (uint32_t i = 0; i < n; i++)
            hide_small(&edges[i], THRESHOLD);
        assert_int_equal(hide_protect(edges, n, rows + columns + 2, &met, &e), ERR_OK);
        assert_true(met);
        write_down(&p, edges, n, rows + columns + 2, x);
        for (uint32_t i = 0; i < n; i++) {
            hidden += edges[i].hidden;
            shown += !edges[i].hidden;
            if (edges[i].count < THRESHOLD)
                check_room(&p, x[i], edges[i].count);
        }
    }
    assert_true(shown > hidden / 4); /* withholding everything would be no art */
}

/* What the solver must be able to do, or it proves nothing: without further withholding it finds counts. */
static void the_solver_finds_what_is_withheld_by_itself_only(void **state)
{
    static struct program p;
    struct hide_edge edges[64];
    int x[64], found = 0;
    (void)state;
    for (int t = 0; t < 100; t++) {
        uint32_t n = make_table(edges, 3, 3);
        for (uint32_t i = 0; i < n; i++)
            edges[i].hidden = edges[i].count > 0 && edges[i].count < THRESHOLD;
        write_down(&p, edges, n, 8, x);
        for (uint32_t i = 0; i < n; i++)
            if (edges[i].hidden && fabs(extreme(&p, x[i], 1) - extreme(&p, x[i], -1)) < 1e-6) {
                assert_true(fabs(extreme(&p, x[i], 1) - edges[i].count) < 1e-6);
                found++;
            }
    }
    assert_true(found > 50);
}

enum { GROUPS = 5, CHALLENGES = 5 };

struct answers {
    uint32_t reporting[GROUPS], count[CHALLENGES * GROUPS], all_count[CHALLENGES];
    uint64_t severity[CHALLENGES * GROUPS], all_severity[CHALLENGES];
    struct insight_counts c;
};

/* `easy`: groups mostly of a size that can be told, and few counts that cannot. */
static void make_answers(struct answers *a, bool easy)
{
    memset(a, 0, sizeof *a);
    a->c = (struct insight_counts){.groups.n = 1 + below(GROUPS),
                                   .n_challenges = 1 + below(CHALLENGES),
                                   .reporting = a->reporting,
                                   .count = a->count,
                                   .severity = a->severity,
                                   .all_count = a->all_count,
                                   .all_severity = a->all_severity};
    for (uint32_t g = 0; g < a->c.groups.n; g++) {
        a->reporting[g] = 1 + (easy && below(4) > 0 ? 20 + below(180) : some_count());
        a->c.all_reporting += a->reporting[g];
    }
    for (uint32_t i = 0; i < a->c.n_challenges; i++)
        for (uint32_t g = 0; g < a->c.groups.n; g++) {
            uint32_t of = a->reporting[g], few = below(easy ? 10 : 4) == 0 ? below(THRESHOLD) : below(of + 1);
            uint32_t count = few > of ? of : below(easy ? 10 : 4) == 0 ? of - few : few;
            a->count[i * a->c.groups.n + g] = count;
            a->all_count[i] += count;
        }
}

/* Sizes of groups, and of each challenge who reports it and who does not. */
struct knowing {
    struct program p;
    int size[GROUPS], yes[CHALLENGES][GROUPS], no[CHALLENGES][GROUPS], all[CHALLENGES], others[CHALLENGES];
};

static int known(struct program *p, bool hidden, double value)
{
    int x = variable(p);
    if (!hidden)
        p->a[line(p, value)][x] = 1;
    return x;
}

static void add_challenge(struct knowing *k, const struct insight_counts *c, const struct insight_table *t,
                          uint32_t i)
{
    uint32_t n = c->groups.n;
    k->all[i] = known(&k->p, t->row[i], c->all_count[i]);
    k->others[i] = variable(&k->p);
    int sum = line(&k->p, 0), all = line(&k->p, c->all_reporting);
    k->p.a[all][k->all[i]] = k->p.a[all][k->others[i]] = 1;
    k->p.a[sum][k->all[i]] = -1;
    for (uint32_t g = 0; g < n; g++) {
        k->yes[i][g] = known(&k->p, t->cell[i * n + g], c->count[i * n + g]);
        k->no[i][g] = variable(&k->p);
        int both = line(&k->p, 0);
        k->p.a[both][k->yes[i][g]] = k->p.a[both][k->no[i][g]] = 1;
        k->p.a[both][k->size[g]] = -1;
        k->p.a[sum][k->yes[i][g]] = 1;
    }
}

static void know(struct knowing *k, const struct insight_counts *c, const struct insight_table *t)
{
    program_begin(&k->p);
    int sum = line(&k->p, c->all_reporting);
    for (uint32_t g = 0; g < c->groups.n; g++) {
        k->size[g] = known(&k->p, t->column[g], c->reporting[g]);
        k->p.a[sum][k->size[g]] = 1;
    }
    for (uint32_t i = 0; i < c->n_challenges; i++)
        add_challenge(k, c, t, i);
}

static void check_small(const struct knowing *k, int x, uint32_t count)
{
    if (count < THRESHOLD)
        check_room(&k->p, x, count);
}

static void check_answers(const struct knowing *k, const struct insight_counts *c)
{
    for (uint32_t g = 0; g < c->groups.n; g++)
        check_small(k, k->size[g], c->reporting[g]);
    for (uint32_t i = 0; i < c->n_challenges; i++) {
        check_small(k, k->all[i], c->all_count[i]);
        check_small(k, k->others[i], c->all_reporting - c->all_count[i]);
        for (uint32_t g = 0; g < c->groups.n; g++) {
            uint32_t count = c->count[i * c->groups.n + g];
            check_small(k, k->yes[i][g], count);
            check_small(k, k->no[i][g], c->reporting[g] - count);
        }
    }
}

static void no_small_count_can_be_solved_for_in_challenges_by_group(void **state)
{
    static struct answers a;
    static struct knowing k;
    uint32_t shown = 0, cells = 0;
    (void)state;
    for (int t = 0; t < TABLES; t++) {
        struct err e = ERR_INIT;
        struct insight_table table;
        make_answers(&a, t % 2 == 0);
        assert_int_equal(insight_table_open(&a.c, INSIGHT_KIND, THRESHOLD, NULL, &table, &e), ERR_OK);
        if (!table.all_hidden) {
            know(&k, &a.c, &table);
            check_answers(&k, &a.c);
        }
        for (uint32_t i = 0; i < a.c.n_challenges * a.c.groups.n; i++)
            shown += t % 2 == 0 && !table.cell[i];
        cells += t % 2 == 0 ? a.c.n_challenges * a.c.groups.n : 0;
        insight_table_free(&table);
    }
    if (shown < cells / 3)
        fail_msg("only %u of %u counts are told", shown, cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_solver_finds_what_is_withheld_by_itself_only),
        cmocka_unit_test(no_small_count_can_be_solved_for_in_a_table_with_sums),
        cmocka_unit_test(no_small_count_can_be_solved_for_in_challenges_by_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
