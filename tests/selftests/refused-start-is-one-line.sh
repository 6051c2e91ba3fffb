#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where an agent cannot be, a start says so and nothing else: not what became of rows that are another one's.
. "$(dirname "$0")/lib.sh"

start_agent <<CONF
[murt]
default_upstream = 9
CONF
ctl murt add - 239.1.0.0/16 - 8 10 >/dev/null || fail "no row"
rows=$(cat "$RUN/agent.sock.rows")

# refused TEXT OPTION...: by a start that has fewer ports than the rows name
refused() {
	on switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 9=u9 "${@:2}" >"$WORK/out" 2>&1
	same "exit code of '${*:2}'" 1 $?
	same "lines of '${*:2}': $(cat "$WORK/out")" 1 "$(wc -l <"$WORK/out")"
	grep -qF -- "$1" "$WORK/out" || fail "'${*:2}' lacks '$1': $(cat "$WORK/out")"
	same "rows behind '${*:2}'" "$rows" "$(cat "$RUN/agent.sock.rows")"
}

refused "another agent answers on $RUN/agent.sock; stop it or choose -s SOCKET" -s "$RUN/agent.sock" -p "$RUN/bpf/other"
refused "another agent holds $RUN/bpf/mupi: stop it" -s "$WORK/other.sock" -p "$RUN/bpf/mupi"
refused "choose another with -s SOCKET" -s "$WORK/$(printf 'x%.0s' {1..120})" -p "$RUN/bpf/other"

mkdir "$WORK/full" && touch "$WORK/full/file"
refused "pin folder $WORK/full is no bpffs and not empty; choose another with -p PINDIR" -s "$WORK/other.sock" -p "$WORK/full"

# Somebody else's files in the way of the socket, with rows beside it.
mkdir "$WORK/run"
mount -t tmpfs tmpfs "$WORK/run" || fail "no tmpfs"
trap 'umount "$WORK/run"; finish_viewers; finish' EXIT
echo "$rows" >"$WORK/run/agent.sock.rows"
mount -o remount,ro "$WORK/run" || fail "the tmpfs stays writable"
refused "Read-only file system; choose another with -s SOCKET" -s "$WORK/run/agent.sock" -p "$RUN/bpf/other"
