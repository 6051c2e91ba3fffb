#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash offers behind a Tab, and zsh where it is installed.
. "$(dirname "$0")/lib.sh"

start_agent <<END
[providers]
provider = news, 10.100.0.31, 7
[murt]
murt_entry = , 239.1.0.0/16, , 7, 30
murt_entry = , 239.2.0.0/16, , 8, 30
default_upstream = 9
END
reports 1 --client 10.100.0.11 --group 239.1.1.1
reports 2 --client fe80::12 --group ff1e::77
expect 5 "two groups" json groups -- 'length == 2'
PATH=$BUILD:$PATH
S="-s $RUN/agent.sock"

. "$ROOT/tools/mupictl/completion.bash"
complete -p mupictl >"$WORK/complete" || fail "bash knows no completion"

# by_bash LINE: as bash calls it
by_bash() {
	COMP_LINE=$1
	COMP_POINT=${#1}
	read -ra COMP_WORDS <<<"$1"
	[[ $1 != *" " ]] || COMP_WORDS+=("")
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_mupictl 2>/dev/null # compopt: this is no completion
	echo "${COMPREPLY[*]}"
}

# by_zsh LINE: as zsh calls it, with what it adds printed
by_zsh() {
	ZSH_LINE=$1 zsh -fc '
		compadd() { print -r -- "${(P)@[-1]}" }
		_files() { print -l -- $PREFIX*(N) | tr "\n" " " | sed "s/ $//" }
		words=(${=ZSH_LINE}) && [[ $ZSH_LINE == *" " ]] && words+=("")
		CURRENT=$#words PREFIX=$words[-1]
		. '"$ROOT"'/tools/mupictl/_mupictl'
}

# offers LINE WORDS
offers() {
	local shell
	for shell in "${SHELLS[@]}"; do
		same "$shell offers behind '$1'" "$2" "$("by_$shell" "$1")"
	done
}

SHELLS=(bash)
if command -v zsh >/dev/null; then SHELLS+=(zsh); fi
offers "mupictl st" "stats status"
offers "mupictl murt l" "list lookup"
offers "mupictl upstream" "upstreams upstream"
offers "mupictl upstream " "enable disable"
offers "mupictl mu del --he" "--help"
offers "mupictl $S murt del " "1 2"
for option in "-s$RUN/agent.sock" "-js $RUN/agent.sock" "--socket=$RUN/agent.sock" "--so $RUN/agent.sock"; do
	offers "mupictl $option murt del " "1 2"
done
offers "mupictl $S murt set 2 " "client= downstream_if= group= source= upstream_if= priority= enabled= balance="
offers "mupictl $S murt set 2 priority=5 upstream" "upstream_if="
offers "mupictl $S murt set 2 priority=" ""
offers "mupictl $S mem --port d" "d1 d2 d3 d4 d5 d6"
offers "mupictl $S mem --po d" "d1 d2 d3 d4 d5 d6"
offers "mupictl $S members --port=1 --group 2" "239.1.1.1"
offers "mupictl $S members --group 2" "239.1.1.1"
offers "mupictl $S members --port 1 --client 10" "10.100.0.11"
offers "mupictl --socket $RUN/agent.sock murt lookup 10.0.0.1 239" "239.1.1.1"
offers "mupictl $S murt add - 239.1.1.1 - u" "u7 u8 u9"
offers "mupictl $S murt add - 239.1.1.1 - n" ""
offers "mupictl $S upstream disable n" "news"
offers "mupictl $S upstream disable " "7 u7 8 u8 9 u9 news"
offers "mupictl $S exit --" "--cleanup --help --json"
offers "mupictl $S ports --w" "--watch"
offers "mupictl log " "error warning info debug"
offers "mupictl --so" "--socket"
touch "$WORK/rows.conf"
offers "mupictl murt import $WORK/ro" "$WORK/rows.conf"
offers "mupictl -b $WORK/ro" "$WORK/rows.conf"
# Bash takes a colon for the end of a word, zsh does not.
same "bash behind a colon" ":77" "$(by_bash "mupictl $S members --group ff1e:")"
same "bash behind a colon of a value" ":77" "$(by_bash "mupictl $S murt set 2 group=ff1e:")"
same "bash behind an equals sign" "true false" "$(by_bash "mupictl $S murt set 2 enabled=")"
SHELLS=("${SHELLS[@]:1}")
offers "mupictl $S members --group ff1e:" "ff1e::77"
offers "mupictl $S murt set 2 upstream_if=" \
	"upstream_if=7 upstream_if=u7 upstream_if=8 upstream_if=u8 upstream_if=9 upstream_if=u9"
offers "mupictl $S murt set 2 group=ff1e:" "group=ff1e::77"

# Every command that --help lists can be completed.
for name in $(mupictl --help | sed -nE 's/^  ([a-z]+)( .*|$)/\1/p' | sort -u); do
	by_bash "mupictl $name" | grep -qw "$name" || fail "no completion of $name"
done
# Without an agent there is nothing to offer, and nothing to complain about.
same "no agent" "" "$(mupictl --complete -s "$WORK/none" murt del "" 2>&1)"
