#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every kind of file that cannot be loaded is refused with its name, by command and by SIGHUP; table, list, ports,
# memberships and what the kernel forwards stay, and nobody misses a packet.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 0
murt_entry = , 2, , , 8, 10
[acl]
deny = 239.255.255.250
[providers]
provider = one, 10.100.0.31, 7, 239.1.1.1
END
CONF=$WORK/test.conf
cp "$CONF" "$WORK/good.conf"
ctl murt add 10.100.0.14 239.4.0.0/16 - 9 -3 --disabled >/dev/null || fail "murt add"

view client1 out1 -g "$(group_of 4 1)" -p 5001
view client2 out2 -g "$(group_of 6 1)" -p 5001
expect 10 "two members" json members -- 'length == 2'
send 1 "$(group_of 4 1)" 5001 1000
send 2 "$(group_of 6 1)" 5001 1000
for n in 1 2; do expect 10 "client $n receives" views "out$n"; done

state() { # state FILE: all that a reload could change, without counters
	printf '%s\n' "murt list" acl members upstreams providers flows ports | ctl -j -b - |
		jq -cS 'map(del(.hits, .expires, .packets, .bytes)) | sort' >"$WORK/$1"
}

unchanged() { # unchanged WHAT
	state now
	same "the state after $1" "" "$(diff "$WORK/before" "$WORK/now")"
}

refused() { # refused WHAT: the file is what it is
	local code=0
	timeout 10 "$BUILD/mupictl" -s "$RUN/agent.sock" reload 2>"$WORK/error" || code=$?
	same "exit code of a reload with $1" 1 $code
	same "lines about $1" 1 "$(wc -l <"$WORK/error")"
	grep -qF "$CONF" "$WORK/error" || fail "$1 without its name: $(cat "$WORK/error")"
	unchanged "$1"
}

bad() { # bad LINE...: behind the good file
	{ cat "$WORK/good.conf" && printf '%s\n' "$@"; } >"$CONF"
	refused "'$*'"
}

state before
bad '[murt]' 'murt_entry = , , , 99, 0'
bad '[murt]' 'murt_entry = , , , 9'
bad '[murt]' 'murt_entry = , , , 9, 1, 2, 3, 4'
bad '[murt]' 'murt_entry = , , , 9, abc'
bad '[murt]' 'murt_entry = , , , 9, 2147483648'
bad '[murt]' 'murt_entry = 10.0.0.0/8, ff1e::1, , 9, 1'
bad '[murt]' 'murt_entry = , 10.1.1.1, , 9, 1'
bad '[murt]' 'murt_entry = , ff1e::/129, , 9, 1'
bad '[murt]' 'murt_entry = , 9, , , 9, 1'
bad '[murt]' 'selection = best'
bad '[murt]' 'balance = fair'
bad '[murt]' 'default_upstream = 99'
bad '[acl]' 'deny = nobody'
bad '[acl]' 'deny = 10.0.0.1, 77, 239.1.1.1,'
bad '[timers]' 'query_interval = 1ms'
bad '[timers]' 'robustness = 0'
bad '[proxy]' 'reports = never'
bad '[limits]' 'memberships = many'
bad '[static]' 'join = 3'
bad '[static]' 'join = 3, 232.1.1.1'
bad '[providers]' 'provider = two'
bad '[providers]' 'provider = one, , 8'
bad '[datapath]' 'hold_time = long'
bad '[port 99]' 'fast_leave = on'
bad '[port'
bad 'no setting at all'
# The last line is wrong, the others would change much.
printf '[murt]\nmurt_entry = , , , 9, 0\n[acl]\ndeny = ,\n[timers]\nrobustness = 9\n' >"$CONF"
refused "a file that is wrong at its end"
head -c 100000 /dev/urandom >"$CONF"
refused "random bytes"
rm "$CONF"
refused "no file"
mkdir "$CONF"
refused "a directory"
rmdir "$CONF"
mkfifo "$CONF"
refused "a pipe that nobody writes to"
rm "$CONF"
for device in zero urandom null; do
	ln -s /dev/$device "$CONF"
	refused "/dev/$device"
	rm "$CONF"
done
{ cat "$WORK/good.conf" && printf '\0\n'; } >"$CONF"
refused "a zero byte"
truncate -s 1T "$CONF"
refused "a terabyte"

{ cat "$WORK/good.conf" && printf '[murt]\nmurt_entry = , , , 99, 0\n'; } >"$CONF"
lines=$(wc -l <"$RUN/agent.log")
kill -HUP "$(cat "$RUN/mupi-agent.pid")"
told() {
	tail -n "+$((lines + 1))" "$RUN/agent.log" | grep -q 'test.conf:9: upstream 99 is not a configured port'
}
expect 10 "the log says why" told
unchanged "SIGHUP"
cp "$WORK/good.conf" "$CONF"
ctl reload || fail "reload of the good file"
unchanged "a reload of the same file"

for n in 1 2; do
	leave "out$n"
	[ "$(received "out$n" "$n")" -gt 1000 ] || fail "client $n received only $(cat "$WORK/out$n")"
	whole "out$n"
	once "out$n"
done
