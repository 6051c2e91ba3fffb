#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
. "$(dirname "$0")/lib.sh"

start_agent <<END
[murt]
murt_entry = , , , 7, 10
END
reports 1 --client 10.100.0.11 --group 239.1.1.1 --joins 2 --records 2
expect 5 "both groups are members" json members -- \
	'[.[] | select(.port == 1 and .client == "10.100.0.11") | .group] | sort == ["239.1.1.1", "239.1.1.2"]'
reports 2 --client fe80::9 --group ff1e::1 --joins 2 --records 2
expect 5 "both IPv6 groups are members" json members -- \
	'[.[] | select(.client == "fe80::9") | .group] | sort == ["ff1e::1", "ff1e::2"]'
expect 5 "upstream 7 wants all four" json upstreams -- '.[] | select(.port == 7) | .groups | length == 4'
