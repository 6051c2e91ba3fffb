#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The installed unit under a real systemd: numbered packets while systemctl restarts, reloads, kills, stops and starts
# it. systemd is the first process of a container whose files are an overlay of this host's, whose network is that of
# the lab's switch, and where all that is mounted ends with it.
. "$(dirname "$0")/lib.sh"

[ -x /lib/systemd/systemd ] || skip "systemd is missing"
CGROUPS=$(findmnt -nro TARGET -t cgroup2 | head -n 1)
[ -n "$CGROUPS" ] || skip "cgroup2 is not mounted"
CGROUP=$CGROUPS/mupi-$MUPI_LAB
R=$WORK/root

# ---- the container ----

# Runs in the container's namespaces, before its systemd does.
boot() {
	mount --make-rprivate /
	mount -t tmpfs none "$WORK/files"
	mkdir "$WORK/files/upper" "$WORK/files/work"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/files/upper,workdir=$WORK/files/work" "$R" || exit 1
	mount -t proc proc "$R/proc" && mount -t sysfs sysfs "$R/sys" && mount -t bpf bpf "$R/sys/fs/bpf" &&
		mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup" && mount -t tmpfs tmpfs "$R/run" &&
		mount -t tmpfs tmpfs "$R/tmp" && mount -t tmpfs tmpfs "$R/dev" || exit 1
	for device in null zero full random urandom; do
		touch "$R/dev/$device"
		mount --bind "/dev/$device" "$R/dev/$device"
	done
	make -s -C "$ROOT" "BUILD=${BUILD%-san}" SAN= install DESTDIR="$R" PREFIX=/usr || exit 1
	mkdir -p "$R/etc/mupi" "$R/etc/systemd/system/mupi-agent.service.d"
	cp "$WORK/murt.conf" "$R/etc/mupi/"
	if [ -n "${MUPI_MODE:-}" ]; then
		printf '[Service]\nExecStart=\nExecStart=/usr/sbin/mupi-agent -c /etc/mupi/murt.conf -m %s\n' "$MUPI_MODE" \
			>"$R/etc/systemd/system/mupi-agent.service.d/mode.conf"
	fi
	# Nothing of this host's own: only what systemd itself needs, and the agent.
	printf '[Unit]\nDescription=mupi\nDefaultDependencies=no\nRequires=systemd-journald.service\n' \
		>"$R/etc/systemd/system/mupi-test.target"
	exec chroot "$R" env -i container=mupi PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		/lib/systemd/systemd --unit=mupi-test.target
}

inside() {
	nsenter -t "$INIT" -m -p -u -i -C --root --wd=/ env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

ctl() {
	"$BUILD/mupictl" -s "/proc/$INIT/root/run/mupi/agent.sock" "$@"
}

end_container() {
	local status=$?
	kill -KILL "$UNSHARE" 2>/dev/null
	wait_until 10 rmdir_all
	return $status
}
rmdir_all() {
	find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
	! [ -d "$CGROUP" ]
}

cat >"$WORK/murt.conf" <<END
[ports]
port = 1, d1
port = 2, d2
port = 7, u7, upstream
[murt]
murt_entry = , , , 7, 10
END
mkdir "$R" "$WORK/files" "$CGROUP" || fail "no cgroup"
export -f boot
export WORK R ROOT
(
	echo $BASHPID >"$CGROUP/cgroup.procs"
	exec ip netns exec "$MUPI_LAB-switch" unshare -m -p -u -i -C -f --kill-child bash -c boot
) >"$WORK/boot" 2>&1 </dev/null &
UNSHARE=$!
INIT=
trap 'end_container; finish_viewers; finish' EXIT
is_booted() {
	INIT=$(pgrep -P "$UNSHARE") && inside systemctl is-system-running | grep -qE 'running|degraded'
}
expect 60 "systemd runs: $(cat "$WORK/boot")" is_booted

# ---- the unit ----

inside systemctl start mupi-agent || fail "start: $(inside journalctl -u mupi-agent --no-pager)"
for family in 4 6; do
	view client$((family / 2 - 1)) out$family -g "$(group_of $family 1)" -p 5001
	send 1 "$(group_of $family 1)" 5001 20000
done
for family in 4 6; do expect 10 "IPv$family arrives" views out$family; done
capture provider1 upstream 'igmp or (ip6 and ip6[6] == 0)' -Q in -v

served() {
	json members -- '[.[] | select(.upstreams == [7]) | .group] | contains(["239.1.1.1", "ff1e::1"])'
}
is_other() { # is_other PID: another agent runs
	local pid
	pid=$(inside systemctl show -P MainPID mupi-agent)
	[ "$pid" != 0 ] && [ "$pid" != "$1" ]
}
for round in 1 2 3; do
	for verb in restart reload kill stop; do
		pid=$(inside systemctl show -P MainPID mupi-agent)
		case $verb in
		kill) inside systemctl kill -s KILL mupi-agent ;; # Restart= starts it again
		stop) inside systemctl stop mupi-agent && sleep 0.3 && inside systemctl start mupi-agent ;;
		*) inside systemctl $verb mupi-agent ;;
		esac || fail "round $round, systemctl $verb: $(inside journalctl -n 20 -u mupi-agent --no-pager)"
		[ $verb = reload ] || expect 10 "an agent after $verb" is_other "$pid"
		expect 10 "memberships after $verb" served
		audit_clean
	done
done

same "leaves upstream" 0 "$(lines upstream '(to_in,|to_in \{|block,|block \{)')"
for family in 4 6; do
	leave out$family
	whole out$family
	once out$family
done
inside systemctl stop mupi-agent
inside mupi-agent -c /etc/mupi/murt.conf --cleanup || fail "cleanup"
