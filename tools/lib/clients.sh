# shellcheck shell=sh
# clients.sh - installs the MessagePack-RPC clients from npm that tests drive; sourced, not run.

# clients_install FOLDER: the versions of tests/clients/npm/package-lock.json into FOLDER, held against its hashes; no
# package's own scripts run. Nothing to do is the usual case. Without npm's registry their tests are skipped.
clients_install() {
    wanted=tests/clients/npm/package-lock.json
    ! cmp -s "$wanted" "$1/installed" || return 0
    mkdir -p "$1"
    cp tests/clients/npm/package.json "$wanted" "$1"
    printf '%-10s %s\n' clients "$1"
    if timeout 120 npm --prefix "$1" ci --ignore-scripts --no-audit --no-fund --no-update-notifier \
        --fetch-retries=0 --fetch-timeout=10000 </dev/null >"$1/log" 2>&1; then
        cp "$wanted" "$1/installed"
    else
        echo "tools/test: npm installs no clients ($1/log); the tests that want them are skipped" >&2
    fi
}
