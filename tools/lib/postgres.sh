# shellcheck shell=sh
# postgres.sh - a private PostgreSQL server in a folder, for tools/run and the tests; sourced, not run.
#
# A "place" is a folder of the user that the server runs as: data/ (the cluster), log, and, where its name is short
# enough, the socket. No TCP; trust on that socket only, in a folder that nobody else can enter. PostgreSQL refuses
# to run as root, so root runs it as the user postgres that Debian's package makes.

# Programs of the newest PostgreSQL that is installed.
pg_bin() {
    for folder in /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] && pg_bin_found=$folder
    done
    [ -n "${pg_bin_found:-}" ] || {
        echo "peernet: no PostgreSQL server in /usr/lib/postgresql; install it: apt-get install postgresql-15" >&2
        return 1
    }
    echo "$pg_bin_found"
}

# Runs a command as the user that the server runs as, in a folder that every user can enter.
pg_as() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/ "$@")
    else
        (cd / && exec "$@")
    fi
}

# Makes FOLDER the server user's own.
pg_own() {
    chmod 700 "$1"
    [ "$(id -u)" != 0 ] || chown postgres: "$1"
}

# pg_short_folder PARENT: a new folder there, /tmp or as short: the names of sockets are limited to 107 bytes.
pg_short_folder() {
    folder=$(mktemp -d "$1/peernet-pg.XXXXXX") && pg_own "$folder" && echo "$folder"
}

# The cluster's files, in PLACE/data. The superuser is always called postgres.
pg_init() {
    pg_as "$(pg_bin)/initdb" -D "$1/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync \
        >"$1/initdb.log" 2>&1 || {
        echo "peernet: initdb in $1/data failed:" >&2
        tail -n 5 "$1/initdb.log" >&2
        return 1
    }
}

# Prints the server's process id when the server of PLACE runs. The command line is compared too: after a crash
# the id in postmaster.pid may be another program's by now.
pg_pid() {
    [ -r "$1/data/postmaster.pid" ] || return 1
    read -r pid <"$1/data/postmaster.pid" || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "-D $1/data " || return 1
    echo "$pid"
}

# pg_up PLACE SOCKET-FOLDER [SETTING=VALUE...]: starts the server and waits until it answers.
pg_up() {
    place=$1 socket=$2
    shift 2
    options="-c listen_addresses='' -c unix_socket_directories='$socket' -c unix_socket_permissions=0700"
    for setting; do
        options="$options -c $setting"
    done
    # A server that was killed leaves its locks; in a container its process may stay behind as a zombie that the
    # locks' own check takes for alive.
    pg_pid "$place" >/dev/null ||
        rm -f "$place/data/postmaster.pid" "$socket/.s.PGSQL.5432" "$socket/.s.PGSQL.5432.lock"
    pg_as "$(pg_bin)/pg_ctl" -D "$place/data" -l "$place/log" -o "$options" -w -t 60 -s start </dev/null >/dev/null || {
        echo "peernet: PostgreSQL did not start; the end of $place/log:" >&2
        tail -n 10 "$place/log" >&2
        return 1
    }
}

# pg_down PLACE [fast|immediate]: stops the server of PLACE if it runs; the data stays.
pg_down() {
    pg_pid "$1" >/dev/null || return 0
    pg_as "$(pg_bin)/pg_ctl" -D "$1/data" -m "${2:-fast}" -w -t 60 -s stop
}

# Ends the server of PLACE and its children as a power failure would.
pg_kill() {
    pid=$(pg_pid "$1") || return 0
    children=$(ps -o pid= --ppid "$pid" || true)
    # shellcheck disable=SC2086 # a list of numbers
    kill -9 "$pid" $children 2>/dev/null || true
    for process in $pid $children; do
        while [ -d "/proc/$process" ] && ! grep -q '^State:.Z' "/proc/$process/status" 2>/dev/null; do
            sleep 0.02
        done
    done
}
