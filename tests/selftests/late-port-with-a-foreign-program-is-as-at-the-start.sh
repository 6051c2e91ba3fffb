#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A port that appears, or is added by a reload, once capabilities are given up, and that somebody else's XDP program
# holds: -m auto takes TC and serves it, -m native says so in one line, serves the others and takes it when it is free.
# With attach = libxdp a late port works as well.
. "$(dirname "$0")/lib.sh"

unset MUPI_MODE
SWITCH=$MUPI_LAB-switch
cat >"$WORK/pass.c" <<'END'
__attribute__((section("xdp"), used)) int pass(void *ctx) { (void)ctx; return 2; }
char _license[] __attribute__((section("license"), used)) = "GPL";
END
clang -O2 -target bpf -c "$WORK/pass.c" -o "$WORK/pass.o" || skip "clang cannot build a BPF program"

configure() { # configure ATTACH [PORT...]
	printf '[murt]\nmurt_entry = , , , 7, 10\n[datapath]\nattach = %s\n[ports]\n' "$1" >"$WORK/test.conf"
	[ $# = 1 ] || printf 'port = %s\n' "${@:2}" >>"$WORK/test.conf"
}
rename() { # rename FROM TO
	ip -n "$SWITCH" link set "$1" down
	ip -n "$SWITCH" link set "$1" name "$2"
	ip -n "$SWITCH" link set "$2" up
}
hold() { # hold netlink|link: a foreign program on away3
	case $1 in
	netlink) ip -n "$SWITCH" link set away3 xdpdrv obj "$WORK/pass.o" sec xdp || fail "no foreign program" ;;
	link)
		spawn switch "$BUILD/xdplink" away3 >"$WORK/held"
		HOLDER=$SPAWNED
		expect 5 "a foreign program" grep -q attached "$WORK/held"
		;;
	esac
	held=$(program away3)
}
release() {
	case $1 in
	netlink) ip -n "$SWITCH" link set d3 xdpdrv off ;;
	link) quit "$HOLDER" ;;
	esac
	# The last reference goes in the background.
	expect 5 "the foreign program is gone" free_of_program d3 "$held"
}
free_of_program() { [ "$(program "$1")" != "$2" ]; }
program() { # program PORT: id of the XDP program on it
	ip -n "$SWITCH" -j link show "$1" | jq -r '.[].xdp.prog.id // ""'
}
modes_are() { json ports -- "[.[].mode] | unique == [\"$1\"]"; }
port_is() { json ports -- ".[] | select(.port == $1) | .state == \"$2\""; }
told() { grep -q "$1" "$RUN/agent.log"; }
has_error() { json ports -- '.[] | select(.port == 3) | .error // "" | contains("XDP program '"$held"' is there already")'; }
monitored() { # does the monitor tell of changes?
	ip -n "$SWITCH" link set away3 mtu 1400
	ip -n "$SWITCH" link set away3 mtu 1500
	[ -s "$WORK/flags" ]
}
works() { # works CLIENT GROUP
	local family
	for family in 4 6; do
		send 1 "$(group_of $family "$2")" 5001 200
		view "client$1" got$family -g "$(group_of $family "$2")" -p 5001
		expect 10 "client $1 gets IPv$family data" views got$family
		leave got$family
	done
}

n=0
for how in netlink link; do
	rename d3 away3
	hold $how

	configure auto
	lab agent start "$WORK/test.conf" || fail "no start"
	modes_are native || port_is 3 pending || fail "at first: $(ctl -j ports)"
	works 1 $((++n))
	rename away3 d3
	expect 5 "auto, $how: all ports go over to TC" modes_are tc
	expect 5 "port 3 is up" port_is 3 up
	json ports -- '.[0].mode_reason == "d3: another XDP program is there"' || fail "the reason: $(ctl -j ports)"
	works 3 $((++n))
	same "the foreign program" "$held" "$(program d3)"
	lab agent stop INT
	same "the foreign program at the end" "$held" "$(program d3)"

	rename d3 away3
	: >"$RUN/agent.log"
	MUPI_MODE=native lab agent start "$WORK/test.conf" || fail "no start"
	spawn switch ip -o monitor link dev away3 >"$WORK/flags"
	MONITOR=$SPAWNED
	expect 5 "the monitor runs" monitored
	rename away3 d3
	expect 5 "native, $how: a line says so" told "d3: XDP program $held is there already"
	has_error || fail "ports does not say why: $(ctl -j ports)"
	ctl ports | grep -q "^port 3: d3: XDP program $held is there" || fail "not for people: $(ctl ports)"
	works 1 $((++n))
	same "the foreign program beside native" "$held" "$(program d3)"
	quit "$MONITOR"
	same "the flags it gets in vain" 0 "$(lines flags ALLMULTI)"
	same "the lines that say so" 1 "$(grep -c "XDP program $held is there" "$RUN/agent.log")"
	release $how
	expect 5 "port 3 is up" port_is 3 up
	works 3 $((++n))
	lab agent stop INT
done

# A reload puts another agent in this one's place, which has no more rights.
rename d3 away3
hold netlink
rename away3 d3
configure auto '1, d1' '7, u7'
spawn switch "$BUILD/mupi-agent" -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$RUN/agent.log" 2>&1
AGENT=$SPAWNED
expect 10 "the agent is ready" grep -qw ready "$RUN/agent.log"
modes_are native || fail "before the reload: $(ctl -j ports)"
configure auto '1, d1' '3, d3' '7, u7'
ctl reload >/dev/null || fail "reload"
expect 10 "a reload: all ports go over to TC" modes_are tc
works 3 $((++n))
ctl exit --cleanup >/dev/null || fail "exit"
wait "$AGENT"

# With native it serves the others, and takes the new port when it is free.
configure auto '1, d1' '7, u7'
spawn switch "$BUILD/mupi-agent" -m native -c "$WORK/test.conf" -s "$RUN/agent.sock" -p "$RUN/bpf/mupi" \
	>"$RUN/agent.log" 2>&1
AGENT=$SPAWNED
expect 10 "the agent is ready" grep -qw ready "$RUN/agent.log"
configure auto '1, d1' '3, d3' '7, u7'
ctl reload >/dev/null || fail "reload"
expect 10 "native: the new port's error" has_error
works 1 $((++n))
release netlink
expect 5 "port 3 is up" port_is 3 up
works 3 $((++n))
ctl exit --cleanup >/dev/null || fail "exit"
wait "$AGENT"

# libxdp looks at programs, which takes CAP_SYS_ADMIN.
rename d3 away3
configure libxdp
lab agent start "$WORK/test.conf" || fail "no start"
rename away3 d3
expect 5 "port 3 is up" port_is 3 up
modes_are native || fail "libxdp: $(ctl -j ports)"
works 3 $((++n))
lab agent stop INT
for port in d1 d3 u7; do same "programs on $port" "" "$(program $port)"; done
