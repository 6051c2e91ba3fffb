# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of mupictl for bash; mupictl itself knows what may follow, some of it from the agent.

_mupictl() {
	local word=${COMP_WORDS[COMP_CWORD]} line=${COMP_LINE:0:COMP_POINT} words candidates
	# Not COMP_WORDS: bash cuts IPv6 addresses at their colons, KEY=VALUE at the equals sign.
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	mapfile -t candidates < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
	COMPREPLY=()
	if [ "${candidates[*]}" = FILE ]; then
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
	fi
	[[ ${candidates[*]} == *= ]] && compopt -o nospace 2>/dev/null
	# What stands before the colon or equals sign is already typed.
	local typed=${words[-1]}
	local before=${typed%"${typed##*[:=]}"}
	COMPREPLY=("${candidates[@]#"$before"}")
}

complete -F _mupictl mupictl
