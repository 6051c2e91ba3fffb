#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A new agent knows who served a channel: balanced channels and static joins stay, also where their turn or hash would
# give them to another provider, which begins to send only once it is asked; a handover that was under way goes on.
. "$(dirname "$0")/lib.sh"

settings() { # settings BALANCE
	cat <<-END
		[murt]
		balance = $1
		murt_entry = , , , 7, 10
		murt_entry = , , , 8, 10
		murt_entry = , , , 9, 10
		[static]
		join = 3, 239.1.1.3
		join = 3, 239.1.1.4
	END
}
served() { # served GROUP: the upstreams of all its members
	ctl -j members | jq -c "[.[] | select(.group == \"$1\") | .upstreams[]] | unique"
}
restart() { # restart SIGNAL
	lab agent stop "$1"
	lab agent start "$WORK/test.conf"
}
lost_nothing() { # lost_nothing FILE
	leave "$1"
	whole "$1"
}

start_agent < <(settings round-robin)
EPOCH=$(cut -d' ' -f1 /proc/uptime)
for n in 1 2 3; do send_when_asked $n 239.1.1.2 5001 1000 -e "$EPOCH" -i 1; done
# Others have their turns before it, and leave.
reports 2 --client 10.100.0.12 --group 239.1.1.1
expect 5 "a turn is taken" json members --port 2 -- 'length == 1'
view client1 out -g 239.1.1.2 -p 5001
expect 5 "packets" views out
reports 2 --client 10.100.0.12 --group 239.1.1.1 --type to_in
expect 5 "the first leaves" json members --port 2 -- 'length == 0'
for signal in TERM KILL; do
	for group in 239.1.1.2 239.1.1.3 239.1.1.4; do before+=$(served $group); done
	restart $signal
	for group in 239.1.1.2 239.1.1.3 239.1.1.4; do after+=$(served $group); done
	same "upstreams after $signal" "$before" "$after"
	audit_clean
done
lost_nothing out
lab agent stop INT

# Where the hash would not have it: it came there as its own provider was out of service.
start_agent < <(settings hash)
own=$(ctl -j murt lookup 10.100.0.11 239.1.1.7 | jq '.upstreams[0]')
ctl upstream disable "$own"
reports 1 --client 10.100.0.11 --group 239.1.1.7
expect 5 "it is served" json members --port 1 -- 'length == 1'
ctl upstream enable "$own"
before=$(served 239.1.1.7)
[ "$before" != "[$own]" ] || fail "it did not move away from $own"
restart TERM
same "upstream after the restart" "$before" "$(served 239.1.1.7)"
lab agent stop INT

# Make before break goes on: provider 2 is silent.
printf '[murt]\nmurt_entry = , , , 7, 10\n' | start_agent
send 1 239.1.1.5 5001 1000
view client1 out -g 239.1.1.5 -p 5001
expect 5 "packets" views out
ctl murt add - - - 8 20 >/dev/null
both='[.[] | select(.group == "239.1.1.5") | .upstream] | sort == [7, 8]'
expect 2 "a handover" json flows -- "$both"
restart TERM
json flows -- "$both" || fail "the handover ended: $(ctl flows)"
expect 8 "it ends at its limit" json flows -- '[.[] | select(.group == "239.1.1.5") | .upstream] == [8]'
restart TERM
json flows -- '[.[] | select(.group == "239.1.1.5") | .upstream] == [8]' || fail "it began again: $(ctl flows)"
