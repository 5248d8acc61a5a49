/* pin_offer.h - a rule that somebody is about to set: whether it contradicts others and what it costs is
 * found by a thread (thread_job.h); then the database sets it, unless it was only asked about. Who goes
 * before that has set nothing. Owner: itself from pin_offer_start on. Loop thread only, but for the weighing.
 */
#ifndef PEERNET_NET_PIN_OFFER_H
#define PEERNET_NET_PIN_OFFER_H

#include "core/pins/pin_price.h"
#include "net/login.h"
#include "net/thread_job.h"

struct pin_offer;
/* All fields of the result but the last, the pin's number. */
typedef void (*pin_offer_encoder)(struct buf *out, const struct pin_offer *o);

struct pin_offer {
    struct thread_job job;
    struct snapshot_pin pin;             /* number 0; texts and lists in `memory` or the snapshot's */
    uint64_t base;                       /* the published run that it rests on; 0 = none is published */
    const struct snapshot_network *lock; /* it is no pin, but the lock of this network; else NULL */
    bool has_version;                    /* of a lock: that it rests on one */
    uint64_t version;
    bool dry_run;
    pin_offer_encoder encode; /* NULL: the database's answer is all of it */
    struct pin_price price;
    /* Once it is weighed, by the thread that did: why it is refused all the same; NULL = it never is. */
    int (*refuse)(const struct pin_offer *o, bool binds, struct err *e);

    /* Has the database set it, once it is weighed; ask.h. */
    void (*set)(struct pin_offer *o);

    struct arena memory;
    char who[LOGIN_WHO], origin[CONN_PEER];
};

/* Finds the programme. NULL with *e filled; what was opened is dropped or started. */
struct pin_offer *pin_offer_open(struct call *call, const struct argument *programme, struct err *e);
void pin_offer_drop(struct pin_offer *o);

/* "why" and "until" of a request, a day that is not over. */
int pin_offer_words(struct pin_offer *o, const struct argument *why, const struct argument *until,
                    struct err *e);
/* Its organizers by id, each once, `least` of them or more. */
int pin_offer_organizers(struct pin_offer *o, const msgpack_object *list, size_t least, struct err *e);

/* HANDLER_LATER; else *e says why not, and it is dropped. */
int pin_offer_start(struct pin_offer *o, struct call *call, struct err *e);

/* "cost", nil where it is not known, and "moves": [{organizer, from, to}]. */
void encode_pin_price(struct buf *out, const struct pin_offer *o);
/* "run" and "age_s". */
void encode_pin_base(struct buf *out, const struct pin_offer *o);

#endif
