#!/bin/sh
# page.sh PROGRAM VERSION OUTPUT: a man page in OUTPUT of what PROGRAM says about itself.
set -eu
program=$1 version=$2 output=$3
name=$(basename "$program")
LC_ALL=C.UTF-8
export LC_ALL
unset LANG || true

# title SECTION SENTENCE
title() {
    printf '.TH %s %s "" "peernet %s"\n.SH NAME\n%s \\- %s\n' \
        "$(echo "$name" | tr '[:lower:]' '[:upper:]' | sed 's/-/\\-/g')" "$1" "$version" "$(dashes "$name")" "$2"
}

dashes() {
    echo "$1" | sed 's/-/\\-/g'
}

# Plain help text to roff: "  --flag VALUE  sentence" and "  10  name  sentence" become tagged paragraphs, a line that
# ends with ":" a heading, the rest prose. The usage line has been said in the synopsis.
from_help() {
    "$program" --help | sed 's/\\/\\e/g; s/-/\\-/g' | awk '
        /^Usage: / {next}
        /^$/ {print ".PP"; next}
        /^[A-Z][A-Za-z ]*:$/ {sub(/:$/, ""); print ".SH " toupper($0); next}
        /^Example: / {sub(/^Example: /, ""); print ".SH EXAMPLE\n.nf\n" $0 "\n.fi"; next}
        /^Exit codes: / {sub(/^Exit codes: /, ""); print ".SH EXIT STATUS\n" $0; next}
        /^ +[^ ]/ {
            sub(/^ +/, "")
            at = match($0, /  +/)
            if (at == 0) {print; next}
            print ".TP\n\\fB" substr($0, 1, at - 1) "\\fR\n" substr($0, at + RLENGTH)
            next
        }
        {sub(/^[.\x27]/, "\\\\\\&&"); print}'
}

synopsis() {
    printf '.SH SYNOPSIS\n'
    "$program" --help | sed -n 's/^Usage: [^ ]* *//p' | sed 's/-/\\-/g' | while read -r usage; do
        printf '.B %s\n%s\n' "$(dashes "$name")" "$usage"
    done
    printf '.SH DESCRIPTION\n'
}

make_page() {
    case $name in
    peernet) "$program" help --roff ;;
    peernet-regroup)
        title 1 "form peer networks from reported challenges, as a run in PostgreSQL"
        synopsis
        from_help
        printf '.SH SEE ALSO\n.BR peernet (1),\n.BR peernetd (8)\n'
        ;;
    peernet-generate)
        title 1 "make a realistic population of school organizers for trials"
        synopsis
        from_help
        printf '.SH SEE ALSO\n.BR peernet (1)\n'
        ;;
    peernet-bench)
        title 1 "measure how many calls a peernet daemon answers, and how soon"
        synopsis
        from_help
        printf '.SH SEE ALSO\n.BR peernetd (8)\n'
        ;;
    peernetd)
        title 8 "serve peer networks over MessagePack-RPC"
        synopsis
        cat <<'END'
Answers from memory what PostgreSQL holds, follows its changes, and starts regroupings
.RB ( peernet\-regroup (1)).
With the database away it goes on answering what it last read, and says how old that is.
.SH OPTIONS
A flag goes before the environment, the environment before the file of
.BR \-\-config ,
whose lines are
.IR "name = value" .
END
        "$program" --print-options man
        cat <<'END'
.SH FILES
.TP
.I /etc/default/peernet
environment of the systemd units
.SH SIGNALS
.TP
.B SIGTERM\fR, \fBSIGINT
stops listening, lets requests in flight finish, ends; a second one ends at once
.SH EXIT STATUS
0 ended as told, 1 could not start, 2 usage.
.SH SEE ALSO
.BR peernet (1),
.BR peernet\-regroup (1),
/usr/share/doc/peernet/PROTOCOL.md
END
        ;;
    esac
}

make_page >"$output.new"
mv "$output.new" "$output"
