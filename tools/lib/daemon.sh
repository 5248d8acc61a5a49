# shellcheck shell=sh disable=SC2154 # its variables are those of tools/run
# daemon.sh - starts and stops the peernetd of tools/run; sourced, not run. Uses its var, build, port, socket and say.
# var/peernetd holds pid, port and log.

# Prints the process id when the daemon that tools/run started runs.
daemon_pid() {
    [ -s "$var/peernetd/pid" ] || return 1
    read -r pid <"$var/peernetd/pid"
    case $(readlink "/proc/$pid/exe" 2>/dev/null) in
    "$build/service/daemon/peernetd"*) echo "$pid" ;;
    *) return 1 ;;
    esac
}

# Whether it is the program as it is built now, on the port that is asked for.
daemon_is_current() {
    [ "$(readlink "/proc/$1/exe")" = "$build/service/daemon/peernetd" ] &&
        [ "$(cat "$var/peernetd/port" 2>/dev/null)" = "$port" ]
}

# Whether some process listens on the port; state 0A is LISTEN.
port_is_taken() {
    hex=$(printf ':%04X' "$port")
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$hex" '$4 == "0A" && substr($2, length($2) - 4) == port {found = 1} END {exit !found}'
}

# Before anything is begun: what is wrong with the port is known at once.
check_port() {
    case $port in
    '' | 0* | *[!0-9]* | ??????*) ;;
    *) [ "$port" -gt 65535 ] || return 0 ;;
    esac
    echo "tools/run: PEERNET_PORT is \"$port\"; a port is a number from 1 to 65535" >&2
    return 1
}

# By nobody, or by the daemon that tools/run started: before that one is ended for another port.
check_port_is_free() {
    if daemon_pid >/dev/null && [ "$(cat "$var/peernetd/port" 2>/dev/null)" = "$port" ]; then
        return 0
    fi
    port_is_taken || return 0
    echo "tools/run: another program listens on port $port already." >&2
    echo "           End it, or choose another port: PEERNET_PORT=$((port + 1)) tools/run" >&2
    return 1
}

start_daemon() {
    if pid=$(daemon_pid); then
        if daemon_is_current "$pid"; then
            # PostgreSQL may be back just now: then it is about to reach it.
            wait_for_daemon && say daemon "127.0.0.1:$port, runs already"
            return
        fi
        stop_daemon
    fi
    check_port_is_free || return 1
    mkdir -p "$var/peernetd"
    rm -f "$var/peernetd/port"
    setsid "$build/service/daemon/peernetd" --listen "127.0.0.1:$port" --port-file "$var/peernetd/port" \
        --database "host=$socket user=peernetd dbname=peernet application_name=peernetd" \
        --regroup-program "$build/service/regroup/peernet-regroup" \
        </dev/null >>"$var/peernetd/log" 2>&1 &
    echo $! >"$var/peernetd/pid"
    wait_for_daemon && say daemon "127.0.0.1:$port, process $(cat "$var/peernetd/pid"), log in var/peernetd/log"
}

daemon_is_ready() {
    [ -s "$var/peernetd/port" ] && status=$(programs status --json 2>/dev/null) || return 1
    echo "$status" | grep -q '"ready": *true' && echo "$status" | grep -q '"connected": *true'
}

# Until it answers from the database and reaches it; at most 15 seconds.
wait_for_daemon() {
    attempts=0
    until daemon_is_ready; do
        attempts=$((attempts + 1))
        # Not daemon_pid: just after its start the process is still the shell or setsid.
        if [ $attempts -ge 150 ] || ! kill -0 "$(cat "$var/peernetd/pid")" 2>/dev/null; then
            echo "tools/run: peernetd is not ready; the end of var/peernetd/log:" >&2
            tail -n 10 "$var/peernetd/log" >&2
            return 1
        fi
        sleep 0.1
    done
}

stop_daemon() {
    pid=$(daemon_pid) || {
        rm -f "$var/peernetd/pid"
        say daemon "was not running"
        return 0
    }
    kill -TERM "$pid" 2>/dev/null || true # it may have ended just now
    attempts=0
    while daemon_pid >/dev/null; do
        attempts=$((attempts + 1))
        # Requests in flight get ten seconds (--drain-timeout); a second SIGTERM ends at once.
        [ $attempts -ne 120 ] || kill -TERM "$pid" 2>/dev/null || true
        [ $attempts -lt 150 ] || kill -KILL "$pid" 2>/dev/null || true
        sleep 0.1
    done
    rm -f "$var/peernetd/pid" "$var/peernetd/port"
    say daemon "stopped"
}
