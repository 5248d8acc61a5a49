#include "peernet/show.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

/* Decodes one character; 0 bytes when these are no UTF-8. */
static size_t decode(const unsigned char *s, size_t size, uint32_t *out)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC0 ? 2 : 0;
    if (n == 0 || n > size || s[0] > 0xF4)
        return 0;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    if (c < lowest[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *out = c;
    return n;
}

/* Controls; marks that turn the direction of text; spaces and joiners without width; line separators; tags.
 */
static bool is_deceptive(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

static void append_escape(struct buf *out, uint32_t c)
{
    if (c == '\n')
        buf_text(out, "\\n");
    else if (c == '\t')
        buf_text(out, "\\t");
    else if (c <= 0xFFFF)
        buf_printf(out, "\\u%04x", c);
    else /* as JSON has it: a pair of surrogates */
        buf_printf(out, "\\u%04x\\u%04x", 0xD800 + ((c - 0x10000) >> 10), 0xDC00 + ((c - 0x10000) & 0x3FF));
}

static void show_escaped(struct buf *out, const char *data, size_t size, bool keep_layout)
{
    const unsigned char *s = (const unsigned char *)data;
    for (size_t i = 0, n; i < size; i += n) {
        uint32_t c = 0;
        n = decode(s + i, size - i, &c);
        if (n == 0) {
            buf_printf(out, "\\x%02x", s[i]);
            n = 1;
        } else if (is_deceptive(c) && !(keep_layout && c == '\n')) {
            append_escape(out, c);
        } else {
            buf_append(out, s + i, n);
        }
    }
}

void show_bytes(struct buf *out, const char *data, size_t size)
{
    show_escaped(out, data, size, false);
}

void show_text(struct buf *out, const char *value)
{
    if (value != NULL)
        show_bytes(out, value, strlen(value));
}

void show_json(struct buf *out, const char *json, size_t size)
{
    show_escaped(out, json, size, true);
}

struct unit {
    double seconds;
    enum text one, many;
};

static const struct unit *unit_of(double seconds)
{
    static const struct unit units[] = {
        {365.25 * 86400, TEXT_YEAR, TEXT_YEARS},
        {30.44 * 86400, TEXT_MONTH, TEXT_MONTHS},
        {86400, TEXT_DAY, TEXT_DAYS},
        {3600, TEXT_HOUR, TEXT_HOURS},
        {60, TEXT_MINUTE, TEXT_MINUTES},
        {1, TEXT_SECOND, TEXT_SECONDS},
    };
    size_t last = sizeof units / sizeof units[0] - 1;
    for (size_t i = 0; i < last; i++)
        if (seconds >= (i == 1 ? 2 : 1) * units[i].seconds) /* under two months: in days */
            return &units[i];
    return &units[last];
}

void show_duration(struct buf *out, enum language language, double seconds)
{
    if (!(seconds >= 0))
        seconds = 0;
    if (seconds > 0 && seconds < 1) {
        buf_text(out, text(language, TEXT_UNDER_A_SECOND));
        return;
    }
    const struct unit *u = unit_of(seconds);
    show_counted(out, language, (int64_t)fmin(seconds / u->seconds, 1e15), u->one, u->many);
}

void show_ago(struct buf *out, enum language language, double seconds)
{
    if (!(seconds >= 2)) {
        buf_text(out, text(language, TEXT_JUST_NOW));
        return;
    }
    struct buf duration;
    buf_init(&duration, 0);
    show_duration(&duration, language, seconds);
    TEXT_FILL(out, language, TEXT_AGO, buf_string(&duration));
    buf_free(&duration);
}

/* A moment to come; clocks that differ a little make none. */
static void show_to_come(struct buf *out, enum language language, double seconds)
{
    struct buf duration;
    buf_init(&duration, 0);
    show_duration(&duration, language, seconds);
    TEXT_FILL(out, language, TEXT_TO_COME, buf_string(&duration));
    buf_free(&duration);
}

static bool parse_time(const char *iso, time_t *out)
{
    struct tm tm = {0};
    const char *end = iso == NULL ? NULL : strptime(iso, "%Y-%m-%dT%H:%M:%S", &tm);
    if (end == NULL)
        return false;
    if (end[0] == '.')
        end += 1 + strspn(end + 1, "0123456789");
    if (strcmp(end, "Z") != 0 && strcmp(end, "+00:00") != 0)
        return false;
    *out = timegm(&tm);
    return true;
}

void show_time_ago(struct buf *out, enum language language, const char *iso)
{
    time_t when;
    if (parse_time(iso, &when))
        show_ago(out, language, difftime(time(NULL), when));
    else
        show_text(out, iso);
}

bool show_moment(struct buf *out, const char *iso)
{
    time_t when;
    struct tm local;
    char shown[64];
    bool fine = parse_time(iso, &when) && localtime_r(&when, &local) != NULL &&
                strftime(shown, sizeof shown, "%Y-%m-%d %H:%M", &local) > 0;
    if (fine)
        buf_text(out, shown);
    else
        show_text(out, iso);
    return fine;
}

void show_time(struct buf *out, enum language language, const char *iso)
{
    time_t when;
    if (!show_moment(out, iso) || !parse_time(iso, &when))
        return;
    double age = difftime(time(NULL), when);
    buf_text(out, " (");
    if (age < -60)
        show_to_come(out, language, -age);
    else
        show_ago(out, language, age);
    buf_text(out, ")");
}

void show_due(struct buf *out, enum language language, const char *iso)
{
    time_t when;
    double left = parse_time(iso, &when) ? difftime(when, time(NULL)) : 0;
    if (!(left > 0 && left <= 60)) {
        show_time(out, language, iso);
        return;
    }
    show_moment(out, iso);
    buf_text(out, " (");
    show_to_come(out, language, left);
    buf_text(out, ")");
}

void show_decimal(struct buf *out, enum language language, double value, int digits)
{
    char number[400];
    snprintf(number, sizeof number, "%.*f", digits, value);
    char *point = strchr(number, '.');
    if (point != NULL && language == LANGUAGE_SV)
        *point = ',';
    buf_text(out, number);
}

void show_percent(struct buf *out, enum language language, double share)
{
    show_decimal(out, language, share * 100, 0);
    buf_text(out, language == LANGUAGE_SV ? "\u00a0%" : "%");
}

void show_count(struct buf *out, enum language language, int64_t value)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%lld", (long long)value);
    int sign = digits[0] == '-';
    bool grouped = n - sign > 4;
    for (int i = 0; i < n; i++) {
        if (grouped && i > sign && (n - i) % 3 == 0)
            buf_text(out, language == LANGUAGE_SV ? "\u00a0" : ",");
        buf_append(out, &digits[i], 1);
    }
}

void show_counted(struct buf *out, enum language language, int64_t value, enum text one, enum text many)
{
    show_count(out, language, value);
    buf_printf(out, " %s", text(language, value == 1 ? one : many));
}

/* As many decimals as it has, at most four. */
static void show_real(struct buf *out, enum language language, double value)
{
    int digits = 0;
    while (digits < 4 && fabs(value * pow(10, digits) - round(value * pow(10, digits))) > 1e-9)
        digits++;
    show_decimal(out, language, value, digits);
}

static void show_list(struct buf *out, enum language language, const json_t *list)
{
    size_t i;
    json_t *element;
    json_array_foreach(list, i, element)
    {
        buf_text(out, i > 0 ? ", " : "");
        show_value(out, language, element);
    }
}

static void show_pairs(struct buf *out, enum language language, const json_t *map)
{
    const char *separator = "";
    for (void *at = json_object_iter((json_t *)map); at != NULL;
         at = json_object_iter_next((json_t *)map, at)) {
        buf_text(out, separator);
        show_text(out, json_object_iter_key(at));
        buf_text(out, "=");
        show_value(out, language, json_object_iter_value(at));
        separator = ", ";
    }
}

void show_value(struct buf *out, enum language language, const json_t *value)
{
    if (json_is_string(value))
        show_bytes(out, json_string_value(value), json_string_length(value));
    else if (json_is_boolean(value))
        buf_text(out, text(language, json_is_true(value) ? TEXT_YES : TEXT_NO));
    else if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        show_real(out, language, json_real_value(value));
    else if (json_is_array(value))
        show_list(out, language, value);
    else if (json_is_object(value))
        show_pairs(out, language, value);
}

/* Bytes and columns of the character at the front; a byte that is no UTF-8 counts as one of each. */
static size_t measure(const char *value, size_t size, int *columns)
{
    uint32_t c = 0;
    size_t n = decode((const unsigned char *)value, size, &c);
    *columns = n == 0 ? 1 : wcwidth((wchar_t)c);
    if (*columns < 0)
        *columns = 1;
    return n == 0 ? 1 : n;
}

int show_width(const char *value, size_t size)
{
    int width = 0, columns;
    for (size_t i = 0; i < size; width += columns)
        i += measure(value + i, size - i, &columns);
    return width;
}

size_t show_fitting(const char *value, int width)
{
    size_t at = 0, size = strlen(value);
    while (at < size) {
        int columns;
        size_t n = measure(value + at, size - at, &columns);
        if (columns > width)
            break;
        width -= columns;
        at += n;
    }
    return at;
}

void show_wrapped(struct buf *out, const char *value, int width, int indent)
{
    int column = 0;
    while (*value != '\0') {
        size_t size = strcspn(value, " ");
        int columns = show_width(value, size);
        if (column > 0 && width > 0 && column + 1 + columns > width) {
            buf_text(out, "\n");
            column = 0;
        }
        if (column == 0) {
            buf_printf(out, "%*s", indent, "");
            column = indent;
        } else if (size > 0) {
            buf_text(out, " ");
            column++;
        }
        buf_append(out, value, size);
        column += columns;
        value += size + strspn(value + size, " ");
    }
    buf_text(out, "\n");
}
