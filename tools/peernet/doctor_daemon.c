/* The daemon: whether it is there, of which version, and what it says of itself. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "peernet/doctor.h"
#include "peernet/json.h"
#include "peernet/show.h"

#define LATE_SECONDS 600 /* behind its time a schedule is not seen to */

static void check_versions(struct doctor *d, const json_t *status)
{
    const char *version = json_text(status, "version");
    bool same = strcmp(version, PEERNET_VERSION) == 0;
    struct buf both;
    buf_init(&both, 0);
    buf_printf(&both, "peernetd %s, peernet %s", version, PEERNET_VERSION);
    doctor_tell(d, same ? DOCTOR_OK : DOCTOR_WARNING, "version", buf_string(&both),
                same ? NULL : cli_text(d->cli, TEXT_MEND_VERSION));
    buf_free(&both);
}

static void check_data(struct doctor *d, const json_t *status)
{
    const json_t *database = json_object_get(status, "database"),
                 *snapshot = json_object_get(status, "snapshot");
    struct buf age;
    buf_init(&age, 0);
    if (!json_is_true(json_object_get(database, "connected")))
        doctor_say(d, DOCTOR_FAULT, "data", TEXT_DOCTOR_DB_AWAY, json_text(database, "error"),
                   TEXT_MEND_DB_AWAY);
    else if (json_text(snapshot, "error")[0] != '\0')
        doctor_say(d, DOCTOR_FAULT, "data", TEXT_DOCTOR_LOAD_FAILS, json_text(snapshot, "error"),
                   TEXT_MEND_LOAD_FAILS);
    else if (!json_is_true(json_object_get(status, "ready")))
        doctor_say(d, DOCTOR_WARNING, "data", TEXT_DOCTOR_NOT_READY, "", TEXT_NONE);
    else {
        show_duration(&age, d->cli->language, json_number(snapshot, "age_s"));
        doctor_say(d, DOCTOR_OK, "data", TEXT_DOCTOR_DATA_AGE, buf_string(&age), TEXT_NONE);
    }
    buf_free(&age);
}

static void check_limits(struct doctor *d, const json_t *status)
{
    size_t i;
    json_t *limit;
    unsigned reached = 0;
    json_array_foreach(json_object_get(status, "limits"), i, limit)
    {
        char line[200];
        if (json_whole(limit, "reached") == 0)
            continue;
        snprintf(line, sizeof line, "%s = %g: %lld", json_text(limit, "option"), json_number(limit, "value"),
                 (long long)json_whole(limit, "reached"));
        doctor_say(d, DOCTOR_WARNING, "limits", TEXT_DOCTOR_LIMIT, line, TEXT_MEND_LIMIT);
        reached++;
    }
    if (reached == 0)
        doctor_say(d, DOCTOR_OK, "limits", TEXT_NO_LIMIT_REACHED, "", TEXT_NONE);
}

static void check_connections(struct doctor *d, const json_t *status)
{
    const json_t *connections = json_object_get(status, "connections");
    double share = json_number(connections, "open") / json_number(connections, "limit");
    bool many = share > 0.8;
    struct buf line;
    buf_init(&line, 0);
    show_percent(&line, d->cli->language, share);
    if (share >= 0) /* not of a daemon that does not say */
        doctor_say(d, many ? DOCTOR_WARNING : DOCTOR_OK, "limits", TEXT_DOCTOR_CLIENTS, buf_string(&line),
                   many ? TEXT_MEND_CLIENTS : TEXT_NONE);
    buf_free(&line);
}

/* The system allows the daemon fewer open files than as many clients need as may connect. */
static void check_open_files(struct doctor *d, const json_t *status)
{
    const json_t *connections = json_object_get(status, "connections");
    int64_t wanted = json_whole(connections, "wanted"), limit = json_whole(connections, "limit");
    struct buf numbers[3], line;
    if (wanted <= limit)
        return;
    const int64_t values[] = {json_whole(connections, "open_files"), limit, wanted};
    for (size_t i = 0; i < 3; i++) {
        buf_init(&numbers[i], 0);
        show_count(&numbers[i], d->cli->language, values[i]);
    }
    buf_init(&line, 0);
    TEXT_FILL(&line, d->cli->language, TEXT_DOCTOR_OPEN_FILES, buf_string(&numbers[0]),
              buf_string(&numbers[1]), buf_string(&numbers[2]));
    doctor_tell(d, DOCTOR_WARNING, "limits", buf_string(&line), cli_text(d->cli, TEXT_MEND_OPEN_FILES));
    for (size_t i = 0; i < 3; i++)
        buf_free(&numbers[i]);
    buf_free(&line);
}

static bool is_late(const char *due)
{
    struct tm utc = {0};
    return due[0] != '\0' && strptime(due, "%Y-%m-%dT%H:%M:%SZ", &utc) != NULL &&
           difftime(time(NULL), timegm(&utc)) > LATE_SECONDS;
}

static void check_programmes(struct doctor *d, const json_t *status)
{
    const char *last = json_text(json_object_get(status, "worker"), "last_result");
    size_t i;
    json_t *p;
    unsigned wrong = 0;
    json_array_foreach(json_object_get(status, "programmes"), i, p)
    {
        struct buf line;
        buf_init(&line, 0);
        buf_printf(&line, "%s: %s", json_text(p, "name"), json_text(p, "settings_fault"));
        if (json_text(p, "settings_fault")[0] != '\0') {
            doctor_tell(d, DOCTOR_FAULT, "programmes", buf_string(&line),
                        cli_text(d->cli, TEXT_MEND_SETTINGS));
            wrong++;
        }
        if (is_late(json_text(p, "next_due"))) {
            doctor_say(d, DOCTOR_WARNING, "programmes", TEXT_DOCTOR_LATE, json_text(p, "name"),
                       TEXT_MEND_LATE);
            wrong++;
        }
        buf_free(&line);
    }
    if (strncmp(last, "failed", 6) == 0) {
        doctor_say(d, DOCTOR_WARNING, "programmes", TEXT_DOCTOR_RUN_FAILED, last, TEXT_MEND_RUN_FAILED);
        wrong++;
    }
    if (wrong == 0)
        doctor_say(d, DOCTOR_OK, "programmes", TEXT_DOCTOR_PROGRAMMES_FINE, "", TEXT_NONE);
}

/* Nobody is there, or whoever is there says no. */
static void tell_failure(struct doctor *d, const struct err *e)
{
    struct buf text;
    buf_init(&text, 0);
    if (d->cli->client != NULL) {
        doctor_tell(d, DOCTOR_FAULT, "daemon", e->text, cli_text(d->cli, TEXT_MEND_DENIED));
    } else {
        TEXT_FILL(&text, d->cli->language, TEXT_NOBODY_THERE, d->cli->address, e->text);
        doctor_tell(d, DOCTOR_FAULT, "daemon", buf_string(&text), cli_text(d->cli, TEXT_HOW_TO_START));
    }
    buf_free(&text);
}

void doctor_daemon(struct doctor *d)
{
    struct err e = ERR_INIT;
    json_t *status = NULL;
    if (cli_open(d->cli, &e) != 0 || cli_try(d->cli, "status", NULL, &status, &e) != 0) {
        tell_failure(d, &e);
        return;
    }
    doctor_say(d, DOCTOR_OK, "daemon", TEXT_DOCTOR_ANSWERS, d->cli->address, TEXT_NONE);
    check_versions(d, status);
    check_data(d, status);
    check_limits(d, status);
    check_connections(d, status);
    check_open_files(d, status);
    check_programmes(d, status);
    json_decref(status);
}
