#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Root does everything; group mupi reads; those who are in mupi-admin as well change things; nobody else connects.
. "$(dirname "$0")/lib.sh"

MUPI=64501
ADMIN=64502
USER_ID=64001
# The agent finds a group file of this test. A mount in `ip netns exec` is seen by its command alone.
mkdir "$WORK/bin"
printf 'root:x:0:\nmupi:x:%d:\nmupi-admin:x:%d:\n' $MUPI $ADMIN >"$WORK/group"
cat >"$WORK/bin/mupi-agent" <<END
#!/bin/bash
mount --bind "$WORK/group" /etc/group && exec "$BUILD/mupi-agent" "\$@"
END
chmod +x "$WORK/bin/mupi-agent"
# Copies that any user may run.
cp "$BUILD/mupictl" "$BUILD/control" "$WORK/bin"
chmod 711 "$WORK" "$WORK/bin"
chmod 755 "$RUN"

as() { # as GROUPS COMMAND...: as a user with these groups, "" for none
	local groups=(--clear-groups)
	[ -z "$1" ] || groups=(--groups "$1")
	(cd / && setpriv --reuid "$USER_ID" --regid "$USER_ID" "${groups[@]}" "${@:2}")
}
ctl_as() { # ctl_as GROUPS WORDS...
	as "$1" "$WORK/bin/mupictl" -s "$RUN/agent.sock" "${@:2}"
}
# ends CODE TEXT COMMAND...: with this exit code and one line that holds the text
ends() {
	local status
	"${@:3}" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	same "exit code of ${*:3}" "$1" $status
	same "lines of ${*:3}" 1 "$(wc -l <"$WORK/err")"
	grep -qF "$2" "$WORK/err" || fail "${*:3} says: $(cat "$WORK/err")"
}
mode_of() {
	stat -c '%a %u %g' "$1"
}

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
if ! getent group mupi >/dev/null; then
	same "socket without group mupi" "600 0 0" "$(mode_of "$RUN/agent.sock")"
fi
ends 3 "Permission denied" ctl_as "" status
lab agent stop

BUILD=$WORK/bin lab agent start "$WORK/test.conf" || fail "the agent does not start"
same "socket" "660 0 $MUPI" "$(mode_of "$RUN/agent.sock")"
ends 3 "Permission denied" ctl_as "" status
ends 3 "Permission denied" ctl_as $ADMIN status
for command in status ports members "murt list" stats upstreams flows audit; do
	# shellcheck disable=SC2086
	ctl_as $MUPI $command >"$WORK/out" || fail "a reader is refused: $command"
done
(cd / && setpriv --reuid $USER_ID --regid $MUPI --clear-groups "$WORK/bin/mupictl" -s "$RUN/agent.sock" status) \
	>"$WORK/out" || fail "a reader by primary group is refused"

echo 'murt_entry = , , , 8, 9' >"$WORK/bin/rows.conf"
chmod 644 "$WORK/bin/rows.conf"
while IFS='|' read -r command words; do
	# shellcheck disable=SC2086
	ends 1 "permission denied: '$command' is for root and members of group mupi-admin" ctl_as $MUPI $command $words
done <<END
murt add|- 239.1.1.1 - 8 1
murt set|1 priority=3
murt del|1
murt enable|1
murt disable|1
murt flush|
murt import|$WORK/bin/rows.conf
upstream enable|7
upstream disable|7
reload|
log|debug
exit|
END
json murt list -- 'map(.priority) == [10]' || fail "a reader changed the table: $(ctl -j murt list)"
ctl_as $MUPI,$ADMIN murt add - 239.1.1.1 - 8 1 >"$WORK/out" || fail "an admin is refused"
json murt list -- 'length == 2' || fail "no row was added"

# How long a request may be.
for size in 65000 66000; do
	printf '{"command":"status","args":{"x":"%s"}}\n' "$(head -c $size /dev/zero | tr '\0' x)" >"$WORK/$size"
	as $MUPI "$WORK/bin/control" -s "$RUN/agent.sock" <"$WORK/$size" >"$WORK/read$size" 2>/dev/null
	"$BUILD/control" -s "$RUN/agent.sock" <"$WORK/$size" >"$WORK/write$size" 2>/dev/null
	holds .result "$WORK/write$size" || fail "$size bytes of root: $(cat "$WORK/write$size")"
done
holds .result "$WORK/read65000" || fail "a reader's long request: $(cat "$WORK/read65000")"
holds '.error | test("longer than 65536 bytes")' "$WORK/read66000" ||
	fail "a reader's longer request: $(cat "$WORK/read66000")"

# A reader who holds as many connections as he gets leaves some for others.
echo '{"command":"monitor"}' >"$WORK/monitor"
(cd / && exec setpriv --reuid $USER_ID --regid $USER_ID --groups $MUPI "$WORK/bin/control" -s "$RUN/agent.sock" \
	-k -n 60 -t 600 <"$WORK/monitor" >"$WORK/crowd" 2>&1) &
CROWD=$!
STARTED+=("$CROWD")
expect 10 "all but 16 are turned away" eval "[ \"\$(grep -c 'too many connections' $WORK/crowd)\" = 44 ]"
ends 1 "you have too many connections" ctl_as $MUPI status
USER_ID=64002 ctl_as $MUPI status >"$WORK/out" || fail "another reader is locked out"
ctl_as $MUPI,$ADMIN status >"$WORK/out" || fail "an admin is locked out"
quit "$CROWD"
expect 5 "room for him again" ctl_as $MUPI status

# A socket that somebody opened to all is still not for all.
chmod 666 "$RUN/agent.sock"
ends 1 "permission denied: for root and members of group mupi" ctl_as "" status
lab agent stop

(umask 077 && lab agent start "$WORK/test.conf" -s "$RUN/made/here/agent.sock") || fail "the agent does not start"
same "directories" "755 755" "$(stat -c %a "$RUN/made" "$RUN/made/here" | paste -sd' ')"
