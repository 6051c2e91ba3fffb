#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A port that another XDP program holds: start-up fails with one line that names the port, or shares the port.
. "$(dirname "$0")/lib.sh"

cat >"$WORK/pass.c" <<'END'
__attribute__((section("xdp"), used)) int pass(void *ctx) { (void)ctx; return 2; }
char _license[] __attribute__((section("license"), used)) = "GPL";
END
clang -O2 -target bpf -c "$WORK/pass.c" -o "$WORK/pass.o" || skip "clang cannot build a BPF program"
on switch ip link set d1 xdpdrv obj "$WORK/pass.o" sec xdp || skip "no foreign XDP program on a veth"
echo '[murt]' >"$WORK/test.conf"
echo 'murt_entry = , , , 7, 10' >>"$WORK/test.conf"
timeout 20 ip netns exec "$MUPI_LAB-switch" "$BUILD/mupi-agent" -c "$WORK/test.conf" -i 1=d1,7=u7 -m native \
	-s "$RUN/agent.sock" -p "$RUN/bpf/mupi" >"$WORK/start" 2>&1
same "exit code" 1 $?
grep -q 'd1' "$WORK/start" || fail "the error does not name d1: $(cat "$WORK/start")"
on switch ip -d link show d1 | grep -q prog/xdp || fail "the foreign program is gone"
