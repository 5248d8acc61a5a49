#include "peernet/cli.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/client/peernet/client.h"
#include "peernet/credentials.h"
#include "peernet/fields.h"
#include "peernet/json.h"
#include "peernet/json_csv.h"
#include "peernet/phrase.h"
#include "peernet/show.h"
#include "proto/error.h"

/* What is printed is UTF-8, whatever the locale says or whether it is installed; widths are counted by it. */
static void use_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

bool cli_wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return (no == NULL || no[0] == '\0') && term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

void cli_init(struct cli *cli)
{
    const char *address = getenv("PEERNET_ADDRESS");
    use_utf8();
    *cli = (struct cli){.language = language_of_environment(), .terminal = isatty(STDOUT_FILENO)};
    cli->colour = cli->terminal && cli_wants_colour();
    cli->width = cli->terminal ? terminal_width() : 0;
    cli->credentials = environment("PEERNET_CREDENTIALS");
    cli->ca = environment("PEERNET_CA");
    cli->address = address != NULL && address[0] != '\0' ? address : PEERNET_ADDRESS_DEFAULT;
    client_limits_default(&cli->limits);
    buf_init(&cli->out, 0);
}

void cli_free(struct cli *cli)
{
    client_close(cli->client);
    buf_free(&cli->out);
}

int cli_exit_code(const struct err *e)
{
    switch (e->code) {
    case ERR_OK:
        return EXIT_FINE;
    case ERR_DENIED:
        return EXIT_DENIED;
    case ERR_UNAVAILABLE:
        return EXIT_UNREACHABLE;
    default:
        return EXIT_FAILED;
    }
}

static void tell(const struct cli *cli, const char *message)
{
    const char *name = isatty(STDERR_FILENO) && cli->colour ? "\033[1mpeernet:\033[0m" : "peernet:";
    fprintf(stderr, "%s %s\n", name, message);
}

int cli_fail(struct cli *cli, const struct err *e)
{
    struct buf message, words;
    buf_init(&message, 0);
    buf_init(&words, 0);
    phrase_say(&words, cli->language, e->text);
    show_text(&message, buf_string(&words));
    tell(cli, buf_string(&message));
    buf_free(&message);
    buf_free(&words);
    return cli_exit_code(e);
}

int cli_fail_coded(struct cli *cli, const struct err *e)
{
    struct buf message;
    buf_init(&message, 0);
    show_text(&message, e->text);
    buf_printf(&message, " (%s)", error_wire_name(e->code));
    tell(cli, buf_string(&message));
    buf_free(&message);
    return cli_exit_code(e);
}

int cli_usage(struct cli *cli, const char *message)
{
    tell(cli, message);
    return EXIT_USAGE;
}

void cli_note(struct cli *cli, const char *message)
{
    (void)cli;
    fprintf(stderr, "%s\n", message);
}

int cli_flush(struct cli *cli, int code)
{
    struct err e = ERR_INIT;
    if (buf_failed(&cli->out))
        err_memory(&e, "the output");
    else if (cli->out.size > 0 && fwrite(cli->out.data, 1, cli->out.size, stdout) != cli->out.size)
        errno = errno != 0 ? errno : EIO;
    if (e.code == ERR_OK && (fflush(stdout) != 0 || ferror(stdout))) {
        struct buf message;
        buf_init(&message, 0);
        TEXT_FILL(&message, cli->language, TEXT_CANNOT_WRITE, strerror(errno));
        err_set(&e, ERR_IO, "%s", buf_string(&message));
        buf_free(&message);
    }
    buf_clear(&cli->out);
    return e.code == ERR_OK ? code : cli_fail(cli, &e);
}

/* Without tls:// where that may be spoken, which ends a connection that does not; or with it where it is not.
 */
static bool may_be_tls(const struct cli *cli, const struct err *e)
{
    bool closed = strstr(e->text, "0x15 came") != NULL || strstr(e->text, "the daemon closed it") != NULL;
    return closed && strncmp(cli->address, "tls://", 6) != 0 && strchr(cli->address, '/') == NULL;
}

static bool is_plain_there(const struct cli *cli, const struct err *e)
{
    return strncmp(cli->address, "tls://", 6) == 0 && strncmp(e->text, "no TLS with", 11) == 0;
}

static int nobody_there(struct cli *cli, const struct err *why)
{
    struct buf message, words;
    buf_init(&message, 0);
    buf_init(&words, 0);
    phrase_say(&words, cli->language, why->text);
    if (is_plain_there(cli, why)) {
        TEXT_FILL(&message, cli->language, TEXT_PLAIN_SERVER, cli->address + 6, buf_string(&words));
    } else {
        TEXT_FILL(&message, cli->language, TEXT_NOBODY_THERE, cli->address, buf_string(&words));
        buf_printf(&message, "\n%s", cli_text(cli, TEXT_HOW_TO_START));
    }
    buf_free(&words);
    tell(cli, buf_string(&message));
    buf_free(&message);
    return EXIT_UNREACHABLE;
}

/* Somebody is there who speaks no MessagePack-RPC, hangs up on it or is silent: no peernetd, or not its port.
 */
static int tell_foreign(const struct cli *cli, enum text text, struct err *e)
{
    struct buf message, why;
    buf_init(&message, 0);
    buf_init(&why, 0);
    buf_text(&why, e->text);
    TEXT_FILL(&message, cli->language, may_be_tls(cli, e) ? TEXT_TLS_SERVER : text, cli->address,
              buf_string(&why));
    err_set(e, ERR_UNAVAILABLE, "%s", buf_string(&message));
    buf_free(&message);
    buf_free(&why);
    return (int)e->code;
}

/* In which language texts shall come. A server that knows no hello is asked all the same, but not where one
 * has to log in. */
static int say_hello(struct cli *cli, const struct credentials *c, struct err *e)
{
    int failed = client_hello(cli->client, language_name(cli->language), c->token, e);
    bool hung_up = failed == ERR_UNAVAILABLE && strncmp(e->text, "the connection was lost", 23) == 0;
    bool garbled = failed == ERR_INTERNAL || failed == ERR_IO; /* one code on the wire, and in the library */
    if ((garbled || hung_up) && !client_refused(cli->client))
        return tell_foreign(cli, TEXT_FOREIGN_SERVER, e);
    if (failed == ERR_UNAVAILABLE && strncmp(e->text, "no answer to hello", 18) == 0)
        return tell_foreign(cli, TEXT_SILENT_SERVER, e);
    if (c->token[0] != '\0' && failed != 0)
        return failed;
    return failed == ERR_UNAVAILABLE || failed == ERR_MEMORY || failed == ERR_CANCELLED ? failed : 0;
}

/* Those that were named; else, for another machine, the usual ones where there are any. */
static int read_credentials(const struct cli *cli, struct credentials *c, struct err *e)
{
    char usual[CREDENTIALS_PATH];
    struct err absent = ERR_INIT;
    *c = (struct credentials){0};
    if (cli->credentials[0] != '\0')
        return credentials_read(c, cli->credentials, e);
    if (strncmp(cli->address, "tls://", 6) != 0 || credentials_default(usual)[0] == '\0')
        return 0;
    if (credentials_read(c, usual, &absent) == 0 || absent.code == ERR_NOT_FOUND)
        return 0;
    *e = absent;
    return (int)e->code;
}

/* 0; or with *unreachable set when nobody is there at all. */
static int open_client(struct cli *cli, bool *unreachable, struct err *e)
{
    struct credentials c;
    *unreachable = false;
    if (cli->client != NULL)
        return 0;
    if (read_credentials(cli, &c, e) != 0)
        return (int)e->code;
    struct client_trust trust = {.ca = cli->ca, .certificate = c.certificate, .key = c.key};
    int failed = client_open(&cli->client, cli->address, &trust, &cli->limits, e);
    *unreachable = failed == ERR_UNAVAILABLE;
    if (failed == 0)
        failed = say_hello(cli, &c, e);
    credentials_forget(&c);
    return failed;
}

int cli_sentence_width(const struct cli *cli)
{
    return cli->width == 0 || cli->width > 100 ? 100 : cli->width;
}

bool cli_is_narrow(const struct cli *cli)
{
    return cli->width > 0 && cli->width < CLI_WIDE;
}

int cli_open(struct cli *cli, struct err *e)
{
    bool unreachable;
    return open_client(cli, &unreachable, e);
}

int cli_connect(struct cli *cli)
{
    struct err e = ERR_INIT;
    bool unreachable;
    if (open_client(cli, &unreachable, &e) == 0)
        return 0;
    if (unreachable)
        return nobody_there(cli, &e);
    int code = cli_fail(cli, &e);
    return e.code == ERR_INVALID ? EXIT_USAGE : code;
}

int cli_try(struct cli *cli, const char *method, const json_t *params, json_t **result, struct err *e)
{
    return client_call(cli->client, method, params, result, e);
}

/* What has no phrase is English: whoever has another language is told at least of which kind it is. */
static const char *code_word(const struct cli *cli, enum err_code code)
{
    static const char *const words[] = {
        [ERR_INVALID] = "fel i det som angavs: ",   [ERR_NOT_FOUND] = "finns inte: ",
        [ERR_LIMIT] = "en gräns är nådd: ",         [ERR_BUSY] = "upptaget, försök igen: ",
        [ERR_STALE] = "inte längre aktuellt: ",     [ERR_DENIED] = "inte tillåtet: ",
        [ERR_UNAVAILABLE] = "databasen är borta: ", [ERR_CANCELLED] = "avbrutet: ",
        [ERR_MEMORY] = "slut på minne: ",           [ERR_IO] = "fel i tjänsten: ",
        [ERR_INTERNAL] = "fel i tjänsten: "};
    bool known = code > ERR_OK && (size_t)code < sizeof words / sizeof words[0] && words[code] != NULL;
    return cli->language == LANGUAGE_SV && known ? words[code] : "";
}

int cli_refused(struct cli *cli, const struct err *e)
{
    struct err told = *e;
    bool refused = cli->client != NULL && client_refused(cli->client);
    if (refused && (cli->json || cli->wire))
        return cli_fail_coded(cli, e);
    if (refused && !phrase_known(e->text))
        err_set(&told, e->code, "%s%.900s", code_word(cli, e->code), e->text);
    return cli_fail(cli, &told);
}

int cli_call(struct cli *cli, const char *method, const json_t *params, json_t **result)
{
    struct err e = ERR_INIT;
    *result = NULL;
    int code = cli_connect(cli);
    if (code != 0 || cli_try(cli, method, params, result, &e) == 0)
        return code;
    return cli_refused(cli, &e);
}

int cli_print_json(struct cli *cli, json_t *result)
{
    struct err e = ERR_INIT;
    json_t *picked = cli->fields == NULL ? json_incref(result) : fields_pick(result, cli->fields, &e);
    int failed = picked == NULL ? (int)e.code
                 : cli->csv     ? json_csv_write(&cli->out, picked, cli->list, cli->fields, cli->columns, &e)
                                : json_write(&cli->out, picked, &e);
    json_decref(picked);
    json_decref(result);
    return failed == 0 ? EXIT_FINE : cli_fail(cli, &e);
}

const char *cli_text(const struct cli *cli, enum text id)
{
    return text(cli->language, id);
}

const char *cli_bold(const struct cli *cli)
{
    return cli->colour ? "\033[1m" : "";
}

const char *cli_dim(const struct cli *cli)
{
    return cli->colour ? "\033[2m" : "";
}

const char *cli_plain(const struct cli *cli)
{
    return cli->colour ? "\033[0m" : "";
}

#define FIELD_WIDTH 18

void cli_field(struct cli *cli, enum text name, const char *value)
{
    const char *shown = cli_text(cli, name);
    int pad = FIELD_WIDTH - show_width(shown, strlen(shown));
    struct buf wrapped;
    buf_init(&wrapped, 0);
    show_wrapped(&wrapped, value, cli->width, FIELD_WIDTH);
    buf_printf(&cli->out, "%s%s%s%*s%s", cli_bold(cli), shown, cli_plain(cli), pad > 0 ? pad : 1, "",
               wrapped.size > FIELD_WIDTH ? buf_string(&wrapped) + FIELD_WIDTH : "\n");
    buf_free(&wrapped);
}

void cli_hint(struct cli *cli, const char *format, ...)
{
    char hint[512];
    va_list args;
    if (!cli->terminal)
        return;
    va_start(args, format);
    vsnprintf(hint, sizeof hint, format, args);
    va_end(args);
    buf_printf(&cli->out, "%s%s%s\n", cli_dim(cli), hint, cli_plain(cli));
}
