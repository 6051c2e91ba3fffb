#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mupi-agent --check: each trap is told, and is gone after its cure has been run; looking changes nothing.
. "$(dirname "$0")/lib.sh"
unset MUPI_MODE

export PATH=$ROOT/tools:$PATH OVS_RUNDIR=$RUN OVS_DBDIR=$RUN
PEER=$MUPI_LAB-client1
ARGS=()

# look WRAPPER... -- : --check with ARGS, findings in $WORK/found, exit code returned
look() {
	on switch "$@" "$WORK/mupi-agent" --check --json -p "$RUN/bpf/mupi" "${ARGS[@]}" >"$WORK/found" 2>"$WORK/err"
}

of() { # of CHECK FIELD: of the first finding of a check
	jq -r "[.[] | select(.check == \"$1\")][0].$2" "$WORK/found"
}

is() { # is CHECK STATUS PATTERN: look, and find this status, and PATTERN in the text or cure
	local code expected=0
	[ "$2" != fail ] || expected=1
	look
	code=$?
	same "exit code with $1 $2, $(jq -c '.[] | select(.status == "fail")' "$WORK/found")" "$expected" "$code"
	same "status of $1 ($(of "$1" text))" "$2" "$(of "$1" status)"
	grep -q -- "$3" <<<"$(of "$1" text): $(of "$1" cure)" || fail "$1: $(of "$1" text): $(of "$1" cure): no '$3'"
}

# cured CHECK STATUS PATTERN: as above, and ok once the cure has been run
cured() {
	is "$@"
	on switch bash -c "$(of "$1" cure)" >/dev/null || fail "$1: the cure fails: $(of "$1" cure)"
	is "$1" ok ""
}

# What is there of interfaces, programs on them, and pins.
state() {
	on switch ip -details -oneline link
	on switch ethtool -k d1
	on switch tc filter show dev d1 egress
	find "$RUN"
}

healthy_lab_fails_nowhere() {
	printf '[murt]\nmurt_entry = , , , 7, 10\n' >"$WORK/test.conf"
	ARGS=(-c "$WORK/test.conf" -i "1=d1,2=d2,7=u7" -m native)
	state >"$WORK/before"
	is kernel ok ""
	state | diff "$WORK/before" - >&2 || fail "looking has changed something"
	holds 'all(.[]; (.status | IN("ok", "warn", "fail")) and (.text | length > 0) and has("cure") and has("port"))' \
		"$WORK/found" || fail "findings are not whole: $(cat "$WORK/found")"
	holds 'all(.[]; .status == "ok" or .cure != null)' "$WORK/found" || fail "no cure: $(cat "$WORK/found")"
	same "ports" '[null,1,2,7]' "$(jq -c '[.[].port] | unique' "$WORK/found")"
	on switch "$BUILD/mupi-agent" --check "${ARGS[@]}" >"$WORK/table" || fail "the table says other than JSON"
	grep -q '^ok  *target  *1=d1  ' "$WORK/table" || fail "no line for d1: $(cat "$WORK/table")"
	grep -qE '^[0-9]+ ok, [0-9]+ warn, 0 fail$' "$WORK/table" || fail "no sum: $(cat "$WORK/table")"
}

# A3: frames to a veth whose peer has neither GRO nor a program vanish uncounted.
peer_without_gro() {
	on client1 ethtool -K eth1 gro off
	cured target fail "ip netns exec $PEER ethtool -K eth1 gro on"
	on client1 ethtool -K eth1 gro off
	ARGS+=(-m auto)
	is target warn "auto takes tc"
	ARGS+=(-m tc)
	is target ok "tc"
	ARGS=(-i d1 -m native)
	# GRO that comes on while the peer is down is overlooked by the kernel.
	on client1 ethtool -K eth1 gro off
	on client1 ip link set eth1 down
	on client1 ethtool -K eth1 gro on
	cured target fail "ip netns exec $PEER ip link set dev eth1 up && .* gro off && .* gro on"
	on client1 ip link set eth1 down
	cured link warn "ip netns exec $PEER ip link set dev eth1 up"
}

# A namespace may have any name, up to 255 bytes.
peer_in_an_oddly_named_namespace() {
	local name
	name="$MUPI_LAB-it's; \$HOME $(head -c 200 /dev/zero | tr '\0' x)"
	ip netns add "$name"
	VIEWERS+=("$name")
	ip link add odd netns "$MUPI_LAB-switch" type veth peer name 'o&d' netns "$name"
	ip -n "$name" link set 'o&d' up
	ip -n "$MUPI_LAB-switch" link set odd up
	ARGS=(-i odd -m native)
	cured target fail 'ethtool -K o\\&d gro on'
	ip -n "$name" link set 'o&d' down
	ARGS=(-i odd -m native)
	cured link warn 'link set dev o\\&d up'
	ARGS=(-i d1 -m native)
}

# A3: a socket's checksum is unfinished on a veth; only where data arrives it matters.
peer_with_unfinished_checksums() {
	on client1 ethtool -K eth1 tx on >/dev/null
	cured checksum warn "ip netns exec $PEER ethtool -K eth1 tx off"
	on client2 ethtool -K eth1 tx on >/dev/null
	ARGS=(-c "$WORK/test.conf" -i "2=d2,7=u7" -m native)
	is checksum ok "downstream"
	ARGS=(-i d1 -m native)
}

# A3: a program on a veth limits its peer's MTU; A1: what is longer than the MTU of the way out is dropped.
wrong_mtu() {
	on client1 ip link set eth1 mtu 9000
	cured mtu fail "mtu 3506"
	on client1 ip link set eth1 mtu 1500
	on switch ip link set d1 mtu 1400
	ARGS=(-c "$WORK/test.conf" -i "1=d1,7=u7" -m native)
	cured mtu warn "ip link set dev d1 mtu 1500"
	ARGS=(-i d1 -m native)
}

# D: a tag that travels beside the frame is not seen.
hidden_vlan_tags() {
	on client1 ethtool -K eth1 txvlan on
	cured vlan warn "ip netns exec $PEER ethtool -K eth1 txvlan off"
}

# D: a program of somebody else.
foreign_program() {
	cat >"$WORK/pass.c" <<-'END'
		__attribute__((section("xdp"), used)) int pass(void *ctx) { (void)ctx; return 2; }
		char _license[] __attribute__((section("license"), used)) = "GPL";
	END
	clang -O2 -target bpf -c "$WORK/pass.c" -o "$WORK/pass.o" || fail "clang cannot build a BPF program"
	on switch ip link set d1 xdpdrv obj "$WORK/pass.o" sec xdp || fail "no program on d1"
	cured xdp fail "(pass, xdpdrv).*ip link set dev d1 xdpdrv off"
	on switch ip link set d1 xdpgeneric obj "$WORK/pass.o" sec xdp || fail "no generic program on d1"
	ARGS+=(-m tc)
	is xdp warn "sees packets before"
	ARGS=(-i d1 -m native)
	cured xdp fail "xdpgeneric off"
}

# D: a snooping bridge above the port; A3: no driver of a bridge; a port that is down; one that is not there.
bridges_and_links() {
	on switch ip link add x1 type veth peer name x2
	on switch ip link add br1 type bridge mcast_snooping 1
	on switch ip link set x1 master br1
	ARGS=(-i x1)
	on switch ip link set x2 up
	cured link warn "ip link set dev x1 up"
	cured bridge warn "mcast_snooping 0"
	# A bridge as a port: no driver at all.
	ARGS=(-i br1)
	is driver warn "-m tc"
	ARGS=(-i br1 -m native)
	is driver fail "-m tc"
	ARGS=(-i nowhere)
	is link warn "no such interface"
	on switch ip link del x1
	on switch ip link del br1
	ARGS=(-i d1 -m native)
}

# A container's namespace has no name.
peer_in_a_nameless_namespace() {
	local holder
	on switch ip link add x1 type veth peer name x2
	unshare -n sleep 100 &
	holder=$!
	STARTED+=("$holder")
	expect 5 "a namespace of its own" \
		eval "[ \"\$(readlink /proc/$holder/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]"
	on switch ip link set x2 netns "$holder"
	on switch ip link set x1 up
	ARGS=(-i x1 -m native)
	nsenter -t "$holder" -n ip link set x2 up
	cured target fail "nsenter -t [0-9]* -n ethtool -K x2 gro on"
	on switch ip link del x1
	ARGS=(-i d1 -m native)
}

# A7: netlink cannot take off what a bpf_link holds.
program_of_a_link() {
	cat >"$WORK/hold.c" <<-'END'
		#include <bpf/libbpf.h>
		#include <net/if.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			struct bpf_object *object = bpf_object__open_file(argv[1], NULL);
			if (argc != 3 || !object || bpf_object__load(object))
				return 1;
			if (!bpf_program__attach_xdp(bpf_object__next_program(object, NULL), (int)if_nametoindex(argv[2])))
				return 1;
			pause();
		}
	END
	gcc -o "$WORK/hold" "$WORK/hold.c" -lbpf || fail "gcc cannot build with libbpf"
	background on switch "$WORK/hold" "$WORK/pass.o" d1
	expect 5 "a link on d1" eval "on switch ip link show d1 | grep -q prog/xdp"
	cured xdp fail "bpftool link detach id"
}

# A6: an interface that the switch drives with AF_XDP; snooping and offload of the switch.
switch_in_the_way() {
	on switch ovs-vsctl --no-wait set interface d1 type=afxdp
	cured switch fail "ovs-vsctl set interface d1 type=system"
	on switch ovs-vsctl --no-wait set bridge mupi mcast_snooping_enable=true
	cured switch warn "mcast_snooping_enable=false"
	on switch ovs-vsctl --no-wait set Open_vSwitch . other_config:hw-offload=true
	cured switch warn "hw-offload"
	on switch ovs-vsctl add-port mupi host -- set interface host type=internal
	ARGS=(-i host)
	is switch warn "an internal port"
	ARGS=(-i d1 -m native)
}

# A6: without the rules the switch floods what the data plane forwards, with mode tc in any case.
switch_without_rules() {
	is switch ok "drops multicast"
	on switch ovs-ofctl -O OpenFlow14 del-flows mupi
	ARGS+=(-m tc)
	is switch fail "mupi-ovs install -b mupi"
	ARGS=(-i d1 -m native)
	cured switch warn "floods multicast.*mupi-ovs install -b mupi"
}

# bpffs: in a mount namespace where there is none.
no_bpffs() {
	on switch bash -c "
		umount /sys/fs/bpf 2>/dev/null
		agent='$BUILD/mupi-agent --check --json'
		cure=\$(\$agent | jq -r '.[] | select(.check == \"bpffs\" and .status == \"warn\").cure') &&
			[ \"\$cure\" = 'mount -t bpf bpf /sys/fs/bpf' ] && \$cure &&
			[ \"\$(\$agent | jq '.[] | select(.check == \"bpffs\").status == \"ok\"')\" = true ]
	" || fail "bpffs: not told, or not cured"
	ARGS+=(-p "$WORK/none/mupi")
	is bpffs fail "mkdir -p $WORK/none"
}

beside_an_agent() {
	start_agent <"$WORK/test.conf"
	ARGS=(-c "$WORK/test.conf" -i "1=d1,2=d2,7=u7")
	is xdp ok "an agent's program"
	# Which would go on; one with other pins is in the way.
	ARGS+=(-p "$RUN/bpf/other")
	is xdp fail "of another mupi-agent"
	ARGS=(-i d1)
}

without_root() {
	ARGS=(-i d1)
	look setpriv --reuid=65534 --regid=65534 --clear-groups || fail "without root: exit code $?"
	same "rights without root" warn "$(of rights status)"
	grep -q CAP_BPF <<<"$(of rights text)" || fail "rights: no CAP_BPF: $(of rights text)"
	for name in bpf vlan checksum; do
		grep -q 'not looked at' <<<"$(of $name text)" || fail "$name without root: $(of $name text)"
	done
	same "driver without root" ok "$(of driver status)"
}

usage() {
	"$BUILD/mupi-agent" --check nonsense 2>/dev/null
	same "exit code of a word too many" 2 $?
	"$BUILD/mupi-agent" --json -c /dev/null 2>/dev/null
	same "exit code of --json alone" 2 $?
}

# Where everybody may run it.
cp "$BUILD/mupi-agent" "$WORK" && chmod 755 "$WORK"
healthy_lab_fails_nowhere
ARGS=(-i d1 -m native)
peer_without_gro
peer_in_an_oddly_named_namespace
peer_with_unfinished_checksums
wrong_mtu
hidden_vlan_tags
foreign_program
program_of_a_link
bridges_and_links
peer_in_a_nameless_namespace
switch_without_rules
switch_in_the_way
without_root
no_bpffs
beside_an_agent
usage
