/* protocol_doc.h - the sections of PROTOCOL.md that are made from the tables and from examples.json, whose
 * bytes come from the real encoder. For the program protocol_doc only. One thread. */
#ifndef PEERNET_PROTO_PROTOCOL_DOC_H
#define PEERNET_PROTO_PROTOCOL_DOC_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes the section of that name ("envelopes", "errors", "methods", "notifications"). `examples`: the
 * document examples.json. ERR_NOT_FOUND for another name; ERR_INVALID where an example does not keep to the
 * table. */
int section_write(const char *name, const json_t *examples, struct buf *out, struct err *e);

#endif
