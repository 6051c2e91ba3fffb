#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every limit, both families: what exceeds it is refused and counted, said once in the log, and who was there
# before misses nothing.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[limits]
memberships = 40
[port 1]
groups_per_port = 10
[port 2]
sources_per_group = 4
[port 3]
memberships_per_client = 3
END
declare -A CLIENT=([4]=10.100.0.51 [6]=fe80::51) SOURCE=([4]=10.100.7. [6]=2001:db8:100::)
for family in 4 6; do
	view client1 out$family -g "$(group_of $family 1)" -p 5001
	expect 3 "the viewer is a member" json members --port 1 -- "any(.group == \"$(group_of $family 1)\")"
	send 1 "$(group_of $family 1)" 5001 500
done

members_are() { # members_are COUNT OPTION...
	[ "$(ctl -j members "${@:2}" | jq length)" = "$1" ]
}
# 10 groups on port 1, of which the viewers have 2: of 8 + 8 more, 8 are refused.
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 10)" --joins 8 --records 8
done
expect 3 "groups beyond groups_per_port" counter_is 1 over_groups_per_port 8
expect 1 "10 groups on port 1" members_are 10 --port 1
# Another client of a group that is there is none too many.
reports 1 --client "${CLIENT[4]%1}2" --group "$(group_of 4 10)"
expect 3 "a second client" members_are 11 --port 1

# 4 sources for a group on port 2, whoever names them: of 3 + 3, 2 are refused.
for family in 4 6; do
	for client in 1 2; do
		args=()
		for n in 1 2 3; do
			args+=(--source "${SOURCE[$family]}$client$n")
		done
		reports 2 --client "${CLIENT[$family]%1}$client" --group "$(group_of $family 1)" --type allow "${args[@]}"
	done
done
expect 3 "sources beyond sources_per_group" counter_is 2 over_sources_per_group 4
same "sources on port 2" 8 "$(ctl -j members --port 2 | jq '[.[].sources[]] | length')"

# 3 groups for a client on port 3: of 5, 2 are refused; the next client has its own 3.
for family in 4 6; do
	for client in 1 2; do
		reports 3 --client "${CLIENT[$family]%1}$client" --group "$(group_of $family 10)" --joins 5
	done
done
expect 3 "groups beyond memberships_per_client" counter_is 3 over_memberships_per_client 8
same "members on port 3" 12 "$(ctl -j members --port 3 | jq length)"

# 40 in all: 11 + 4 + 12 are there.
for family in 4 6; do
	reports 4 --client "${CLIENT[$family]}" --group "$(group_of $family 10)" --joins 20 --records 10
done
expect 3 "memberships beyond the total" counter_is 4 over_memberships 27
expect 1 "40 members" members_are 40

for limit in groups_per_port sources_per_group memberships_per_client memberships; do
	same "warnings about $limit" 1 "$(grep -c "limit $limit = " "$RUN/agent.log")"
done
# A leave makes room.
reports 4 --client "${CLIENT[4]}" --group "$(group_of 4 10)" --type to_in
expect 3 "one has left" members_are 39
reports 5 --client "${CLIENT[6]}" --group "$(group_of 6 99)"
expect 3 "and another has joined" members_are 40
for family in 4 6; do
	views out$family || fail "IPv$family: no data"
	leave out$family
	[[ $(cat "$WORK/out$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/out$family")"
done
