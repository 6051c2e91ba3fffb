#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bytes behind the records or sources of a message, as extensions have them (RFC 9279): the rest counts as always.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
[proxy]
mld_source = fe80::50
igmp_source = 10.100.0.50
END
declare -A CLIENT=([4]=10.100.0.51 [6]=fe80::51) SOURCE=([4]=10.100.0.31 [6]=2001:db8:100::31)
declare -A ROUTER=([4]=10.100.0.49 [6]=fe80::49)

capture provider1 answers 'igmp[0] = 0x22 or ip6[48] = 143' -Q in -vv
for family in 4 6; do
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 1)" --joins 2 --records 2 --extra 12
	reports 1 --client "${CLIENT[$family]}" --group "$(group_of $family 3)" --type allow --source "${SOURCE[$family]}" --extra 3
done
expect 3 "three memberships of each family" json members -- \
	'map(select(.port == 1)) | length == 6 and (map(select(.sources | length == 1)) | length == 2)'
for family in 4 6; do
	on client2 "$BUILD/query" -I eth1 --from "${ROUTER[$family]}" --extra 20
	expect 2 "a querier with extensions is one" json ports -- \
		".[] | select(.port == 2) | .querier.v$family == \"${ROUTER[$family]}\""
	on provider1 "$BUILD/query" -I eth1 --from "${ROUTER[$family]}" --response 300 --group "$(group_of $family 1)" --extra 20
	expect 3 "an upstream's query is answered" eval "[ \$(lines answers '$(group_of $family 1) is_ex { }') -ge 1 ]"
	on provider1 "$BUILD/query" -I eth1 --from "${ROUTER[$family]}" --response 300 --group "$(group_of $family 3)" \
		--source "${SOURCE[$family]}" --extra 4
	expect 3 "also one about a source" eval "[ \$(lines answers '$(group_of $family 3) is_in { ${SOURCE[$family]} }') -ge 1 ]"
done
same "refused" 0 "$(ctl -j stats | jq '[.ports[].counters | .malformed + .refused_truncated] | add')"
