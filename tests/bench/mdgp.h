/* mdgp.h - reads instances of the maximum diversity grouping problem for the benches: "n m ss|ds L1 U1 ... Lm
 * Um", then "i j weight" a pair. Owner: whoever called mdgp_read; mdgp_free gives it back. */
#ifndef PEERNET_BENCH_MDGP_H
#define PEERNET_BENCH_MDGP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct mdgp {
    uint32_t n, groups;
    uint32_t *min_size, *max_size;
    double *matrix;
};

static inline void mdgp_free(struct mdgp *m)
{
    free(m->min_size);
    free(m->max_size);
    free(m->matrix);
    *m = (struct mdgp){0};
}

static inline bool mdgp_read_body(struct mdgp *m, FILE *file)
{
    uint32_t a, b;
    double w;
    for (uint32_t g = 0; g < m->groups; g++)
        if (fscanf(file, "%u %u", &m->min_size[g], &m->max_size[g]) != 2)
            return false;
    while (fscanf(file, "%u %u %lf", &a, &b, &w) == 3) {
        if (a >= m->n || b >= m->n)
            return false;
        m->matrix[(size_t)a * m->n + b] = m->matrix[(size_t)b * m->n + a] = w;
    }
    return feof(file);
}

static inline bool mdgp_read(const char *path, struct mdgp *m)
{
    *m = (struct mdgp){0};
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool read =
        fscanf(file, "%u %u %*s", &m->n, &m->groups) == 2 && m->n > 0 && m->n < 20000 && m->groups <= m->n;
    if (read) {
        m->min_size = calloc(m->groups, sizeof *m->min_size);
        m->max_size = calloc(m->groups, sizeof *m->max_size);
        m->matrix = calloc((size_t)m->n * m->n, sizeof *m->matrix);
        read = m->min_size && m->max_size && m->matrix && mdgp_read_body(m, file);
    }
    fclose(file);
    if (!read)
        mdgp_free(m);
    return read;
}

#endif
