#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# reports = relay: providers hear the clients themselves, each what concerns it; an upstream's query reaches the
# clients, and their answers come back.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , 239.1.1.1, , 7, 10
murt_entry = , 239.1.1.2, , 8, 10
murt_entry = , 232.1.1.1, 10.100.0.31, 7, 10
murt_entry = , 232.1.1.1, 10.100.0.32, 8, 10
murt_entry = , ff1e::1, , 7, 10
murt_entry = , ff1e::2, , 8, 10
murt_entry = , ff3e::1:1, 2001:db8:100::31, 7, 10
murt_entry = , ff3e::1:1, 2001:db8:100::32, 8, 10
[proxy]
reports = relay
END
declare -A RAW=([4]=10.100.0.51 [6]=fe80::51) HOST=([4]=10.100.0.11 [6]=fe80::fd:ff:fe00:101)
declare -A SSM=([4]=232.1.1.1 [6]=ff3e::1:1) SOURCE=([4]=10.100.0.3 [6]=2001:db8:100::3)
declare -A QUERIER=([4]=10.100.0.31 [6]=fe80::31)
declare -A HOST2=([4]=10.100.0.12 [6]=fe80::fd:ff:fe00:201)

# A report is one line: Ethernet addresses, IP addresses, records.
for n in 1 2; do
	spawn provider$n tcpdump -lntte -vv --immediate-mode -i eth1 -Q in 'igmp or ip6[48] > 129' 2>"$WORK/tcpdump$n" \
		> >(sed -uE ':a; /igmp|ICMP6/!{ N; s/\n */ /; ba }' >"$WORK/wire$n")
	expect 10 "capture runs" grep -q 'listening on' "$WORK/tcpdump$n"
done
capture client1 client 'igmp[0] = 17 or ip6[48] = 130'

hears() { # hears PROVIDER PATTERN
	grep -qE "$2" "$WORK/wire$1"
}
for family in 4 6; do
	one=$(group_of $family 1) two=$(group_of $family 2)
	# A real host, with its own addresses.
	view client1 out$family -g "$one" -p 5001
	send 1 "$one" 5001 100
	expect 5 "IPv$family host gets data" views out$family
	expect 2 "provider 1 hears the host" hears 1 "02:fd:00:00:01:01 > .*[ )]${HOST[$family]} > .*\[gaddr $one to_ex { }\]"

	# A report for both providers is split by record; its client has a MAC address of its own.
	reports 2 --client "${RAW[$family]}" --group "$one" --joins 2 --records 2
	for n in 1 2; do
		expect 2 "record for provider $n" hears $n \
			"02:aa:00:00:00:00 > .*[ )]${RAW[$family]} > .* 1 group record\(s\) \[gaddr $(group_of $family $n) to_ex { }\]"
	done
	# And by source.
	reports 2 --client "${RAW[$family]}" --group "${SSM[$family]}" --type allow \
		--source "${SOURCE[$family]}1" --source "${SOURCE[$family]}2"
	for n in 1 2; do
		expect 2 "source for provider $n" hears $n \
			"[ )]${RAW[$family]} > .* 1 group record\(s\) \[gaddr ${SSM[$family]} allow { ${SOURCE[$family]}$n }\]"
	done
	# An older host's report and leave go as they are.
	host_version client2 $family $((family == 4 ? 2 : 1))
	view client2 old$family -g "$two" -p 5001
	expect 3 "provider 2 hears the older host" hears 2 "02:fd:00:00:02:01 > .*[ )]${HOST2[$family]} > .*report.*$two"
	leave old$family
	expect 3 "and that it leaves" hears 2 "02:fd:00:00:02:01 > .*[ )]${HOST2[$family]} > .*(leave|done).*$two"

	# The provider's question gets to the host, and the answer to the provider.
	on provider1 "$BUILD/query" -I eth1 --from "${QUERIER[$family]}" --response 500
	expect 2 "the query reaches the client" grep -q " ${QUERIER[$family]} > .* query" "$WORK/client"
	expect 3 "the answer reaches the provider" hears 1 "02:fd:00:00:01:01 > .*[ )]${HOST[$family]} > .*gaddr $one is_ex { }"
	on provider1 "$BUILD/query" -I eth1 --from "${QUERIER[$family]}" --group "$one" --response 500
	expect 2 "a query about the group" grep -qE " ${QUERIER[$family]} > $one: .*query.*gaddr $one" "$WORK/client"
	leave out$family
	expect 2 "provider 1 hears that the host leaves" hears 1 "02:fd:00:00:01:01 > .*[ )]${HOST[$family]} > .*gaddr $one to_in { }"
	[[ $(cat "$WORK/out$family") == *"gaps 0 duplicates 0"* ]] || fail "IPv$family: $(cat "$WORK/out$family")"
done
# Nobody heard what was for the other; and the proxy itself said nothing.
same "of group 2 at provider 1" 0 "$(lines wire1 'gaddr (239.1.1.2|ff1e::2) |> (239.1.1.2|ff1e::2):')"
same "of the host at provider 2" 0 "$(lines wire2 'gaddr (239.1.1.1|ff1e::1) ')"
same "others than clients" "" "$(grep -hE 'gaddr (2|ff1e|ff3e)' "$WORK"/wire? | grep -vE '02:(aa:00:00:00:00|fd:00:00:0[12]:01) > ')"

# Merged reports and back: a client that says nothing by itself is announced at once.
sed -i 's/= relay/= aggregate/' "$WORK/test.conf"
ctl reload || fail "no reload"
reports 1 --client 10.100.0.55 --group 239.1.1.1
expect 3 "the proxy speaks itself" json upstreams -- '.[] | select(.port == 7) | .groups | any(.group == "239.1.1.1")'
sed -i 's/= aggregate/= relay/' "$WORK/test.conf"
ctl reload || fail "no reload"
expect 2 "provider 1 hears the client" hears 1 "02:aa:00:00:00:00 > .*[ )]10.100.0.55 > .*gaddr 239.1.1.1 to_ex { }"
