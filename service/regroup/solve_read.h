/* solve_read.h - the files that `solve` groups. Each fault is told as FILE:LINE: what is wrong and what is
 * allowed. Owner: whoever called a solve_read; solve_input_free also after a failure. Immutable once read. */
#ifndef PEERNET_REGROUP_SOLVE_READ_H
#define PEERNET_REGROUP_SOLVE_READ_H

#include "core/group/group.h"
#include "core/similarity/neighbour.h"
#include "core/population/population.h"
#include "regroup/limits_view.h"
#include "regroup/selection.h"
#include "regroup/solve_options.h"

struct solve_input {
    struct group_problem problem; /* its arrays are those below */
    double *matrix;
    struct neighbour_graph edges;
    struct population population;
    struct profiles profiles;
    uint32_t *rows; /* element -> organizer */
    uint32_t *min_size, *max_size;
    uint32_t *previous; /* by element: its group before, GROUP_NONE = newcomer; NULL = nothing was before */
    uint32_t returning; /* elements that are no newcomers */
    uint32_t unmatched; /* organizers with nothing that counts, or no room: they are not grouped */
    json_t *warnings;   /* sentences: names in the settings that nothing bears */
    /* Where the settings limit networks or their number; made by solve_choose. */
    bool chosen;
    struct inputs inputs;
    struct selection selection;
    struct limits_view limits;
};

int solve_read(const struct solve_options *o, struct solve_input *in, struct err *e);
/* Where the file did not say: as many groups as asked for, or as the target size gives, all with the same
 * bounds. ERR_INVALID where none can be made so. */
int solve_make_even_groups(const struct settings *s, struct solve_input *in, struct err *e);
void solve_input_free(struct solve_input *in);

/* The parts, one file each. */
int solve_read_mdgp(const char *path, struct solve_input *in, struct err *e);
int solve_read_edges(const struct solve_options *o, struct solve_input *in, struct err *e);
int solve_read_profiles(const struct solve_options *o, struct solve_input *in, struct err *e);
int solve_read_organizers(const char *path, struct population *p, struct err *e);
/* Whether the settings leave some out or limit networks; then solve_choose says who is grouped, and how. */
bool solve_chooses(const struct settings *s);
int solve_choose(const struct settings *s, struct solve_input *in, struct err *e);
/* Names in the settings that nothing bears. */
int solve_warn(const struct settings *s, struct solve_input *in, struct err *e);
void solve_choice_free(struct solve_input *in);
/* Lines of id, tab, group as solve writes them. Who is not among the elements of profiles any more is passed
 * over. */
int solve_read_previous(const char *path, struct solve_input *in, struct err *e);
/* Room for so many groups' bounds. */
int solve_make_groups(struct solve_input *in, uint32_t groups, struct err *e);

#endif
