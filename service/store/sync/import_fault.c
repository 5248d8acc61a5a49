#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/sync/import_job.h"

/* Few are kept, so the simplest of sorts will do. */
static void sort_in(struct import_faults *faults, const struct import_fault *fault)
{
    uint32_t at = faults->told;
    while (at > 0 &&
           (faults->first[at - 1].line > fault->line ||
            (faults->first[at - 1].line == fault->line && faults->first[at - 1].column > fault->column)))
        at--;
    if (at == IMPORT_FAULTS_TOLD)
        return;
    uint32_t behind = faults->told - at;
    if (faults->told == IMPORT_FAULTS_TOLD)
        behind--;
    else
        faults->told++;
    memmove(&faults->first[at + 1], &faults->first[at], behind * sizeof *fault);
    faults->first[at] = *fault;
}

/* Drops the last letter of a text that was cut: its end may be missing. */
static void drop_last_letter(char *text)
{
    size_t end = strlen(text);
    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    text[end > 0 ? end - 1 : 0] = '\0';
}

void import_fault_add(struct import_job *job, enum input_table table, uint64_t line, uint64_t column,
                      const char *format, ...)
{
    struct import_fault fault = {.table = table, .line = line, .column = column};
    va_list args;
    va_start(args, format);
    int size = vsnprintf(fault.text, sizeof fault.text, format, args);
    va_end(args);
    if (size >= (int)sizeof fault.text)
        drop_last_letter(fault.text);
    job->faults[table].count++;
    sort_in(&job->faults[table], &fault);
}
