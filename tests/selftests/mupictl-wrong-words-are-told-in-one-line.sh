#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One line on stderr, nothing on stdout; 2: usage, 1: refused or not found, 3: no agent.
. "$(dirname "$0")/lib.sh"

# wrong CODE TEXT WORD...: what mupictl says ends so
wrong() {
	local code
	ctl "${@:3}" >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$?
	same "exit code of '${*:3}'" "$1" "$code"
	[ ! -s "$WORK/out" ] || fail "'${*:3}' prints: $(cat "$WORK/out")"
	same "lines of '${*:3}'" 1 "$(wc -l <"$WORK/err")"
	grep -qF -- "$2" "$WORK/err" || fail "'${*:3}' lacks '$2': $(cat "$WORK/err")"
}

# Nothing of this needs an agent.
wrong 2 "unknown command 'membres'; did you mean 'members'?" membres
wrong 2 "unknown command 'lst'; did you mean 'murt list'?" murt lst
wrong 2 "unknown command 'disabel'; did you mean 'upstream disable'?" upstream disabel 7
wrong 2 "a word is missing; one of: enable disable" upstream
wrong 2 "unknown command 'upstreems'; did you mean 'upstreams'?" upstreems
wrong 2 "unknown command 'xyzzy'; one of: murt members groups" xyzzy
wrong 2 "unknown command 'xyzzy'; one of: list lookup add" murt xyzzy
wrong 2 "a word is missing; one of: list lookup add" murt
wrong 2 "unknown command 'x$(printf 'ä%.0s' {1..19})...'; one of: list" murt "x$(printf 'ä%.0s' {1..999})"
wrong 2 "cannot make sense of $(printf '3%.0s' {1..40})...; usage: mupictl members" members "$(printf '3%.0s' {1..999})"
wrong 2 "unknown command 'a?b'; one of: murt" $'a\eb'
wrong 2 "ambiguous 'm'; one of: murt members monitor" m
wrong 2 "ambiguous 'l'; one of: list lookup" mu l
wrong 2 "unknown option --prot; did you mean --port?" members --prot 3
wrong 2 "unknown option --xyzzy; usage: mupictl members [--port N]" members --xyzzy
wrong 2 "unknown option -z" top -z
wrong 2 "a value is missing after --port" members --port
wrong 2 "no value is taken by --cleanup=yes" exit --cleanup=yes
wrong 2 "cannot make sense of 3; usage: mupictl members" members 3
wrong 2 "missing group; usage: mupictl murt lookup CLIENT GROUP [SOURCE] [--port N]" murt lookup 10.0.0.1
wrong 2 "missing priority; usage: mupictl murt add" murt add - - - 7
wrong 2 "missing KEY=VALUE; usage: mupictl murt set ID" murt set 3
wrong 2 "expected KEY=VALUE, not 8; usage: mupictl murt set" murt set 3 8
wrong 2 "given twice: client; usage: mupictl murt set" murt set 3 client=10.0.0.1 priority=1 client=10.0.0.2
wrong 2 "missing id; usage: mupictl murt del ID" murt del
wrong 2 "bad interval 'never'; expected seconds from 0.01 to 86400" members --watch=never
wrong 2 "bad interval '0'; expected seconds from 0.01 to 86400" --watch=0 members
wrong 2 "unknown option --watch" reload --watch
wrong 2 "bad option --sokcet; did you mean --socket?" --sokcet x
wrong 2 "mupictl: bad option -z; see mupictl --help" -z status
wrong 2 "mupictl: bad option -z; see mupictl --help" --json -zj status
wrong 2 "mupictl: a value is missing after -js; see mupictl --help" -js
wrong 2 "mupictl: bad option --json=x; did you mean --json?" --json=x status
wrong 2 "mupictl: unexpected word 'status', the commands are those of $WORK/none" -b "$WORK/none" status
wrong 2 "this is no terminal; say how many tables with -n COUNT" top
wrong 2 "-n many is no number above 0" top -n many
wrong 2 "-n many is no number above 0" top -nmany
wrong 2 "bad interval '0'; expected seconds from 0.01 to 86400" top -n 1 -d 0
wrong 2 "a value is missing after -n" top -n
wrong 2 "unknown option -nn" members -nn
wrong 2 "'10.1.1.0/24?' is no UTF-8 text" murt add $'10.1.1.0/24\xa0' - - 7 10
wrong 2 "'?' is no UTF-8 text" members --client $'\xff'
wrong 2 "'?' is no UTF-8 text" murt lookup 10.0.0.1 $'\xff'
wrong 2 "'client=10.1.1.1?' is no UTF-8 text" murt set 1 client=$'10.1.1.1\xa0'
wrong 2 "'x??' is no UTF-8 text" murt import $'x\xc3\e'
wrong 1 "cannot read $WORK/none: No such file or directory" murt import "$WORK/none"
wrong 1 "cannot read $WORK: Is a directory" murt import "$WORK"
wrong 1 "cannot read $WORK/none: No such file or directory" -b "$WORK/none"
printf 'murt_entry = , , , 9, 1\nmurt_entry = , , \0, 9, 2\n' >"$WORK/zero"
wrong 1 "$WORK/zero:2: a zero byte, expected text; nothing was imported" murt import "$WORK/zero"
printf '\xff' >"$WORK/latin"
wrong 1 "$WORK/latin is no UTF-8 text" murt import "$WORK/latin"

for command in "murt list" members "top -n 1" monitor "members --watch" reload; do
	read -ra words <<<"$command"
	wrong 3 "cannot reach the agent at $RUN/agent.sock: No such file or directory; is mupi-agent running?" \
		"${words[@]}"
done
"$BUILD/mupictl" -s "$(printf 'x%.0s' {1..200})" status 2>"$WORK/err"
same "exit code of a path that is too long" 3 $?

start_agent <<END
[murt]
default_upstream = 9
END
wrong 1 "there is no row 7" murt del 7
wrong 1 "port 9 is an upstream" murt lookup 10.0.0.1 239.1.1.1 --port u9
wrong 1 "are no multicast addresses" murt lookup 10.0.0.1 239.1.1.1 239.1.1.1
wrong 1 "'loud'" log loud
wrong 1 "cannot read /dev/zero: File too large" murt import /dev/zero
ctl murt add - - - 9 1 >"$WORK/out"
wrong 1 "priority '5, disabled' is not accepted, expected one value without comma" murt add - - - 9 "5, disabled"
wrong 1 "source '10.0.0.1, 10.0.0.2' is not accepted, expected one value" murt add - 239.1.1.1 "10.0.0.1, 10.0.0.2" 9 1
wrong 1 "client '10.0.0.1,3' is not accepted, expected one value" murt set 1 client=10.0.0.1,3
same "rows" 1 "$(ctl -j murt list | jq length)"
wrong 1 "enabled 'maybe' is not accepted, expected true or false" murt set 1 enabled=maybe
wrong 1 "balance 'fair' is not accepted, expected all, hash, round-robin, random or -" murt set 1 balance=fair
ctl murt set 1 enabled=no balance=hash || fail "murt set enabled=no"
same "the row" '[false,"hash"]' "$(ctl -j murt list | jq -c '.[0] | [.enabled, .balance]')"
