#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command that --help lists, as a table and as JSON.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[providers]
provider = news, 10.100.0.31, 7, 239.1.1.0/24
[murt]
murt_entry = 10.100.0.0/26, 239.2.0.0/16, 10.100.0.31, 7, 30
murt_entry = , 3, ff1e::/16, , 8, -10
default_upstream = 9
[acl]
deny = 239.255.255.250
END
TESTED=$'monitor\ntop' # have tests of their own

# text PATTERN WORD...: there is a line like that
text() {
	ctl "${@:2}" >"$WORK/text" 2>"$WORK/err" || fail "${*:2}: $(cat "$WORK/err")"
	[ ! -s "$WORK/err" ] || fail "${*:2} complains: $(cat "$WORK/err")"
	grep -qE -- "$1" "$WORK/text" || fail "${*:2} lacks '$1': $(cat "$WORK/text")"
	! grep -q ' $' "$WORK/text" || fail "${*:2}: a line ends in blanks"
}

# as_json FILTER WORD...: one JSON value on one line, of which the filter is true
as_json() {
	ctl -j "${@:2}" >"$WORK/json" 2>"$WORK/err" || fail "-j ${*:2}: $(cat "$WORK/err")"
	jq -se "length == 1 and (.[0] | $1)" "$WORK/json" >/dev/null || fail "-j ${*:2}: $(cat "$WORK/json")"
	same "lines of -j ${*:2}" 1 "$(wc -l <"$WORK/json")"
}

# quietly WORD...: done, and nothing to say
quietly() {
	same "$*" "" "$(ctl "$@" 2>&1 || echo "exit code $?")"
}

tested() {
	TESTED+=$'\n'$1
}

# table COMMAND PATTERN FILTER
table() {
	local words
	read -ra words <<<"$1"
	text "$2" "${words[@]}"
	as_json "$3" "${words[@]}"
	tested "$1"
}

view client2 viewer -g 239.1.1.1 -p 5000
expect 5 "a member" json members -- 'length == 1'

table "murt list" '^ +2  - +3  ff1e::/16 +- +8 +-10  yes +file +0$' \
	'.[0] | keys_unsorted == ["id", "client", "downstream_if", "group", "source", "upstream_if", "priority",
		"enabled", "origin", "hits"]'
table members '^ +2  239.1.1.1  10.100.0.12  exclude  - +3 +[0-9.]+  9 +-' \
	'.[0] | .client == "10.100.0.12" and .upstreams == [9] and .rows == []'
table groups '^239.1.1.1 +1  2 +9 +0 +0$' '.[0] | .ports == [2] and .clients == 1'
table upstreams '^ +9  u9 +up +yes +3  239.1.1.1  exclude  -$' '.[2].groups[0].group == "239.1.1.1"'
text '^ +9  u9 ' upstr
as_json 'map(.client) == ["10.100.0.12"]' mem --po 2 --g=239.1.1.1 --cl 10.100.0.12 --js
same "a shortened --help" "usage: mupictl groups" "$(ctl groups --he | head -n 1)"
same "a shortened --watch" 2 "$(ctl groups --w=0.1 | grep -m 2 -c '^GROUP')"
table flows '^ +9  239.1.1.1  - +2 +0 +0$' '.[0] | .upstream == 9 and .source == null'
table ports '^ +7  u7 +upstream +up ' 'length == 9 and .[0].role == "downstream"'
table stats '^joins .* 1 ' '(.ports | length == 9) and (.agent.joins == 1)'
table audit '^no differences$' '.differences == []'
table status '^members +1$' '.members == 1 and .rows == 2'
table providers '^news  10.100.0.31 +7  up +yes +239.1.1.0/24 ' '.[0] | .name == "news" and .port == 7'
table acl '^ +1  deny +- +-  239.255.255.250  - +0$' '.[0].action == "deny"'

text '^upstreams  7$' murt lookup 10.100.0.11 239.2.1.1
text '^ 1 +30 +7  yes +highest priority$' murt lookup 10.100.0.11 239.2.1.1
as_json '.upstreams == [8] and .rows[0].id == 2' murt lookup fe80::1 ff1e::1 - --port 3
as_json '.upstreams == [9] and .rows == []' murt lookup fe80::1 ff1e::1 --port=4
as_json '.upstreams == [7]' murt lookup 10.100.0.11 239.2.1.1 10.100.0.31
as_json '.rows == [{"id": 1, "priority": 30, "upstream_if": 7, "selected": true, "why": "highest priority"}] and
	(has("carves") | not)' murt lookup 10.100.0.11 239.2.1.1
as_json '.upstreams == [] and .reason == "link-local groups are not proxied"' murt lookup 10.0.0.1 224.0.0.5
as_json '.upstreams == [] and .reason == "the group is in ssm_range and needs a source"' murt lookup 10.0.0.1 232.1.1.1
as_json '.upstreams == [9] and .reason == "no row matches: default upstream"' murt lookup 10.0.0.1 232.1.1.1 10.0.0.9
tested "murt lookup"

text '^id  3$' murt add - 239.9.0.0/16 - 8 -5
as_json '.id == 4' murt add 10.100.0.0/26 239.9.0.0/16 10.0.0.1 u7 5 --port d2 --disabled
json murt list -- '.[2:] == [
	{"id": 3, "client": null, "downstream_if": null, "group": "239.9.0.0/16", "source": null,
		"upstream_if": 8, "priority": -5, "enabled": true, "origin": "ctl", "hits": 0},
	{"id": 4, "client": "10.100.0.0/26", "downstream_if": 2, "group": "239.9.0.0/16", "source": "10.0.0.1",
		"upstream_if": 7, "priority": 5, "enabled": false, "origin": "ctl", "hits": 0}]' ||
	fail "rows added: $(ctl -j murt list)"
tested "murt add"
quietly murt set 4 source=- priority=6
as_json '. == {}' murt set 4 client=- downstream_if=3 balance=hash
text '^ +4 .* hash$' murt list
quietly murt set 4 balance=-
json murt list -- '.[3] | .source == null and .client == null and .downstream_if == 3 and .priority == 6' ||
	fail "row set: $(ctl -j murt list)"
tested "murt set"
why() { # why ID TEXT: of a lookup for client2
	as_json "any(.rows[]; .id == $1 and .why == \"$2\")" murt lookup 10.100.0.12 239.9.1.1 - --port 3
}
why 4 disabled
quietly murt enable 4
why 3 "priority -5 is lower than 6"
quietly upstream disable 7
why 4 "upstream 7 is out of service"
quietly upstream enable 7
as_json '. == {}' murt enable 4
json murt list -- '.[3].enabled' || fail "row 4 is not enabled"
tested "murt enable"
quietly murt disable 3
as_json '. == {}' murt disable 3
json murt list -- '.[2].enabled == false' || fail "row 3 is enabled"
tested "murt disable"
text '^murt_entry = , 3, 239.9.0.0/16, , 7, 6$' murt export
as_json '.lines | length == 4' murt export
tested "murt export"
ctl murt export >"$WORK/rows"
{ echo "[murt]" && cat "$WORK/rows"; } >"$WORK/exported.conf"
"$BUILD/mupi-agent" -t -c "$WORK/exported.conf" -i d1,d2,d3,d4,d5,d6,u7,u8,u9 || fail "what was exported is no configuration"
quietly murt del 4
as_json '. == {}' murt del 3
json murt list -- 'length == 2' || fail "rows are not deleted"
tested "murt del"
quietly murt flush
as_json '. == {}' murt flush
json murt list -- '. == []' || fail "rows are left: $(ctl -j murt list)"
tested "murt flush"
quietly murt import "$WORK/rows"
same "what was exported and imported" "$(cat "$WORK/rows")" "$(ctl murt export)"
ctl murt flush
ctl -j murt import - <"$WORK/rows" >"$WORK/json" || fail "import from stdin"
same "import as JSON" '{}' "$(cat "$WORK/json")"
tested "murt import"

quietly upstream disable 9
as_json '. == {}' upstream disable news
json providers -- '.[0].enabled == false' || fail "a provider taken out: $(ctl -j providers)"
tested "upstream disable"
quietly upstream enable u9
as_json '. == {}' upstream enable 7
tested "upstream enable"
quietly log debug
as_json '. == {}' log info
tested log
quietly reload
as_json '. == {}' reload
tested reload
audit_clean

# by specificity: a source of its own, and the rest
cat >"$WORK/test.conf" <<END
[murt]
selection = specificity
murt_entry = , 239.1.0.0/16, 10.100.0.32, 7, 5
murt_entry = , 239.1.0.0/16, , 8, 20
murt_entry = , , , 9, 20
[providers]
provider = news, 10.100.0.31, 7, 239.1.1.0/24
END
quietly murt flush
quietly reload
ids=$(ctl -j murt list | jq -c 'map(select(.priority == 5 or .group == "239.1.0.0/16") | .id)')
expect 5 "rows of a carve-out serve a member" json members -- ".[0] | .rows == $ids and .upstreams == [7,8]"
text '^10.100.0.32  7$' murt lookup 10.100.0.12 239.1.1.1
as_json '.upstreams == [7, 8] and .carves == [{"source": "10.100.0.32", "upstreams": [7]}] and
	.reason == "1 source is carved out" and ([.rows[] | [.upstream_if, .selected, .why]] == [
	[7, true, "serves 10.100.0.32"], [8, true, "serves all other sources"],
	[9, false, "less specific: no field"]])' murt lookup 10.100.0.12 239.1.1.1
audit_clean

ctl --help >"$WORK/help"
for name in $(sed -nE 's/^  ([a-z]+( [a-z]+)?)( .*|$)/\1/p' "$WORK/help" | tr ' ' +); do
	name=${name//+/ }
	read -ra words <<<"$name"
	ctl "${words[@]}" --help >"$WORK/help" || fail "$name --help"
	grep -q "^usage: mupictl $name" "$WORK/help" || fail "$name --help: $(cat "$WORK/help")"
	grep -q "^example: mupictl $name" "$WORK/help" || fail "$name --help has no example"
	[ "$name" = exit ] || grep -qx "$name" <<<"$TESTED" || fail "'$name' has no test"
done

pid=$(ctl -j status | jq .pid)
gone() { ! kill -0 "$pid"; }
as_json '. == {}' exit --cleanup
expect 10 "the agent ends" gone
