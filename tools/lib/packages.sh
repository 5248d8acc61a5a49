# shellcheck shell=sh
# packages.sh - installs the Debian packages that are missing; sourced, not run.

# Names in FILE for each PURPOSE: packages_listed FILE PURPOSE...
packages_listed() {
    list=$1
    shift
    for purpose; do
        awk -v purpose="$purpose" '$1 == purpose {print $2}' "$list"
    done
}

# Those of the names on standard input that are not installed. NAME/PROGRAM: nor is there such a program.
packages_missing() {
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
    while read -r package; do
        case $package in
        */*) command -v "${package#*/}" >/dev/null && continue ;;
        esac
        package=${package%/*}
        printf '%s\n' "$installed" | grep -qxF -- "$package" || echo "$package"
    done
}

# Runs a command as root.
packages_as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "peernet: only root can install packages, and there is no sudo; as root, run:" >&2
        echo "    apt-get install --no-install-recommends $missing" >&2
        return 1
    fi
}

packages_apt() {
    packages_as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# packages_install FILE PURPOSE...: nothing to do is the usual case and takes a moment.
packages_install() {
    command -v dpkg-query >/dev/null || {
        echo "peernet: this is no Debian; install what $1 lists by hand, then build with tools/build" >&2
        return 1
    }
    missing=$(packages_listed "$@" | packages_missing | tr '\n' ' ')
    missing=${missing% }
    [ -n "$missing" ] || return 0
    echo "packages   installing, which takes some minutes: $missing"
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    { packages_apt update && packages_apt install --no-install-recommends -y $missing; } >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        rm -f "$log"
        echo "peernet: the packages could not be installed: see apt-get's words above, mend that, and run this again" >&2
        return 1
    }
    rm -f "$log"
}
