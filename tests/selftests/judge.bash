# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Random membership sequences with a router behind two upstreams: after each step the model in
# tests/tools/judge.c, `mupictl upstreams` and what the routers believe must be the same.
# A test sources this, starts its routers, and defines `believed`: their state in the model's lines.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SEED=${SEED:-9776}
SEQUENCES=500 # of each family; a sequence is a group
STEPS=10

# served() in tests/tools/judge.c is the model of this table.
start_judged_agent() {
	start_agent <<END
[murt]
murt_entry = , 239.1.0.0/16, , 7, 10
murt_entry = 10.100.0.64/26, 239.2.0.0/16, , 7, 10
murt_entry = 10.100.0.128/26, 239.2.0.0/16, , 8, 10
murt_entry = , 239.3.0.0/16, 10.1.0.0/16, 7, 10
murt_entry = , 239.3.0.0/16, 10.2.0.0/16, 8, 10
murt_entry = , 239.4.0.0/16, , 7, 10
murt_entry = , 239.4.0.0/16, , 8, 10
murt_entry = , ff1e:1::/32, , 7, 10
murt_entry = fe80::1:0/112, ff1e:2::/32, , 7, 10
murt_entry = fe80::2:0/112, ff1e:2::/32, , 8, 10
murt_entry = , ff1e:3::/32, 2001:db8:1::/48, 7, 10
murt_entry = , ff1e:3::/32, 2001:db8:2::/48, 8, 10
murt_entry = , ff1e:4::/32, , 7, 10
murt_entry = , ff1e:4::/32, , 8, 10
END
}

claimed() {
	ctl -j upstreams | jq -r '.[] | .port as $port | .groups[] |
		[$port, .group, .mode] + (.sources | sort) | join(" ")'
}

same_everywhere() {
	claimed | LC_ALL=C sort >"$WORK/claimed"
	believed | LC_ALL=C sort >"$WORK/believed"
	cmp -s "$WORK/model" "$WORK/claimed" && cmp -s "$WORK/model" "$WORK/believed"
}

fail_with_differences() { # fail_with_differences STEP
	local what
	for what in claimed believed; do
		echo "the model (<) and what is $what (>):"
		diff "$WORK/model" "$WORK/$what" | grep '^[<>]' | sort -k 2,3 | head -n 12
	done >&2
	fail "step $1 of seed $SEED: $(wc -l <"$WORK/model") groups modelled," \
		"$(comm -12 "$WORK/model" "$WORK/claimed" | wc -l) claimed and" \
		"$(comm -12 "$WORK/model" "$WORK/believed" | wc -l) believed so"
}

# judge_sequences INTERVAL FAMILY-OPTION...: -4 and -6. In the end the routers' membership interval
# (in seconds) passes, so that only exact answers to their queries keep the state as it is. A difference
# must last to count: a router's table may change under the reader.
judge_sequences() {
	local step port family until judge
	for ((step = 1; step <= STEPS; step++)); do
		judge=("$BUILD/judge" -g "$SEQUENCES" -s "$SEED" -n "$step")
		for family in "${@:2}"; do
			"${judge[@]}" "$family"
		done | LC_ALL=C sort >"$WORK/model"
		for port in 1 2 3; do
			for family in "${@:2}"; do
				on "client$port" "${judge[@]}" "$family" -I eth1 -p $port
			done
		done
		wait_until 15 same_everywhere || fail_with_differences $step
	done
	until=$((SECONDS + $1 + 1))
	while [ $SECONDS -lt $until ]; do
		wait_until 5 same_everywhere || fail_with_differences "$STEPS, after answers to queries"
	done
}
