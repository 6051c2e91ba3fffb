#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In 232/8 and ff3x::/32 a join has to name its source; with ssm_any_source = accept it need not, and ssm_range
# says where that is. A reload that changes either reaches who is joined, and asks who may join now.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[timers]
query_response_interval = 1s
END
declare -A GROUP=([4]=232.1.1.1 [6]=ff3e::1:1) CLIENT=([4]=10.100.0.51 [6]=fe80::51)
declare -A SOURCE=([4]=10.100.0.31 [6]=2001:db8:100::31)

# Real hosts, newest and older version, that want any source; and raw reports, among them IS_EX with a list.
for family in 4 6; do
	send 1 "${GROUP[$family]}" 5001 200
	host_version client2 $family $((family == 4 ? 2 : 1))
	view client1 any$family -g "${GROUP[$family]}" -p 5001
	view client2 old$family -g "${GROUP[$family]}" -p 5001
	reports 3 --client "${CLIENT[$family]}" --group "${GROUP[$family]}" --type is_ex --source "${SOURCE[$family]}"
	view client4 ssm$family -g "${GROUP[$family]}" -s "${SOURCE[$family]}" -p 5001
done
refused() { # refused PORT COUNT: at least
	[ "$(counter "$1" ssm_refused)" -ge "$2" ]
}
expect 5 "refused of the newest version" refused 1 2
expect 5 "refused of an older version" refused 2 2
expect 5 "refused with a list" counter_is 3 ssm_refused 2
for family in 4 6; do
	expect 5 "who names the source gets it" views ssm$family
done
same "members" '[4,4]' "$(ctl -j members | jq -c '[.[].port]')"
json upstreams -- '[.[].groups[].mode] == ["include", "include"]' || fail "upstream: $(ctl -j upstreams)"
for viewer in any4 any6 old4 old6; do
	views $viewer && fail "$viewer got data"
done
# An older version's leave, as if from who named the source, takes nothing from it.
before=$(counter 4 ssm_refused)
reports 4 --client 10.100.0.14 --group "${GROUP[4]}" --version 2 --leave
reports 4 --client fe80::fd:ff:fe00:401 --group "${GROUP[6]}" --version 1 --leave
expect 3 "leaves of an older version are refused" counter_is 4 ssm_refused $((before + 2))
same "members after them" '[4,4]' "$(ctl -j members | jq -c '[.[].port]')"

echo '[proxy]
ssm_any_source = accept' >>"$WORK/test.conf"
ctl reload || fail "no reload"
for viewer in any4 any6 old4 old6; do
	expect 5 "$viewer gets data when any source is accepted" views $viewer
	leave $viewer
done
expect 10 "they have left" json members -- '[.[].port] == [4, 4]'
reports 6 --client 10.100.0.16 --group 239.232.1.1
expect 3 "any source of a group that is in no range yet" json members --port 6 -- 'length == 1'

# A range of one's own replaces the two.
sed -i 's/^ssm_any_source.*/ssm_range = 239.232.0.0\/16\nssm_range = ff7e:1::\/32/' "$WORK/test.conf"
ctl reload || fail "no reload"
json members --port 6 -- 'length == 0' || fail "in the new range: $(ctl -j members --port 6)"
before=$(counter 5 ssm_refused)
reports 5 --client "${CLIENT[4]}" --group 232.1.1.2
reports 5 --client "${CLIENT[6]}" --group ff3e::1:2
expect 3 "the old ranges are free" json members --port 5 -- 'length == 2'
reports 5 --client "${CLIENT[4]}" --group 239.232.1.2
reports 5 --client "${CLIENT[6]}" --group ff7e:1::2
expect 3 "the new ones are not" counter_is 5 ssm_refused $((before + 2))
for family in 4 6; do
	leave ssm$family
	[[ $(cat "$WORK/ssm$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/ssm$family")"
done
