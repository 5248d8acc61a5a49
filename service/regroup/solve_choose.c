/* Who is grouped where the settings limit networks or their number: as in a run, but that nothing was before
 * and nobody pinned anything. */
#include <stdlib.h>
#include <string.h>

#include "regroup/solve_read.h"
#include "regroup/warnings.h"

bool solve_chooses(const struct settings *s)
{
    return s->capacity > 0 || s->not_alone != NULL || s->mix != NULL || s->in_common != NULL ||
           s->distance_most_km > 0 || s->centre_most_km > 0 || s->seats != NULL;
}

int solve_warn(const struct settings *s, struct solve_input *in, struct err *e)
{
    const struct inputs borrowed = {.settings = *s, .population = in->population};
    in->warnings = json_array();
    return in->warnings == NULL ? err_memory(e, "the warnings")
                                : warnings_of_settings(&borrowed, in->warnings, e);
}

int solve_choose(const struct settings *s, struct solve_input *in, struct err *e)
{
    in->chosen = true;
    in->inputs.settings = *s; /* both borrowed */
    in->inputs.population = in->population;
    in->inputs.base.waited = calloc((size_t)in->population.n_organizers + 1, sizeof(uint32_t));
    if (in->inputs.base.waited == NULL)
        return err_memory(e, "choosing who is grouped");
    int code = selection_build(&in->selection, &in->inputs, &in->profiles, NULL, e);
    if (code == ERR_OK) { /* what solve_warn said, and more */
        json_decref(in->warnings);
        in->warnings = json_incref(in->selection.warnings);
    }
    if (code == ERR_OK)
        code =
            limits_view_open(&in->limits, &in->selection.limits, in->selection.organizer, in->selection.n, e);
    if (code != ERR_OK)
        return code;
    in->unmatched += in->problem.n - in->selection.n;
    in->problem.n = in->selection.n;
    in->problem.limits = in->limits.given;
    memcpy(in->rows, in->selection.organizer, in->selection.n * sizeof *in->rows);
    return ERR_OK;
}

void solve_choice_free(struct solve_input *in)
{
    if (!in->chosen)
        return;
    limits_view_close(&in->limits);
    selection_free(&in->selection);
    free(in->inputs.base.waited);
}
