// SPDX-License-Identifier: GPL-2.0-or-later
/* --check: verdicts and cures from facts, for drivers and kernels that no test machine has. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "check/check.h"
#include "io/features.h"

#define NEWER_KERNEL "apt-get install linux-image-$(dpkg --print-architecture) && reboot"

/* ---- facts of a machine where all is well ---- */

static struct system_facts good_system(void)
{
	return (struct system_facts){
		.release = "6.1.0-18-amd64",
		.mode = DP_NATIVE,
		.roles_known = true,
		.pin_dir = "/sys/fs/bpf/mupi",
		.capabilities = UINT64_MAX,
		.file_limit = 1048576,
		.file_need = MUPI_MAX_LISTS,
		.backlog = 1000,
		.jit = 1,
		.n_ports = 1,
	};
}

static struct port_facts good_card(void)
{
	return (struct port_facts){
		.number = 1,
		.name = "eth0",
		.link = {.name = "eth0", .ifindex = 2, .mtu = 1500, .flags = IFF_UP | 0x10000},
		.ethtool = {.driver = "mlx5_core"},
		.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT | XDP_FEATURE_NDO_XMIT,
	};
}

static struct port_facts good_veth(void)
{
	struct port_facts port = good_card();

	snprintf(port.link.kind, sizeof(port.link.kind), "veth");
	snprintf(port.ethtool.driver, sizeof(port.ethtool.driver), "veth");
	port.peer = (struct peer_facts){
		.known = true,
		.prefix = "ip netns exec tv ",
		.link = {.name = "eth1", .ifindex = 2, .mtu = 1500, .flags = IFF_UP},
		.ethtool = {.gro = ON},
	};
	return port;
}

/* ---- one check's finding ---- */

static struct finding find(const struct system_facts *system, const struct port_facts *port,
			   const char *check)
{
	struct finding *findings, found = {0};
	size_t n = check_judge(system, port, &findings);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(findings[i].check, check))
			found = findings[i];
	free(findings);
	cr_assert_not_null(found.check, "no check %s", check);
	return found;
}

static void expect(const struct system_facts *system, const struct port_facts *port,
		   const char *check, enum check_status status, const char *cure)
{
	struct finding f = find(system, port, check);

	cr_expect_eq(f.status, status, "%s: %s, %s", check, check_status_name(f.status), f.text);
	cr_expect_str_eq(f.cure, cure, "%s: %s: cure '%s'", check, f.text, f.cure);
	cr_expect_str_not_empty(f.text);
}

static void expect_system(const struct system_facts *system, const char *check,
			  enum check_status status, const char *cure)
{
	struct port_facts port = good_card();

	expect(system, &port, check, status, cure);
}

Test(check, nothing_is_wrong_where_all_is_well)
{
	struct system_facts system = good_system();
	struct port_facts ports[] = {good_card(), good_veth()};
	struct finding *findings;
	size_t n;

	system.n_ports = 2;
	n = check_judge(&system, ports, &findings);
	for (size_t i = 0; i < n; i++) {
		cr_expect_eq(findings[i].status, CHECK_OK, "%s: %s", findings[i].check,
			     findings[i].text);
		cr_expect_str_empty(findings[i].cure);
	}
	cr_expect_eq(check_worst(findings, n), CHECK_OK);
	free(findings);
}

/* ---- the system ---- */

Test(check, kernel_from_6_1)
{
	static const struct {
		const char *release;
		enum check_status status;
	} cases[] = {
		{"6.1.0-18-amd64", CHECK_OK}, {"6.12", CHECK_OK},     {"10.0.1", CHECK_OK},
		{"6.0.19", CHECK_FAIL},	      {"5.18.0", CHECK_FAIL}, {"", CHECK_FAIL},
	};
	struct system_facts system = good_system();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(system.release, sizeof(system.release), "%s", cases[i].release);
		expect_system(&system, "kernel", cases[i].status,
			      cases[i].status ? NEWER_KERNEL : "");
	}
}

Test(check, programs_that_do_not_load_name_what_is_missing)
{
	struct system_facts system = good_system();

	system.bpf = -EPERM;
	expect_system(&system, "bpf", CHECK_WARN, "sudo mupi-agent --check");
	system.bpf = -EINVAL;
	snprintf(system.bpf_missing, sizeof(system.bpf_missing), "map type ringbuf");
	expect_system(&system, "bpf", CHECK_FAIL, NEWER_KERNEL);
	cr_expect_not_null(
		strstr(find(&system, &(struct port_facts){0}, "bpf").text, "map type ringbuf"));
}

Test(check, place_of_pins)
{
	struct system_facts system = good_system();

	system.pin_place = PIN_TO_MOUNT;
	snprintf(system.bpffs, sizeof(system.bpffs), "/sys/fs/bpf");
	expect_system(&system, "bpffs", CHECK_WARN, "mount -t bpf bpf /sys/fs/bpf");
	snprintf(system.pin_dir, sizeof(system.pin_dir), "/run/a b");
	snprintf(system.bpffs, sizeof(system.bpffs), "/run/a b");
	expect_system(&system, "bpffs", CHECK_WARN,
		      "mkdir -p /run/a\\ b && mount -t bpf bpf /run/a\\ b");
	system.pin_place = PIN_NO_PARENT;
	expect_system(&system, "bpffs", CHECK_FAIL, "mkdir -p /run/a\\ b");
}

Test(check, rights_and_limits_of_the_user)
{
	struct system_facts system = good_system();

	system.capabilities = ~(1ULL << CAP_PERFMON);
	expect_system(&system, "rights", CHECK_WARN, "sudo mupi-agent --check");
	cr_expect_str_eq(strrchr(find(&system, &(struct port_facts){0}, "rights").text, ' '),
			 " CAP_PERFMON");
	system.file_limit = 4096;
	expect_system(&system, "files", CHECK_WARN, "sysctl -w fs.nr_open=65536");
	system.capabilities = 0;
	expect_system(&system, "files", CHECK_WARN, "ulimit -Hn 65536");
}

/* 64 frames of a burst for each of 16 receivers are 1024: more than the default of 1000. */
Test(check, backlog_holds_a_burst_for_every_port)
{
	struct system_facts system = good_system();
	struct port_facts ports[16];

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
		ports[i] = good_card();
	system.n_ports = 15;
	expect(&system, ports, "backlog", CHECK_OK, "");
	system.n_ports = 16;
	expect(&system, ports, "backlog", CHECK_WARN, "sysctl -w net.core.netdev_max_backlog=1024");
	system.backlog = UNREADABLE;
	expect(&system, ports, "backlog", CHECK_WARN,
	       "sudo nsenter -t 1 -n sysctl net.core.netdev_max_backlog");
}

Test(check, settings_that_slow_packets)
{
	struct system_facts system = good_system();

	system.jit = 0;
	system.statistics = 1;
	expect_system(&system, "jit", CHECK_WARN, "sysctl -w net.core.bpf_jit_enable=1");
	expect_system(&system, "statistics", CHECK_WARN, "sysctl -w kernel.bpf_stats_enabled=0");
}

/* ---- drivers ---- */

Test(check, driver_without_xdp_is_for_tc)
{
	struct system_facts system = good_system();
	struct port_facts port = good_card();

	port.features = 0;
	expect(&system, &port, "driver", CHECK_FAIL, "mupi-agent -m tc");
	expect(&system, &port, "target", CHECK_FAIL, "mupi-agent -m tc");
	system.mode = DP_AUTO;
	expect(&system, &port, "driver", CHECK_WARN, "mupi-agent -m tc");
	system.mode = DP_TC;
	expect(&system, &port, "driver", CHECK_OK, "");
	expect(&system, &port, "target", CHECK_OK, "");
}

/* These are targets only while they run a program themselves. */
Test(check, card_that_becomes_a_target)
{
	static const char *const drivers[] = {"virtio_net", "igc", "ice", "ixgbe", "i40e"};
	struct system_facts system = good_system();
	struct port_facts port = good_card();

	port.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		snprintf(port.ethtool.driver, sizeof(port.ethtool.driver), "%s", drivers[i]);
		expect(&system, &port, "target", CHECK_OK, "");
	}
	snprintf(port.ethtool.driver, sizeof(port.ethtool.driver), "qede");
	expect(&system, &port, "target", CHECK_FAIL, "mupi-agent -m tc");
}

/* Before 6.3. What a driver is known for counts, and of a veth its peer's GRO. */
Test(check, kernel_that_tells_no_features)
{
	struct system_facts system = good_system();
	struct port_facts port = good_veth();

	system.mode = DP_AUTO;
	port.features_code = -EOPNOTSUPP;
	port.features = 0;
	expect(&system, &port, "driver", CHECK_OK, "");
	expect(&system, &port, "target", CHECK_OK, "");
	port.peer.ethtool.gro = OFF;
	expect(&system, &port, "target", CHECK_WARN, "ip netns exec tv ethtool -K eth1 gro on");
	system.mode = DP_NATIVE;
	expect(&system, &port, "target", CHECK_FAIL, "ip netns exec tv ethtool -K eth1 gro on");
	port = good_card();
	port.features_code = -EOPNOTSUPP;
	port.features = 0;
	expect(&system, &port, "target", CHECK_OK, "");
	snprintf(port.ethtool.driver, sizeof(port.ethtool.driver), "e1000e");
	expect(&system, &port, "driver", CHECK_WARN, "mupi-agent -m tc");
	expect(&system, &port, "target", CHECK_WARN, "mupi-agent -m tc");
}

/* ---- whether the data plane takes native XDP ---- */

static void expect_native(const struct port_facts *port, bool attached, const char *obstacle)
{
	struct finding f;

	cr_expect_eq(native_obstacle(port, attached, &f), *obstacle != 0, "%s", f.text);
	cr_expect(strstr(f.text, obstacle), "%s: no '%s'", f.text, obstacle);
}

Test(native, needs_features)
{
	struct port_facts port = good_card();

	expect_native(&port, true, "");
	/* A card may be a target only while it has a program. */
	port.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	expect_native(&port, false, "");
	expect_native(&port, true, "no redirect target");
	port.upstream = true;
	expect_native(&port, true, "");
	port.features = XDP_FEATURE_BASIC;
	expect_native(&port, true, "cannot redirect");
	port.features = 0;
	expect_native(&port, false, "no native XDP");
}

Test(native, veth_needs_its_peer)
{
	struct port_facts port = good_veth();

	expect_native(&port, false, "");
	port.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	expect_native(&port, false, "its peer eth1 was down");
	port.peer.ethtool.gro = OFF;
	expect_native(&port, false, "its peer eth1 has GRO off");
	port.peer.known = false;
	expect_native(&port, true, "has GRO off");
	port.upstream = true;
	expect_native(&port, true, "");
}

Test(native, veth_where_the_kernel_tells_nothing)
{
	struct port_facts port = good_veth();
	struct finding f;

	port.features_code = -EOPNOTSUPP;
	port.features = 0;
	expect_native(&port, false, "");
	port.peer.ethtool.gro = OFF;
	expect_native(&port, false, "its peer eth1 has GRO off");
	native_obstacle(&port, false, &f);
	cr_expect_str_eq(f.cure, "ip netns exec tv ethtool -K eth1 gro on");
	/* It takes frames with a program of its own, too, but none of generic XDP. */
	port.peer.xdp = (struct xdp_facts){.program = 9, .ip_option = "xdpdrv"};
	expect_native(&port, false, "");
	port.peer.xdp.ip_option = "xdpgeneric";
	expect_native(&port, true, "its peer eth1 has GRO off");
	port.was_target = true;
	expect_native(&port, true, "its peer eth1 has GRO off");
	/* One that cannot be looked at is as it was when it could. */
	port.peer.known = false;
	expect_native(&port, true, "");
	port.was_target = false;
	expect_native(&port, true, "may have GRO off");
	port.upstream = true;
	expect_native(&port, true, "");
}

Test(native, card_where_the_kernel_tells_nothing)
{
	struct port_facts port = good_card();

	port.features_code = -EOPNOTSUPP;
	port.features = 0;
	expect_native(&port, true, "");
	snprintf(port.ethtool.driver, sizeof(port.ethtool.driver), "nfp");
	expect_native(&port, false, "no known redirect target");
	port.upstream = true;
	expect_native(&port, false, "");
	port.upstream = false;
	port.features_code = -ENODEV;
	expect_native(&port, false, "");
}

Test(native, bond_and_team_hand_it_on)
{
	struct port_facts port = good_card();

	port.upstream = true;
	snprintf(port.link.kind, sizeof(port.link.kind), "bond");
	expect_native(&port, false, "a bond hands native XDP to the interfaces below");
	snprintf(port.link.kind, sizeof(port.link.kind), "team");
	expect_native(&port, true, "a team hands native XDP to the interfaces below");
	port.features_code = -EOPNOTSUPP;
	expect_native(&port, false, "a team hands");
}

Test(check, bond_has_no_native_xdp_of_its_own)
{
	struct system_facts system = good_system();
	struct port_facts port = good_card();

	snprintf(port.link.kind, sizeof(port.link.kind), "bond");
	expect(&system, &port, "driver", CHECK_FAIL, "mupi-agent -m tc");
	system.mode = DP_AUTO;
	expect(&system, &port, "driver", CHECK_WARN, "mupi-agent -m tc");
	system.mode = DP_GENERIC;
	expect(&system, &port, "driver", CHECK_OK, "");
}

Test(check, upstream_need_not_be_a_target)
{
	struct system_facts system = good_system();
	struct port_facts port = good_veth();

	port.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	port.upstream = true;
	expect(&system, &port, "target", CHECK_OK, "");
	system.roles_known = false;
	cr_expect_eq(find(&system, &port, "target").status, CHECK_FAIL);
}

Test(check, name_of_a_peer_is_one_word)
{
	struct system_facts system = good_system();
	struct port_facts port = good_veth();

	port.features = XDP_FEATURE_BASIC | XDP_FEATURE_REDIRECT;
	port.peer.ethtool.gro = OFF;
	port.peer.prefix[0] = '\0';
	snprintf(port.peer.link.name, sizeof(port.peer.link.name), "a;$(id)'");
	expect(&system, &port, "target", CHECK_FAIL, "ethtool -K a\\;\\$\\(id\\)\\' gro on");
}

Test(check, mtu_of_one_page)
{
	struct system_facts system = good_system();
	struct port_facts card = good_card(), veth = good_veth();

	card.link.mtu = 9000;
	expect(&system, &card, "mtu", CHECK_FAIL, "ip link set dev eth0 mtu 3506");
	/* A veth's own MTU does not matter, its peer's does. */
	veth.link.mtu = 9000;
	expect(&system, &veth, "mtu", CHECK_OK, "");
	veth.peer.link.mtu = 9000;
	expect(&system, &veth, "mtu", CHECK_FAIL, "ip netns exec tv ip link set dev eth1 mtu 3506");
	system.mode = DP_TC;
	expect(&system, &veth, "mtu", CHECK_OK, "");
}

Test(check, offloads_that_hide_something)
{
	struct system_facts system = good_system();
	struct port_facts card = good_card();

	card.ethtool.rx_vlan = ON;
	card.ethtool.lro = ON;
	expect(&system, &card, "vlan", CHECK_WARN, "ethtool -K eth0 rxvlan off");
	expect(&system, &card, "lro", CHECK_FAIL, "ethtool -K eth0 lro off");
	system.mode = DP_TC;
	expect(&system, &card, "vlan", CHECK_OK, "");
	expect(&system, &card, "lro", CHECK_OK, "");
}

Test(check, virtio_wants_a_queue_for_every_cpu)
{
	struct system_facts system = good_system();
	struct port_facts card = good_card();

	system.n_cpus = 2;
	snprintf(card.ethtool.driver, sizeof(card.ethtool.driver), "virtio_net");
	card.ethtool.queues = 2;
	card.ethtool.max_queues = 4;
	expect(&system, &card, "queues", CHECK_OK, "");
	card.ethtool.queues = 4;
	expect(&system, &card, "queues", CHECK_WARN, "ethtool -L eth0 combined 2");
	/* No number of queues would do. */
	card.ethtool.max_queues = 2;
	expect(&system, &card, "queues", CHECK_WARN, "");
	snprintf(card.ethtool.driver, sizeof(card.ethtool.driver), "mlx5_core");
	expect(&system, &card, "queues", CHECK_OK, "");
}

/* ---- who else is there ---- */

Test(check, program_of_somebody_else)
{
	struct system_facts system = good_system();
	struct port_facts port = good_card();

	port.xdp = (struct xdp_facts){.program = 7, .name = "fw", .ip_option = "xdpdrv"};
	expect(&system, &port, "xdp", CHECK_FAIL, "ip link set dev eth0 xdpdrv off");
	port.xdp.link = 12;
	expect(&system, &port, "xdp", CHECK_FAIL, "bpftool link detach id 12");
	snprintf(port.xdp.name, sizeof(port.xdp.name), "mupi_xdp");
	expect(&system, &port, "xdp", CHECK_OK, "");
	port.other_agent = 7;
	expect(&system, &port, "xdp", CHECK_FAIL, "");
	port.other_agent = 0;
	snprintf(port.xdp.name, sizeof(port.xdp.name), "xdp_dispatcher");
	expect(&system, &port, "xdp", CHECK_OK, "");
	/* By TC it has no XDP program. */
	port.xdp = (struct xdp_facts){0};
	port.other_agent = 8;
	expect(&system, &port, "xdp", CHECK_FAIL, "");
}

/* ---- printing ---- */

static char *print(const struct finding *findings, size_t n, size_t width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	check_print(out, findings, n, width);
	fclose(out);
	return text;
}

Test(check, table_is_aligned_and_tame)
{
	struct port_facts port = good_card();
	const struct finding findings[] = {
		{"kernel", NULL, CHECK_OK, "6.1", ""},
		{"statistics", &port, CHECK_FAIL, "bad\033[2J", "cure it"},
	};
	char *text = print(findings, ARRAY_SIZE(findings), 0);

	cr_expect_str_eq(text, "STATUS  CHECK       PORT    FINDING\n"
			       "ok      kernel      -       6.1\n"
			       "fail    statistics  1=eth0  bad?[2J\n"
			       "                            cure: cure it\n"
			       "1 ok, 0 warn, 1 fail\n");
	free(text);
}

/* Text is broken between words; a command is not, it is to be copied. */
Test(check, narrow_table_breaks_text_but_no_cure)
{
	const struct finding finding = {"mtu", NULL, CHECK_WARN,
					"one two three toolongforaline four",
					"ip link set dev d1 mtu 1500"};
	char *text = print(&finding, 1, 34);

	cr_expect_str_eq(text, "STATUS  CHECK  PORT  FINDING\n"
			       "warn    mtu    -     one two three\n"
			       "                     toolongforaline\n"
			       "                     four\n"
			       "                     cure: ip link set dev d1 mtu 1500\n"
			       "0 ok, 1 warn, 0 fail\n");
	free(text);
}
