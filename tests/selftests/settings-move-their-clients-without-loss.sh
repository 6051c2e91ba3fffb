#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Three providers carry the same numbered stream. What is no row and yet says who serves whom, the default upstream,
# selection, balance, and a table that is flushed or read from a file, moves clients as rows do: no number is missed,
# and who stays where he is gets none twice.
. "$(dirname "$0")/lib.sh"

# configure LINE...: of [murt]
configure() {
	printf '%s\n' '[proxy]' 'handover_overlap = 1s' '[murt]' \
		'murt_entry = , 3, 239.0.0.0/8, , 9, 10' 'murt_entry = , 4, ff00::/8, , 9, 10' "$@"
}

configure 'default_upstream = 7' | start_agent
EPOCH=$(cut -d' ' -f1 /proc/uptime)
for n in 1 2 3; do
	for family in 4 6; do send "$n" "$(group_of $family 1)" 5001 2000 -i 1 -e "$EPOCH"; done
done
# Clients 1 (IPv4) and 2 (IPv6) move, clients 3 and 4 stay where they are.
for n in 1 2 3 4; do
	view "client$n" "out$n" -g "$(group_of $((n % 2 ? 4 : 6)) 1)" -p 5001
done

served() { # CLIENT UPSTREAMS-AS-JSON: by those, and by no others any more
	json members --port "$1" -- "any(.upstreams == $2)" &&
		json flows -- "[.[] | select(.ports | index($1)) | .upstream] | sort == $2"
}

moved() { # WHAT UPSTREAMS-AS-JSON
	local n
	for n in 1 2; do expect 10 "clients are moved by $1" served "$n" "$2"; done
}

reload() { # LINE...: with these
	configure "$@" >"$WORK/test.conf"
	ctl reload || fail "reload with $*"
}

moved "the default upstream" '[7]'
for n in 3 4; do expect 10 "client $n is served" served "$n" '[9]'; done
for n in 1 2 3 4; do expect 10 "client $n receives" views "out$n"; done

reload 'default_upstream = 8'
moved "another default upstream" '[8]'
EVEN=('murt_entry = , , , 7, 5' 'murt_entry = , , , 8, 5')
reload 'default_upstream = 8' "${EVEN[@]}"
moved "rows of equal priority" '[7,8]'
reload 'default_upstream = 8' "${EVEN[@]/%/, balance=hash}" 'murt_entry = , 1, , , 9, 5' 'murt_entry = , 2, , , 9, 5'
for n in 1 2; do
	expect 10 "client $n has one of the upstreams" \
		json members --port "$n" -- 'length == 1 and (.[0].upstreams | length) == 1'
done
reload 'murt_entry = , 239.0.0.0/8, , 7, 1' 'murt_entry = , ff00::/8, , 7, 1' 'murt_entry = , , , 8, 5'
moved "priority" '[8]'
reload 'selection = specificity' \
	'murt_entry = , 239.0.0.0/8, , 7, 1' 'murt_entry = , ff00::/8, , 7, 1' 'murt_entry = , , , 8, 5'
moved "specificity" '[7]'
reload 'default_upstream = 9' 'murt_entry = , , , 8, 5'
moved "a table of other rows" '[8]'

ctl murt export >"$WORK/rows" || fail "murt export"
# Clients 3 and 4 are served by the default upstream then, which is theirs already.
ctl murt flush || fail "murt flush"
moved "murt flush" '[9]'
ctl murt import "$WORK/rows" || fail "murt import"
moved "murt import" '[8]'

for n in 1 2 3 4; do
	leave "out$n"
	cat "$WORK/out$n"
	whole "out$n"
	[ "$n" -lt 3 ] || once "out$n"
done
