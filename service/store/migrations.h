/* migrations.h - the files of sql/ as they were when this program was built: sql/embed.cmake writes the
 * definitions. Constant data, any thread. */
#ifndef PEERNET_STORE_MIGRATIONS_H
#define PEERNET_STORE_MIGRATIONS_H

struct migration {
    int number;           /* 1, 2, ... without a gap */
    const char *name;     /* "schema" of 001_schema.sql */
    const char *checksum; /* SHA-256 of the file, 64 hex digits */
    const char *sql;
};

extern const struct migration migrations[];
extern const int migration_count;

/* sql/roles.sql: the three groups; may be run again and again. */
extern const char migration_roles[];

#endif
