/* How long certificates hold: the daemon's, one's own, and of those that vouch. */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "peernet/credentials.h"
#include "peernet/doctor.h"
#include "peernet/show.h"

#define SOON_DAYS 14

static void tell_days(struct doctor *d, const char *what, double days)
{
    struct buf line, left;
    buf_init(&line, 0);
    buf_init(&left, 0);
    show_duration(&left, d->cli->language, days > 0 ? days * 86400 : -days * 86400);
    TEXT_FILL(&line, d->cli->language, days > 0 ? TEXT_DOCTOR_HOLDS : TEXT_DOCTOR_ENDED, what,
              buf_string(&left));
    doctor_tell(d,
                days <= 0          ? DOCTOR_FAULT
                : days < SOON_DAYS ? DOCTOR_WARNING
                                   : DOCTOR_OK,
                "certificates", buf_string(&line),
                days < SOON_DAYS ? cli_text(d->cli, TEXT_MEND_CERTIFICATE) : NULL);
    buf_free(&line);
    buf_free(&left);
}

/* Of all in the file the one that ends first. */
static void check_file(struct doctor *d, const char *path)
{
    FILE *file = fopen(path, "re");
    X509 *one;
    int days, seconds;
    double least = 1e9;
    while (file != NULL && (one = PEM_read_X509(file, NULL, NULL, NULL)) != NULL) {
        if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(one)) == 1 &&
            days + seconds / 86400.0 < least)
            least = days + seconds / 86400.0;
        X509_free(one);
    }
    if (file != NULL)
        fclose(file);
    if (least < 1e9)
        tell_days(d, path, least);
    else
        doctor_say(d, DOCTOR_FAULT, "certificates", TEXT_DOCTOR_NO_CERTIFICATE, path, TEXT_MEND_CERTIFICATE);
}

static const char *own_certificate(const struct cli *cli, struct credentials *c)
{
    char usual[CREDENTIALS_PATH];
    struct err ignored = ERR_INIT;
    const char *path = cli->credentials[0] != '\0' ? cli->credentials : credentials_default(usual);
    return path[0] != '\0' && credentials_read(c, path, &ignored) == 0 ? c->certificate : "";
}

void doctor_certificates(struct doctor *d)
{
    struct cli *cli = d->cli;
    struct credentials c = {0};
    int64_t ends = cli->client == NULL ? 0 : client_certificate_ends(cli->client);
    if (ends != 0)
        tell_days(d, cli->address, difftime((time_t)ends, time(NULL)) / 86400);
    if (cli->ca[0] != '\0')
        check_file(d, cli->ca);
    if (strncmp(cli->address, "tls://", 6) == 0 && own_certificate(cli, &c)[0] != '\0')
        check_file(d, c.certificate);
    else if (ends == 0 && cli->ca[0] == '\0')
        doctor_say(d, DOCTOR_SKIPPED, "certificates", TEXT_DOCTOR_NO_TLS, cli->address, TEXT_NONE);
    credentials_forget(&c);
}
