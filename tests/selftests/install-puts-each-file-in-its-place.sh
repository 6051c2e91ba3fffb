#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `make install` puts each file where its reader looks, touches nothing else, and keeps a configuration that is there.
# The unit is one that systemd accepts.
set -u

cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
TREE=$(mktemp -d)
trap 'rm -rf "$TREE"' EXIT

fail() {
	echo "FAIL: $*" >&2
	exit 1
}

install_to() { # install_to PREFIX
	make --no-print-directory BUILD="$BUILD" DESTDIR="$TREE" PREFIX="$1" install >"$TREE/log" 2>&1 ||
		fail "make install: $(cat "$TREE/log")"
	rm "$TREE/log"
}

installed() { # installed PREFIX: mode and place of each file
	cat <<END
644 /etc/mupi/murt.conf
644 $1/lib/systemd/system/mupi-agent.service
755 $1/sbin/mupi-agent
755 $1/sbin/mupi-ovs
755 $1/sbin/mupictl
644 $1/share/bash-completion/completions/mupictl
644 $1/share/man/man5/murt.conf.5
644 $1/share/man/man8/mupi-agent.8
644 $1/share/man/man8/mupictl.8
END
	for file in conf/*.conf conf/*.flows conf/*.json; do echo "644 $1/share/mupi/${file##*/}"; done
	echo "644 $1/share/zsh/site-functions/_mupictl"
}

for prefix in /usr/local /opt/mupi; do
	install_to $prefix
	diff <(installed $prefix | sort -k 2) <(find "$TREE" -type f -printf '%m /%P\n' | sort -k 2) ||
		fail "PREFIX=$prefix: other files than these"
	"$TREE$prefix/sbin/mupi-agent" -t -c "$TREE$prefix/share/mupi/murt.conf" || fail "the sample is no configuration"
	unit=$TREE$prefix/lib/systemd/system/mupi-agent.service
	grep -qx "ExecStart=$prefix/sbin/mupi-agent -c /etc/mupi/murt.conf" "$unit" || fail "$unit starts another agent"
	if command -v systemd-analyze >/dev/null; then
		# It looks at what is to be started, too.
		sed -i "s|^ExecStart=|&$TREE|" "$unit"
		said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep mupi-agent)
		[ -z "$said" ] || fail "systemd says: $said"
	fi
	rm -rf "${TREE:?}$prefix"
done

# Our own stays.
echo '# mine' >"$TREE/etc/mupi/murt.conf"
install_to /usr/local
[ "$(cat "$TREE/etc/mupi/murt.conf")" = '# mine' ] || fail "the configuration is overwritten"
