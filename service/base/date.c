#include "base/date.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static bool is_shaped(const char *text)
{
    static const char shape[] = "dddd-dd-dd";
    if (strlen(text) != sizeof shape - 1)
        return false;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != '-')
            return false;
    return true;
}

bool date_parse(const char *text, int32_t *day)
{
    struct tm tm = {0};
    if (!is_shaped(text) || strncmp(text, "0000", 4) == 0 || strptime(text, "%Y-%m-%d", &tm) == NULL)
        return false;
    /* timegm carries 30 February over into March: a day that comes back changed is none. */
    int date = tm.tm_mday, month = tm.tm_mon;
    time_t seconds = timegm(&tm);
    if (tm.tm_mday != date || tm.tm_mon != month)
        return false;
    *day = (int32_t)((seconds - (((seconds % 86400) + 86400) % 86400)) / 86400);
    return true;
}
