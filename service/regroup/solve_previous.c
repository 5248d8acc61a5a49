#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/solve_lines.h"
#include "regroup/solve_read.h"

/* organizer -> element */
static int list_elements(const struct solve_input *in, uint32_t **out, struct err *e)
{
    uint32_t n = in->population.n_organizers;
    *out = malloc(((size_t)n + 1) * sizeof **out);
    if (!*out)
        return err_memory(e, "the previous groups");
    for (uint32_t i = 0; i < n; i++)
        (*out)[i] = GROUP_NONE;
    for (uint32_t i = 0; i < in->problem.n; i++)
        (*out)[in->rows ? in->rows[i] : i] = i;
    return ERR_OK;
}

static bool take_number(const char *text, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    *out = (uint32_t)n;
    return errno == 0 && end != text && *end == '\0' && text[0] >= '0' && text[0] <= '9' && n < GROUP_NONE;
}

/* GROUP_NONE for who is not here any more; of a file that numbers its elements all have to be. */
static int find_element(const struct solve_input *in, const uint32_t *element_of, const char *id,
                        uint32_t *out, struct err *e)
{
    *out = GROUP_NONE;
    if (in->rows) {
        uint32_t row = population_find_organizer(&in->population, id, strlen(id));
        *out = row == POPULATION_NONE ? GROUP_NONE : element_of[row];
        return ERR_OK;
    }
    if (take_number(id, out) && *out < in->problem.n)
        return ERR_OK;
    return err_set(e, ERR_INVALID, "element '%.40s': there are %u, numbered from 0", id, in->problem.n);
}

static int take_line(char *line, struct solve_input *in, const uint32_t *element_of, struct err *e)
{
    uint32_t group, element;
    line[strcspn(line, "\r\n")] = '\0';
    char *tab = strrchr(line, '\t');
    if (!tab || tab == line)
        return err_set(e, ERR_INVALID, "'%.40s': an id, a tab and a group are needed", line);
    *tab = '\0';
    if (!take_number(tab + 1, &group))
        return err_set(e, ERR_INVALID, "group '%.40s': a whole number from 0 is needed", tab + 1);
    if (find_element(in, element_of, line, &element, e))
        return (int)e->code;
    if (element == GROUP_NONE)
        return ERR_OK;
    if (in->previous[element] != GROUP_NONE)
        return err_set(e, ERR_INVALID, "'%.40s' has a group already", line);
    in->previous[element] = group;
    in->returning++;
    return ERR_OK;
}

static int read_lines(struct solve_lines *l, struct solve_input *in, const uint32_t *element_of,
                      struct err *e)
{
    for (bool more;;) {
        if (solve_lines_next(l, &more, e))
            return (int)e->code;
        if (!more)
            break;
        if (take_line(l->text, in, element_of, e))
            return solve_lines_wrong(l, e);
    }
    if (in->returning == 0 && in->problem.n > 0)
        return err_set(e, ERR_INVALID, "%s: none of the %u elements has a group there", l->path,
                       in->problem.n);
    return ERR_OK;
}

int solve_read_previous(const char *path, struct solve_input *in, struct err *e)
{
    struct solve_lines l = {0};
    uint32_t *element_of = NULL;
    in->previous = malloc(((size_t)in->problem.n + 1) * sizeof *in->previous);
    if (!in->previous)
        return err_memory(e, "the previous groups");
    for (uint32_t i = 0; i < in->problem.n; i++)
        in->previous[i] = GROUP_NONE;
    int code = in->rows ? list_elements(in, &element_of, e) : ERR_OK;
    if (code == ERR_OK)
        code = solve_lines_open(&l, path, e);
    if (code == ERR_OK)
        code = read_lines(&l, in, element_of, e);
    solve_lines_close(&l);
    free(element_of);
    return code;
}
