/* sql_time.h - how the daemon's queries ask for a moment: text as ISO 8601 has it, in UTC, which goes to
 * clients as it is. */
#ifndef PEERNET_DAEMON_SQL_TIME_H
#define PEERNET_DAEMON_SQL_TIME_H

#define AS_TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

#endif
