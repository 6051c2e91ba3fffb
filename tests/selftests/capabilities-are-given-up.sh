#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Once it is set up, the agent has four capabilities left, and so has the agent that a reload with other ports puts in
# its place. With just these, and without root, it starts and serves, too.
. "$(dirname "$0")/lib.sh"

# net_admin, net_raw, perfmon, bpf
KEPT=000000c000003000
capabilities_are() { # capabilities_are SET...
	local pid set
	pid=$(cat "$RUN/mupi-agent.pid")
	for set in "$@"; do
		same "$set" "$KEPT" "$(awk -v set="$set:" '$1 == set { print $2 }' "/proc/$pid/status")"
	done
}
serves() { # serves GROUP: a client joins it and gets data in both families
	local family
	for family in 4 6; do
		send 1 "$(group_of $family "$1")" 5001 200
		view client1 out$family -g "$(group_of $family "$1")" -p 5001
		expect 10 "IPv$family: data" views out$family
		leave out$family
	done
}

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
capabilities_are CapPrm CapEff CapBnd
serves 1
chmod 600 "$WORK/test.conf"
ctl murt add - - - 8 5 >"$WORK/add" || fail "no row is added"
ctl reload || fail "reload: a file for root only"
grep -q 'rows of commands will not survive' "$RUN/agent.log" && fail "rows are not written"
# An interface that appears later.
ip -n "$MUPI_LAB-switch" link set d3 down
ip -n "$MUPI_LAB-switch" link set d3 name away3
expect 5 "port 3 is pending" json ports -- '.[2].state == "pending"'
ip -n "$MUPI_LAB-switch" link set away3 name d3
ip -n "$MUPI_LAB-switch" link set d3 up
expect 5 "port 3 is up" json ports -- '.[2].state == "up"'
lab agent stop

# A file that belongs to somebody else is read again, too.
chown nobody "$WORK/test.conf"
chmod 755 "$WORK"
lab agent start "$WORK/test.conf" || fail "the agent does not start"
ctl reload || fail "reload: somebody else's file"
KEPT=000000c000003002 capabilities_are CapEff CapBnd
lab agent stop
[ ! -e "$RUN/agent.sock" ] || fail "the socket is left"

# Without root: a socket, pins and a configuration of its own.
capabilities=+net_admin,+net_raw,+bpf,+perfmon
umount "$RUN/bpf"
mount -t bpf -o mode=0777 bpf "$RUN/bpf" || fail "no bpffs"
mkdir "$RUN/own"
chown nobody "$RUN/own"
# Where anybody may run it.
cp "$BUILD/mupi-agent" "$WORK/agent"
cat >"$WORK/mupi-agent" <<END
#!/bin/sh
exec setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps $capabilities --ambient-caps $capabilities \\
	"$WORK/agent" "\$@"
END
chmod 755 "$WORK/mupi-agent"
printf '[ports]\nport = %s\nport = %s\n' "1, d1" "7, u7" >>"$WORK/test.conf"
spawn switch "$WORK/mupi-agent" -c "$WORK/test.conf" -s "$RUN/own/agent.sock" -p "$RUN/bpf/mupi" \
	2>"$RUN/agent.log"
pid=$SPAWNED
ln -s own/agent.sock "$RUN/agent.sock"
expect 20 "the agent is ready" grep -qw ready "$RUN/agent.log"
same "user" "$(id -u nobody)" "$(awk '/^Uid:/ { print $3 }' "/proc/$pid/status")"
echo "$pid" >"$RUN/mupi-agent.pid"
capabilities_are CapPrm CapEff
serves 2
ctl reload || fail "reload without root"
echo "port = 2, d2" >>"$WORK/test.conf"
ctl reload || fail "reload with another port"
expect 10 "port 2 is served" json ports -- '.[] | select(.port == 2) | .state == "up"'
capabilities_are CapPrm CapEff
serves 3
audit_clean
ctl exit --cleanup || fail "exit"
expect 5 "it has ended" eval "! kill -0 $pid"
[ ! -e "$RUN/bpf/mupi" ] || fail "pins are left: $(ls -R "$RUN/bpf/mupi")"
rm "$RUN/agent.sock"
