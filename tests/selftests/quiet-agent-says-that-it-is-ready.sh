#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts wait for that word, whatever else is to be on the log.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/test.conf" <<END
[murt]
default_upstream = 9
END
lab agent start "$WORK/test.conf" -q || fail "the agent does not say that it is ready"
same "log" ready "$(cat "$RUN/agent.log")"
