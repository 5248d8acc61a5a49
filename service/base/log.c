#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log_json.h"

static const char *log_program = "peernet";
static enum log_level log_most = LOG_INFO;
static enum log_format log_form = LOG_LOGFMT;
static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_open(const char *program, enum log_level level, enum log_format format)
{
    log_program = program;
    log_most = level;
    log_form = format;
}

bool log_is_on(enum log_level level)
{
    return level <= log_most;
}

int log_format_parse(const char *name)
{
    return strcmp(name, "logfmt") == 0 ? LOG_LOGFMT : strcmp(name, "json") == 0 ? LOG_JSON : -1;
}

int log_level_parse(const char *name)
{
    for (int i = 0; i <= LOG_DEBUG; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return -1;
}

const char *log_quote(const char *text, char *out, size_t size)
{
    size_t used = 0;
    if (size < 8) {
        if (size > 0)
            out[0] = '\0';
        return out;
    }
    out[used++] = '"';
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0' && used + 6 < size; p++) {
        if (*p == '"' || *p == '\\') {
            out[used++] = '\\';
            out[used++] = (char)*p;
        } else if (*p == '\n') {
            out[used++] = '\\';
            out[used++] = 'n';
        } else if (*p < 0x20 || *p == 0x7f) {
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", *p);
        } else {
            out[used++] = (char)*p;
        }
    }
    out[used++] = '"';
    out[used] = '\0';
    return out;
}

/* Nothing sensible can be done if standard error itself is gone. */
static void print(char *line, size_t used)
{
    char json[16384];
    if (log_form == LOG_JSON) {
        line[used] = '\0';
        used = log_json(line, json, sizeof json - 1);
        line = json;
    }
    line[used++] = '\n';
    if (write(STDERR_FILENO, line, used) < 0)
        return;
}

void log_write(enum log_level level, const char *message, const char *fields, ...)
{
    if (!log_is_on(level))
        return;
    char line[4096];
    char quoted[1024];
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t used = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &utc);
    used += (size_t)snprintf(line + used, sizeof line - used, ".%03ldZ level=%s program=%s msg=%s",
                             now.tv_nsec / 1000000, level_names[level], log_program,
                             log_quote(message, quoted, sizeof quoted));
    if (fields[0] != '\0' && used + 2 < sizeof line) {
        line[used++] = ' ';
        va_list args;
        va_start(args, fields);
        int more = vsnprintf(line + used, sizeof line - used, fields, args);
        va_end(args);
        if (more <= 0)
            used--; /* nothing came of the fields: no blank at the end */
        else
            used += (size_t)more < sizeof line - used ? (size_t)more : sizeof line - used - 1;
    }
    if (used > sizeof line - 2)
        used = sizeof line - 2;
    print(line, used);
}
