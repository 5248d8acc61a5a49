#include "regroup/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/graph.h"

/* Collects small pieces, so that the hash is fed in large ones. */
struct sink {
    EVP_MD_CTX *hash;
    bool failed;
    size_t used;
    unsigned char bytes[8192];
};

static void flush(struct sink *s)
{
    s->failed = s->failed || EVP_DigestUpdate(s->hash, s->bytes, s->used) != 1;
    s->used = 0;
}

static void add_bytes(struct sink *s, const void *bytes, size_t size)
{
    if (size > sizeof s->bytes - s->used)
        flush(s);
    if (size > sizeof s->bytes) {
        s->failed = s->failed || EVP_DigestUpdate(s->hash, bytes, size) != 1;
        return;
    }
    memcpy(s->bytes + s->used, bytes, size);
    s->used += size;
}

/* Lengths go in front, so that no two different lists of texts look alike. */
static void add_text(struct sink *s, const char *text)
{
    uint64_t n = strlen(text);
    add_bytes(s, &n, sizeof n);
    add_bytes(s, text, n);
}

static void add_number(struct sink *s, int64_t n)
{
    add_bytes(s, &n, sizeof n);
}

static void add_organizers(struct sink *s, const struct population *p)
{
    add_number(s, p->n_organizers);
    for (uint32_t i = 0; i < p->n_organizers; i++) {
        const struct organizer *o = &p->organizers[i];
        add_text(s, o->id);
        add_text(s, o->name);
        add_text(s, o->municipality);
        add_text(s, o->county);
        add_text(s, o->attributes);
        /* Micro-degrees: a tenth of a metre; and NAN has many bit patterns. */
        add_number(s, o->lat == o->lat ? (int64_t)(o->lat * 1e6) : INT64_MAX);
        add_number(s, o->lon == o->lon ? (int64_t)(o->lon * 1e6) : INT64_MAX);
        add_number(s, o->pupils);
        add_number(s, (int64_t)o->kind);
    }
}

static void add_challenges(struct sink *s, const struct population *p)
{
    add_number(s, p->n_challenges);
    for (uint32_t i = 0; i < p->n_challenges; i++) {
        const struct challenge *c = &p->challenges[i];
        add_text(s, c->code);
        add_text(s, c->label_sv);
        add_text(s, c->label_en);
        add_text(s, p->categories[c->category]);
    }
}

/* A report dated after today counts as today's. */
static void add_reports(struct sink *s, const struct population *p, int32_t today)
{
    add_number(s, (int64_t)p->n_reports);
    for (size_t i = 0; i < p->n_reports; i++) {
        const struct report *r = &p->reports[i];
        uint32_t row[4] = {r->organizer, r->challenge, (uint32_t)(r->day < today ? r->day : today),
                           r->severity};
        add_bytes(s, row, sizeof row);
    }
}

static void add_pins(struct sink *s, const struct inputs *in)
{
    add_number(s, in->n_pins);
    for (uint32_t i = 0; i < in->n_pins; i++) {
        add_number(s, (int64_t)in->pins[i].type);
        add_number(s, in->pins[i].n_organizers);
        for (uint32_t k = 0; k < in->pins[i].n_organizers; k++)
            add_text(s, in->pins[i].organizers[k]);
        if (in->pins[i].network != 0)
            add_number(s, -(int64_t)in->pins[i].network);
    }
}

static void finish(struct sink *s, char out[DIGEST_SIZE])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    flush(s);
    s->failed = s->failed || EVP_DigestFinal_ex(s->hash, hash, NULL) != 1;
    for (int i = 0; !s->failed && i < (DIGEST_SIZE - 1) / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

int digest_build(const struct inputs *in, int64_t seed, char out[DIGEST_SIZE], struct err *e)
{
    struct sink *s = calloc(1, sizeof *s);
    char *settings = settings_for_digest(&in->settings);
    if (s != NULL)
        s->hash = EVP_MD_CTX_new();
    int code = ERR_OK;
    if (s == NULL || settings == NULL || s->hash == NULL) {
        code = err_memory(e, "the digest of the inputs");
    } else {
        s->failed = EVP_DigestInit_ex(s->hash, EVP_blake2b512(), NULL) != 1;
        add_text(s, PEERNET_VERSION);
        add_text(s, graph_version());
        add_text(s, settings);
        add_number(s, seed);
        add_organizers(s, &in->population);
        add_challenges(s, &in->population);
        add_reports(s, &in->population, in->today);
        add_pins(s, in);
        finish(s, out);
        if (s->failed)
            code = err_set(e, ERR_INTERNAL, "the digest of the inputs could not be computed");
    }
    if (s != NULL)
        EVP_MD_CTX_free(s->hash);
    free(settings);
    free(s);
    return code;
}
