#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two sources move from one upstream to two others. One comes from there at once, the other one's provider starts
# two seconds later: it comes from the old upstream until then, and no number of either is missed, by a client that
# lists them nor by one that wants any source.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
selection = specificity
murt_entry = , , 10.100.0.41, 7, 20
murt_entry = , , 10.100.0.42, 7, 20
murt_entry = , , 10.100.0.41, 8, 10
murt_entry = , , 10.100.0.42, 9, 10
[proxy]
handover_limit = 30s
END
EPOCH=$(cut -d' ' -f1 /proc/uptime)

stream() { # PROVIDER SOURCE
	background on "provider$1" "$BUILD/mcast" send -I eth1 -g 239.1.1.2 -p 5001 -i "$2" -S "10.100.0.$2" -r 1000 \
		-t 120 -e "$EPOCH" >/dev/null
}

comes_from() { # SOURCE UPSTREAM…: to both clients
	json flows -- "[.[] | select(.source == \"10.100.0.$1\" and .ports == [1, 2]) | .upstream] | sort == [${*:2}]"
}

for n in 1 2 3; do
	for source in 41 42; do
		ip -n "$MUPI_LAB-provider$n" addr add "10.100.0.$source/32" dev eth1
	done
done
stream 1 41
stream 1 42
stream 2 41
view client1 list -g 239.1.1.2 -p 5001 -s 10.100.0.41 -s 10.100.0.42
view client2 any -g 239.1.1.2 -p 5001
for file in list any; do expect 5 "$file: data" views $file; done
ctl upstream disable 7
expect 10 "a source that moves" comes_from 41 8
sleep 2
comes_from 42 7, 9 || fail "the old upstream is cut: $(ctl -j flows)"
stream 3 42
expect 10 "the other source that moves" comes_from 42 9

for file in list any; do
	leave $file
	same "senders that $file heard" $'41\n42' "$(awk '{ print $2 }' "$WORK/$file" | sort)"
	whole $file
done
