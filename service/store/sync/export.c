#include "store/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/csv.h"
#include "store/sync/work_columns.h"

/* A file, its columns, and the rows behind COPY; organizers has its attributes added to both. */
struct plan {
    const char *file;
    const char *header;
    const char *select;
};

/* Shortest decimal form that reads back as the same number, and never with an exponent. */
#define DECIMAL(column) "(" column "::text::numeric)::text"

static const struct plan plans[EXPORT_FILES] = {
    {"organizers.csv", "id,name,kind,municipality,county,lat,lon,pupils",
     "SELECT id, name, kind, NULLIF(municipality, ''), NULLIF(county, ''), " DECIMAL("lat") ", " DECIMAL(
         "lon") ", pupils"},
    {"challenges.csv", "code,category,label_sv,label_en",
     "SELECT code, category, label_sv, label_en FROM peernet.challenges ORDER BY code"},
    {"reports.csv", "organizer,challenge,severity,reported_on,note",
     "SELECT organizer, challenge, severity, reported_on, NULLIF(note, '') FROM peernet.reports "
     "ORDER BY organizer, challenge, reported_on"},
    {"programmes.csv", PROGRAMME_COLUMNS,
     "SELECT " PROGRAMME_COLUMNS " FROM peernet.programmes ORDER BY name"},
    {"pins.csv", PIN_COLUMNS, "SELECT " PIN_COLUMNS " FROM peernet.pins WHERE network IS NULL ORDER BY pin"},
    {"activities.csv", ACTIVITY_COLUMNS, "SELECT " ACTIVITY_COLUMNS " FROM peernet.activities ORDER BY code"},
    {"plans.csv", PLAN_COLUMNS, "SELECT " PLAN_COLUMNS " FROM peernet.plans ORDER BY plan"},
    {"contacts.csv", CONTACT_COLUMNS, "SELECT " CONTACT_COLUMNS " FROM peernet.contacts ORDER BY contact"},
    {"networks.csv", "programme,run,network,label_sv,label_en,organizer,name,fit",
     "SELECT p.name, n.run, n.network, n.label_sv, n.label_en, m.organizer, o.name, " DECIMAL(
         "m.fit") " "
                  "FROM peernet.programmes AS p JOIN peernet.networks AS n ON n.run = p.published_run "
                  "JOIN peernet.members AS m ON m.run = n.run AND m.network = n.network "
                  "JOIN peernet.organizers AS o ON o.id = m.organizer ORDER BY p.name, n.network, "
                  "m.organizer"},
    {"unmatched.csv", "programme,run,organizer,name,reason,reason_sv,reason_en",
     "SELECT p.name, u.run, u.organizer, o.name, u.reason, u.reason_sv, u.reason_en FROM peernet.programmes "
     "AS p "
     "JOIN peernet.unmatched AS u ON u.run = p.published_run JOIN peernet.organizers AS o ON o.id = "
     "u.organizer "
     "ORDER BY p.name, u.organizer"},
};

struct writing {
    FILE *file;
    const char *name;
    int64_t rows;
    export_progress progress;
    void *context;
};

static int path_of(char out[PATH_MAX], const char *folder, const char *file, bool unfinished, struct err *e)
{
    int size =
        snprintf(out, PATH_MAX, "%s/%s%s%s", folder, unfinished ? "." : "", file, unfinished ? ".new" : "");
    return size < PATH_MAX ? ERR_OK
                           : err_set(e, ERR_LIMIT, "the name of folder %.80s... is too long", folder);
}

static int take(void *context, char *data, size_t size, struct err *e)
{
    struct writing *w = context;
    if (fwrite(data, 1, size, w->file) != size)
        return err_set(e, ERR_IO, "writing: %s", strerror(errno));
    w->rows++;
    if (w->progress != NULL && w->rows % 4096 == 0)
        w->progress(w->context, w->name, w->rows);
    return ERR_OK;
}

/* Adds one attribute to the header and to the select; a list of one keeps a ';' so that it comes back as a
 * list. */
static void add_attribute(struct pg *pg, const char *name, struct buf *header, struct buf *sql)
{
    struct buf column;
    buf_init(&column, 0);
    buf_printf(&column, "attr.%s", name);
    buf_append(header, ",", 1);
    csv_write_field(header, buf_string(&column));
    buf_free(&column);
    char *literal = PQescapeLiteral(pg->connection, name, strlen(name));
    if (literal == NULL) {
        sql->failed = true;
        return;
    }
    buf_printf(sql,
               ", CASE jsonb_typeof(attributes -> %s) WHEN 'array' THEN (SELECT string_agg(item, ';' ORDER "
               "BY nth) || "
               "CASE WHEN count(*) = 1 THEN ';' ELSE '' END FROM jsonb_array_elements_text(attributes -> %s) "
               "WITH ORDINALITY AS items (item, nth)) ELSE attributes ->> %s END",
               literal, literal, literal);
    PQfreemem(literal);
}

static int add_attributes(struct pg *pg, struct buf *header, struct buf *sql, struct err *e)
{
    PGresult *names = NULL;
    int code = pg_query(pg,
                        "SELECT DISTINCT key COLLATE \"C\" FROM peernet.organizers, "
                        "jsonb_object_keys(attributes) AS keys (key) ORDER BY 1",
                        0, NULL, &names, e);
    if (code != ERR_OK)
        return code;
    for (int i = 0; i < PQntuples(names); i++)
        add_attribute(pg, PQgetvalue(names, i, 0), header, sql);
    PQclear(names);
    buf_text(sql, " FROM peernet.organizers ORDER BY id");
    return ERR_OK;
}

static int write_rows(struct pg *pg, const struct plan *plan, struct writing *w, struct err *e)
{
    struct buf header, sql;
    buf_init(&header, 0);
    buf_init(&sql, 0);
    buf_text(&header, plan->header);
    buf_printf(&sql, "COPY (%s", plan->select);
    int code = plan == &plans[0] ? add_attributes(pg, &header, &sql, e) : ERR_OK;
    buf_append(&header, "\n", 1);
    buf_text(&sql, ") TO STDOUT (FORMAT csv)");
    const char *text = buf_string(&sql);
    if (code == ERR_OK && (buf_failed(&header) || buf_failed(&sql)))
        code = err_memory(e, "an export");
    if (code == ERR_OK && fwrite(header.data, 1, header.size, w->file) != header.size)
        code = err_set(e, ERR_IO, "writing: %s", strerror(errno));
    if (code == ERR_OK)
        code = pg_copy_stream(pg, text, take, w, e);
    buf_free(&header);
    buf_free(&sql);
    return code;
}

static int write_file(struct pg *pg, const char *folder, const struct plan *plan, struct writing *w,
                      struct err *e)
{
    char path[PATH_MAX];
    int code = path_of(path, folder, plan->file, true, e);
    if (code != ERR_OK)
        return code;
    w->name = plan->file;
    w->rows = 0;
    w->file = fopen(path, "wb");
    if (w->file == NULL)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    code = write_rows(pg, plan, w, e);
    /* On disk before it gets its name, or a crash could leave an empty file where a good one was. */
    if (code == ERR_OK && (fflush(w->file) != 0 || fsync(fileno(w->file)) != 0))
        code = err_set(e, ERR_IO, "writing: %s", strerror(errno));
    if (fclose(w->file) != 0 && code == ERR_OK)
        code = err_set(e, ERR_IO, "writing: %s", strerror(errno));
    return code == ERR_OK ? code : err_wrap(e, "%s", path);
}

static int name_files(const char *folder, struct err *e)
{
    for (int i = 0; i < EXPORT_FILES; i++) {
        char from[PATH_MAX], to[PATH_MAX];
        int code = path_of(from, folder, plans[i].file, true, e);
        if (code == ERR_OK)
            code = path_of(to, folder, plans[i].file, false, e);
        if (code != ERR_OK)
            return code;
        if (rename(from, to) != 0)
            return err_set(e, ERR_IO, "%s: %s", to, strerror(errno));
    }
    return ERR_OK;
}

static void remove_unfinished(const char *folder)
{
    for (int i = 0; i < EXPORT_FILES; i++) {
        char path[PATH_MAX];
        if (path_of(path, folder, plans[i].file, true, NULL) == ERR_OK)
            unlink(path);
    }
}

static int prepare_folder(const char *folder, bool force, struct err *e)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < EXPORT_FILES && !force; i++) {
        char path[PATH_MAX];
        int code = path_of(path, folder, plans[i].file, false, e);
        if (code != ERR_OK)
            return code;
        if (access(path, F_OK) == 0)
            return err_set(e, ERR_INVALID, "%s exists already; --force writes over it", path);
    }
    return ERR_OK;
}

int export_run(struct pg *pg, const char *folder, bool force, export_progress progress, void *context,
               struct export_count counts[EXPORT_FILES], struct err *e)
{
    struct writing w = {.progress = progress, .context = context};
    int code = prepare_folder(folder, force, e);
    if (code == ERR_OK)
        code = pg_exec(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL TimeZone = 'UTC'", e);
    if (code != ERR_OK)
        return code;
    for (int i = 0; i < EXPORT_FILES && code == ERR_OK; i++) {
        code = write_file(pg, folder, &plans[i], &w, e);
        counts[i] = (struct export_count){plans[i].file, w.rows};
    }
    pg_exec(pg, "ROLLBACK", NULL);
    if (code == ERR_OK)
        code = name_files(folder, e);
    if (code != ERR_OK)
        remove_unfinished(folder);
    return code;
}
