/* frame.h - where a MessagePack value ends, found before anything is allocated for it.
 *
 * The scan looks at each byte once, however slowly bytes arrive, and keeps its place in a small struct. It
 * refuses what is over a limit or can no longer fit under one: a declared length or count is held against the
 * bytes that the limit leaves, so five bytes can never announce a gigabyte. It also refuses invalid UTF-8 in
 * str, ext types and 0xc1, and a top that is not an array: no message of MessagePack-RPC holds those. Only
 * what it calls whole may reach msgpack-c.
 *
 * Owner: the struct is the caller's, any memory. Not shared between threads. No allocation, no I/O. */
#ifndef PEERNET_PROTO_FRAME_H
#define PEERNET_PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_DEPTH_MAX 32 /* the highest depth that may be asked for: msgpack-c unpacks no deeper */

struct frame_limits {
    size_t bytes;      /* of one frame */
    uint32_t depth;    /* arrays and maps inside each other, the top array counted; at most FRAME_DEPTH_MAX */
    uint32_t elements; /* values in the frame at any depth, keys counted */
};

/* 1 MiB, 32 deep, 65536 elements: the daemon's defaults for requests. */
void frame_limits_default(struct frame_limits *limits);

enum frame_answer {
    FRAME_MORE,  /* all fine so far, not complete */
    FRAME_WHOLE, /* complete: frame_scan.at is its size */
    FRAME_BAD    /* refused: frame_scan.reason says why, naming limit and value; stays so */
};

enum frame_limit { FRAME_NO_LIMIT, FRAME_BYTES, FRAME_DEPTH, FRAME_ELEMENTS };

struct frame_scan {
    struct frame_limits limits;
    size_t at;                      /* bytes of this frame looked at so far */
    uint64_t outstanding;           /* values announced and not yet begun, on all levels */
    uint64_t body_left;             /* bytes of the present str, bin or number still to come */
    uint64_t declared;              /* length or count being read, big end first */
    uint32_t elements;              /* announced so far */
    uint32_t level;                 /* open arrays and maps */
    uint32_t left[FRAME_DEPTH_MAX]; /* values still to begin on each level */
    uint8_t tag;                    /* the header byte whose length is being read */
    uint8_t length_left;            /* bytes of that length still to come */
    bool in_text;                   /* the body is a str: its bytes are checked */
    uint8_t utf8_left;              /* continuation bytes due */
    uint8_t utf8_low, utf8_high;    /* what the next of them may be */
    enum frame_answer answer;
    enum frame_limit broke; /* when it was refused for that */
    char reason[160];
};

/* Starts a frame. The limits are copied; a depth above FRAME_DEPTH_MAX counts as that. */
void frame_begin(struct frame_scan *scan, const struct frame_limits *limits);

/* `data` is the frame from its first byte and `size` all of it that is there: looks at what came since the
 * last call and never past the frame's end. After FRAME_WHOLE begin anew with the bytes behind. */
enum frame_answer frame_scan(struct frame_scan *scan, const uint8_t *data, size_t size);

/* The same in one go for a frame that is there whole and breaks no rule, as most are: its size. 0: it is not
 * so, and frame_scan says what it is. */
size_t frame_quick(const struct frame_limits *limits, const uint8_t *data, size_t size);
/* Likewise where only the end is wanted, of a frame that nobody will unpack: texts are not looked at. For
 * programs that count answers (tests/bench/load); no part of the service calls it. */
size_t frame_skip(const struct frame_limits *limits, const uint8_t *data, size_t size);

#endif
