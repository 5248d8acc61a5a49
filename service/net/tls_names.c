#include "net/tls_names.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 2048
#define NAMES_MAX 10000

static int wrong(const char *path, unsigned line, const char *why, struct err *e)
{
    return err_set(e, ERR_INVALID,
                   "%s:%u: %s; a line is a role (reader, reporter, operator, admin), blanks, and a name that "
                   "begins with dns:, uri:, email: or subject:",
                   path, line, why);
}

static bool has_known_kind(const char *name)
{
    static const char *const kinds[] = {"dns:", "uri:", "email:", "subject:"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0 && name[strlen(kinds[i])] != '\0')
            return true;
    return false;
}

static int add(struct tls_names *names, const char *name, enum role role, struct err *e)
{
    struct tls_name *list = realloc(names->list, (names->n + 1) * sizeof *list);
    if (list == NULL)
        return err_memory(e, "names of certificates");
    names->list = list;
    list[names->n] = (struct tls_name){strdup(name), role};
    return list[names->n++].name != NULL ? 0 : err_memory(e, "names of certificates");
}

/* "ROLE NAME", or nothing, or a comment. */
static int take_line(struct tls_names *names, char *line, const char *path, unsigned number, struct err *e)
{
    size_t size = strcspn(line, "\r\n");
    while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t'))
        size--;
    line[size] = '\0';
    char *at = line + strspn(line, " \t");
    if (*at == '\0' || *at == '#')
        return 0;
    size_t length = strcspn(at, " \t");
    int role = role_parse(at, length);
    const char *name = at + length + strspn(at + length, " \t");
    if (role <= ROLE_NONE)
        return wrong(path, number, "there is no such role", e);
    if (!has_known_kind(name))
        return wrong(path, number, "there is no such kind of name", e);
    if (names->n >= NAMES_MAX)
        return wrong(path, number, "there are too many", e);
    return add(names, name, (enum role)role, e);
}

int tls_names_read(struct tls_names *names, const char *path, struct err *e)
{
    char line[LINE_SIZE];
    int code = 0;
    *names = (struct tls_names){0};
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    for (unsigned number = 1; code == 0 && fgets(line, sizeof line, file) != NULL; number++) {
        if (strchr(line, '\n') == NULL && !feof(file))
            code = wrong(path, number, "it is too long", e);
        else
            code = take_line(names, line, path, number, e);
    }
    if (code == 0 && ferror(file))
        code = err_set(e, ERR_IO, "%s: cannot be read", path);
    fclose(file);
    return code;
}

void tls_names_free(struct tls_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->list[i].name);
    free(names->list);
    *names = (struct tls_names){0};
}

/* What a certificate is called, one after the other, is held against one line. A name with a NUL in it fits
 * none, since lengths are compared too. */
static bool has_alternative(GENERAL_NAMES *alternatives, const char *name)
{
    static const struct {
        const char *kind;
        int type;
    } kinds[] = {{"dns:", GEN_DNS}, {"uri:", GEN_URI}, {"email:", GEN_EMAIL}};
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); i++) {
        int type;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(alternatives, i), &type);
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            size_t prefix = strlen(kinds[k].kind);
            if (type == kinds[k].type && strncmp(name, kinds[k].kind, prefix) == 0 &&
                (size_t)ASN1_STRING_length(value) == strlen(name + prefix) &&
                memcmp(ASN1_STRING_get0_data(value), name + prefix, strlen(name + prefix)) == 0)
                return true;
        }
    }
    return false;
}

static bool has_subject(const char *subject, size_t size, const char *name)
{
    static const char kind[] = "subject:";
    return strncmp(name, kind, strlen(kind)) == 0 && strlen(name + strlen(kind)) == size &&
           memcmp(subject, name + strlen(kind), size) == 0;
}

static const struct tls_name *match(const struct tls_names *names, GENERAL_NAMES *alternatives, BIO *subject)
{
    char *text;
    long size = BIO_get_mem_data(subject, &text);
    for (size_t i = 0; i < names->n; i++)
        if (has_alternative(alternatives, names->list[i].name) ||
            has_subject(text, (size_t)size, names->list[i].name))
            return &names->list[i];
    return NULL;
}

const struct tls_name *tls_names_match(const struct tls_names *names, X509 *certificate)
{
    BIO *subject = BIO_new(BIO_s_mem());
    GENERAL_NAMES *alternatives = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    const struct tls_name *found = NULL;
    if (subject != NULL && X509_NAME_print_ex(subject, X509_get_subject_name(certificate), 0,
                                              XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        found = match(names, alternatives, subject);
    GENERAL_NAMES_free(alternatives);
    BIO_free(subject);
    return found;
}
