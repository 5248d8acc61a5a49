#include "core/population/input.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct input_column organizer_columns[] = {
    {"id", INPUT_TEXT, false, false, true, 0, 64},
    {"name", INPUT_TEXT, false, false, false, 0, 500},
    {"kind", INPUT_CHOICE, false, false, false, 0, 0},
    {"municipality", INPUT_TEXT, true, false, false, 0, 64},
    {"county", INPUT_TEXT, true, false, false, 0, 64},
    {"lat", INPUT_DECIMAL, true, true, false, -90, 90},
    {"lon", INPUT_DECIMAL, true, true, false, -180, 180},
    {"pupils", INPUT_WHOLE, true, true, false, 0, 2000000000},
};
static const struct input_column challenge_columns[] = {
    {"code", INPUT_TEXT, false, false, true, 0, 128},
    {"category", INPUT_TEXT, false, false, false, 0, 128},
    {"label_sv", INPUT_TEXT, false, false, false, 0, 500},
    {"label_en", INPUT_TEXT, false, false, false, 0, 500},
};
static const struct input_column report_columns[] = {
    {"organizer", INPUT_TEXT, false, false, true, 0, 64},
    {"challenge", INPUT_TEXT, false, false, true, 0, 128},
    {"severity", INPUT_WHOLE, false, false, false, 1, 5},
    {"reported_on", INPUT_DATE, false, false, false, 0, 0},
    {"note", INPUT_NOTE, true, false, false, 0, 10000},
};

#define COUNT(columns) (int)(sizeof(columns) / sizeof(columns)[0]), columns
const struct input_shape input_shapes[INPUT_TABLES] = {
    [INPUT_ORGANIZERS] = {"organizers", COUNT(organizer_columns), true},
    [INPUT_CHALLENGES] = {"challenges", COUNT(challenge_columns), false},
    [INPUT_REPORTS] = {"reports", COUNT(report_columns), false},
};
const char *const input_table_names[INPUT_TABLES] = {"organizers", "challenges", "reports"};

int input_column_find(const struct input_shape *shape, const char *name, size_t size)
{
    for (int i = 0; i < shape->count; i++) {
        if (strlen(shape->columns[i].name) == size && memcmp(shape->columns[i].name, name, size) == 0)
            return i;
    }
    return -1;
}

void input_columns_list(const struct input_shape *shape, const char *attributes, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < shape->count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", shape->columns[i].name);
    if (shape->attributes && used < size)
        snprintf(out + used, size - used, "%s", attributes);
}

static const char *const kinds[] = {"municipal", "independent", "regional", "state"};

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += !continues(*text);
    return n;
}

const char *input_quote(const char *value, char *out, size_t size)
{
    size_t used = 0, shown = 0;
    out[used++] = '"';
    for (; *value != '\0' && used + 8 < size; value++) {
        if (!continues(*value) && shown++ == 40)
            break;
        out[used++] = (unsigned char)*value < 0x20 || *value == 0x7F ? '?' : *value;
    }
    if (continues(*value)) { /* the room ended inside a character: what of it is there goes */
        while (continues(out[used - 1]))
            used--;
        used--;
    }
    snprintf(out + used, size - used, "%s", *value != '\0' ? "...\"" : "\"");
    return out;
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\0') || c == 0x7F;
}

static bool check_text(const char *name, const char *value, size_t longest, char *why, size_t size)
{
    size_t length = strlen(value), count = characters(value);
    if (count > longest) {
        snprintf(why, size, "%s is %zu characters long; the limit is %zu", name, count, longest);
        return false;
    }
    if (value[0] == ' ' || value[length - 1] == ' ') {
        char shown[200];
        snprintf(why, size, "%s %s begins or ends with a space, which is not allowed", name,
                 input_quote(value, shown, sizeof shown));
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_control(value[i])) {
            snprintf(why, size, "%s holds a control character (0x%02X); only printed ones are allowed", name,
                     (unsigned char)value[i]);
            return false;
        }
    }
    return true;
}

static bool check_kind(const char *value, char *why, size_t size)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(value, kinds[i]) == 0)
            return true;
    }
    char shown[200];
    snprintf(why, size, "kind %s is none of municipal, independent, regional, state",
             input_quote(value, shown, sizeof shown));
    return false;
}

/* Digits only (and for a decimal one '.' between digits): what strtod takes beyond that is mostly a mistake.
 */
static bool is_number(const char *value, bool decimal)
{
    if (decimal && *value == '-')
        value++;
    size_t digits = strspn(value, "0123456789");
    size_t length = strlen(value);
    if (digits == 0 || length > 20)
        return false;
    if (digits == length)
        return true;
    size_t fraction = strspn(value + digits + 1, "0123456789");
    return decimal && value[digits] == '.' && fraction > 0 && digits + 1 + fraction == length;
}

static bool wrong_number(const struct input_column *column, const char *shown, bool comma, char *why,
                         size_t size)
{
    bool decimal = column->kind == INPUT_DECIMAL;
    snprintf(why, size, "%s %s is not a %s from %.0f to %.0f%s", column->name, shown,
             decimal ? "decimal number" : "whole number", column->lowest, column->highest,
             decimal && comma ? " (with a point, not a comma)" : "");
    return false;
}

static bool check_number(const struct input_column *column, const char *value, char *why, size_t size)
{
    char shown[200];
    if (is_number(value, column->kind == INPUT_DECIMAL)) {
        double number = strtod(value, NULL);
        if (number >= column->lowest && number <= column->highest)
            return true;
    }
    return wrong_number(column, input_quote(value, shown, sizeof shown), strchr(value, ',') != NULL, why,
                        size);
}

bool input_number_check(const struct input_column *column, double value, char *why, size_t size)
{
    char shown[40];
    bool whole = column->kind != INPUT_WHOLE || value == floor(value);
    if (value >= column->lowest && value <= column->highest && whole)
        return true;
    snprintf(shown, sizeof shown, "%.15g", value);
    return wrong_number(column, shown, false, why, size);
}

bool input_place_check(bool lat_given, bool lon_given, char *why, size_t size)
{
    if (lat_given == lon_given)
        return true;
    snprintf(why, size, "%s is empty but %s is given; both or none", lat_given ? "lon" : "lat",
             lat_given ? "lat" : "lon");
    return false;
}

static bool is_date(const char *value)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (strlen(value) != 10 || value[4] != '-' || value[7] != '-')
        return false;
    for (int i = 0; i < 10; i++) {
        if (i != 4 && i != 7 && !isdigit((unsigned char)value[i]))
            return false;
    }
    long year = strtol(value, NULL, 10), month = strtol(value + 5, NULL, 10),
         day = strtol(value + 8, NULL, 10);
    if (year < 1900 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

static bool check_date(const char *name, const char *value, const char *latest, char *why, size_t size)
{
    char shown[200];
    input_quote(value, shown, sizeof shown);
    if (!is_date(value))
        snprintf(why, size, "%s %s is not a date as YYYY-MM-DD from 1900-01-01", name, shown);
    else if (strcmp(value, latest) > 0)
        snprintf(why, size, "%s %s is in the future; the latest allowed is %s", name, shown, latest);
    else
        return true;
    return false;
}

bool input_value_check(const struct input_column *column, const char *value, const char *latest, char *why,
                       size_t size)
{
    if (value[0] == '\0') {
        if (!column->optional)
            snprintf(why, size, "%s is empty; it must be given", column->name);
        return column->optional;
    }
    switch (column->kind) {
    case INPUT_TEXT:
        return check_text(column->name, value, (size_t)column->highest, why, size);
    case INPUT_CHOICE:
        return check_kind(value, why, size);
    case INPUT_DECIMAL:
    case INPUT_WHOLE:
        return check_number(column, value, why, size);
    case INPUT_DATE:
        return check_date(column->name, value, latest, why, size);
    case INPUT_NOTE:
        break;
    }
    size_t count = characters(value);
    if (count > (size_t)column->highest)
        snprintf(why, size, "%s is %zu characters long; the limit is %.0f", column->name, count,
                 column->highest);
    return count <= (size_t)column->highest;
}

bool input_attribute_name_check(const char *name, char *why, size_t size)
{
    static const struct input_column column = {.name = "attribute name", .kind = INPUT_TEXT, .highest = 64};
    return input_value_check(&column, name, "", why, size);
}

static bool wrong_attribute(const char *name, const char *value, const char *words, char *why, size_t size)
{
    char shown[200];
    snprintf(why, size, "attr.%s %s %s", name, input_quote(value, shown, sizeof shown), words);
    return false;
}

bool input_attribute_check(const char *name, const char *value, char *why, size_t size)
{
    if (value[0] != ';' && strstr(value, ";;") == NULL)
        return true;
    return wrong_attribute(name, value, "has an empty item; items of a list are parted by one ';'", why,
                           size);
}

bool input_attribute_item_check(const char *name, const char *item, char *why, size_t size)
{
    if (item[0] == '\0')
        return wrong_attribute(name, item, "is empty; a text that is not is allowed", why, size);
    if (strchr(item, ';') != NULL)
        return wrong_attribute(name, item, "holds a ';', which parts the items of a list", why, size);
    return true;
}

void input_json_text(struct buf *out, const char *text, size_t size)
{
    buf_append(out, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buf_append(out, "\\", 1);
        if ((unsigned char)text[i] < 0x20)
            buf_printf(out, "\\u%04x", (unsigned char)text[i]);
        else
            buf_append(out, text + i, 1);
    }
    buf_append(out, "\"", 1);
}

void input_attribute_json(struct buf *out, const char *value)
{
    if (strchr(value, ';') == NULL) {
        input_json_text(out, value, strlen(value));
        return;
    }
    buf_append(out, "[", 1);
    for (const char *item = value; *item != '\0';) {
        size_t size = strcspn(item, ";");
        if (item != value)
            buf_append(out, ",", 1);
        input_json_text(out, item, size);
        item += size + (item[size] == ';');
    }
    buf_append(out, "]", 1);
}

void input_latest_date(char out[16])
{
    time_t tomorrow = time(NULL) + (time_t)24 * 60 * 60;
    struct tm day;
    gmtime_r(&tomorrow, &day);
    strftime(out, 16, "%Y-%m-%d", &day);
}
