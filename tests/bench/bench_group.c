/* bench_group FOLDER [SECONDS|size] [SEEDS] [NAME-PART] - solves every instance of a folder in MDGPLIB's
 * format and prints, for each, best, mean and worst of the seeds, the mean gap to best_known.csv beside them
 * (where it has the instance) and the gap of the mean published there; then the mean of each class (name up
 * to its last underscore). SECONDS "size" (preset): 3, 20 and 120 CPU seconds for up to 120, 240 and more
 * elements; "size/10" a tenth. */
#include <dirent.h>
#include <string.h>
#include <time.h>

#include "core/group/group.h"
#include "tests/bench/mdgp.h"

struct known {
    double best, average; /* 0: not known */
};

static struct known known_find(const char *folder, const char *instance)
{
    char path[1024], line[256], name[128];
    struct known found = {0, 0};
    snprintf(path, sizeof path, "%s/best_known.csv", folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        struct known row = {0, 0};
        int fields = sscanf(line, "%127[^,],%*[^,],%lf,%lf", name, &row.best, &row.average);
        if (fields >= 2 && strcmp(name, instance) == 0)
            found = row;
    }
    if (file)
        fclose(file);
    return found;
}

static double budget(const char *text, uint32_t n)
{
    double by_size = n <= 120 ? 3 : n <= 240 ? 20 : 120;
    if (strcmp(text, "size") == 0)
        return by_size;
    return strcmp(text, "size/10") == 0 ? by_size / 10 : strtod(text, NULL);
}

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double solve(const struct mdgp *m, double seconds, uint64_t seed)
{
    struct group_problem p = {.n = m->n,
                              .matrix = m->matrix,
                              .n_groups = m->groups,
                              .min_size = m->min_size,
                              .max_size = m->max_size,
                              .objective = OBJECTIVE_SUM,
                              .seed = seed,
                              .cpu_seconds = seconds};
    struct group_result r;
    struct err e;
    if (group_solve(&p, &r, &e)) {
        fprintf(stderr, "bench_group: %s\n", e.text);
        exit(1);
    }
    double objective = r.objective;
    group_result_free(&r);
    return objective;
}

struct figures {
    double best, mean, worst, seconds;
};

static struct figures run_seeds(const struct mdgp *m, double seconds, int seeds)
{
    struct figures f = {-1e300, 0, 1e300, 0};
    double start = cpu_now();
    for (int seed = 1; seed <= seeds; seed++) {
        double objective = solve(m, seconds, (uint64_t)seed);
        f.best = objective > f.best ? objective : f.best;
        f.worst = objective < f.worst ? objective : f.worst;
        f.mean += objective / seeds;
    }
    f.seconds = (cpu_now() - start) / seeds;
    return f;
}

struct class_sum {
    char name[64];
    double gap, published;
    int count;
};

static void class_print(struct class_sum *class)
{
    if (class->count > 0)
        printf("class %-18s mean gap %8.4f %%  published mean's gap %8.4f %%\n", class->name,
               class->gap / class->count, class->published / class->count);
    *class = (struct class_sum){0};
}

static void report(const char *folder, const char *name, const struct figures *f, struct class_sum *class)
{
    struct known known = known_find(folder, name);
    printf("%-18s best %13.3f mean %13.3f worst %13.3f cpu %7.2f s", name, f->best, f->mean, f->worst,
           f->seconds);
    if (known.best != 0) {
        double average = known.average != 0 ? known.average : known.best;
        double gap = (known.best - f->mean) / known.best * 100;
        double published = (known.best - average) / known.best * 100;
        printf("  gap %8.4f %%  published %8.4f %%%s", gap, published,
               gap > published + 1e-7 ? "  BEHIND" : "");
        class->gap += gap;
        class->published += published;
        class->count++;
    }
    printf("\n");
    fflush(stdout);
}

static int is_instance(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".txt") == 0;
}

static void bench(const char *folder, const char *file, const char *seconds, int seeds,
                  struct class_sum *class)
{
    char path[1024], name[256];
    struct mdgp m;
    snprintf(name, sizeof name, "%.*s", (int)strlen(file) - 4, file);
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (!mdgp_read(path, &m)) {
        fprintf(stderr, "bench_group: %s: not an instance\n", path);
        exit(1);
    }
    char *end = strrchr(name, '_');
    int length = end ? (int)(end - name) : (int)strlen(name);
    if (strncmp(class->name, name, (size_t)length) != 0 || class->name[length] != '\0') {
        class_print(class);
        snprintf(class->name, sizeof class->name, "%.*s", length, name);
    }
    struct figures f = run_seeds(&m, budget(seconds, m.n), seeds);
    report(folder, name, &f, class);
    mdgp_free(&m);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_group FOLDER [SECONDS|size|size/10] [SEEDS] [NAME-PART]\n");
        return 2;
    }
    struct dirent **entries;
    struct class_sum class = {0};
    int count = scandir(argv[1], &entries, is_instance, alphasort);
    for (int i = 0; i < count; i++) {
        if (argc < 5 || strstr(entries[i]->d_name, argv[4]))
            bench(argv[1], entries[i]->d_name, argc > 2 ? argv[2] : "size", argc > 3 ? atoi(argv[3]) : 5,
                  &class);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    class_print(&class);
    return count > 0 ? 0 : 1;
}
