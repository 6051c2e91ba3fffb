// SPDX-License-Identifier: GPL-2.0-or-later
#include <criterion/criterion.h>
#include <errno.h>

#include "lib/addr.h"
#include "lib/util.h"

static struct addr addr(const char *text)
{
	struct addr a = ADDR_NONE;

	cr_assert_eq(addr_parse(text, &a), 0, "%s", text);
	return a;
}

Test(addr, text_round_trip)
{
	static const struct {
		const char *in, *out;
		enum family family;
	} cases[] = {
		{"10.0.0.1", "10.0.0.1", FAMILY_V4},
		{"0.0.0.0", "0.0.0.0", FAMILY_V4},
		{"255.255.255.255", "255.255.255.255", FAMILY_V4},
		{"ff3e::8000:1", "ff3e::8000:1", FAMILY_V6},
		{"FE80:0:0:0:0:0:0:1", "fe80::1", FAMILY_V6},
		{"::", "", FAMILY_V6},
		{"::1", "::1", FAMILY_V6},
		{"::ffff:1.2.3.4", "1.2.3.4", FAMILY_V4},
	};
	char buf[ADDR_STRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr a = addr(cases[i].in);

		cr_expect_str_eq(addr_format(&a, buf), cases[i].out);
		cr_expect_eq(addr_family(&a), cases[i].family, "%s", cases[i].in);
	}
}

Test(addr, bad_text_is_refused_and_leaves_the_result)
{
	static const char *const cases[] = {
		"",  "1.2.3",	  "1.2.3.256", "1.2.3.4 ",     " 1.2.3.4",
		"x", "1.2.3.4/8", ":::",       "fe80::1%eth0", "01.2.3.4.5"};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr a = addr_zero(FAMILY_V4), before = a;

		cr_expect_eq(addr_parse(cases[i], &a), -EINVAL, "%s", cases[i]);
		cr_expect(addr_eq(&a, &before));
	}
}

Test(addr, kinds)
{
	static const struct {
		const char *text;
		bool zero, multicast, local_group, local;
	} cases[] = {
		{"0.0.0.0", true, false, false, false},
		{"::", true, false, false, false},
		{"223.255.255.255", false, false, false, false},
		{"224.0.0.0", false, true, true, false},
		{"224.0.0.255", false, true, true, false},
		{"224.0.1.0", false, true, false, false},
		{"239.255.255.255", false, true, false, false},
		{"240.0.0.0", false, false, false, false},
		{"ff00::1", false, true, true, false},
		{"ff02::16", false, true, true, false},
		{"ff12::1", false, true, true, false},
		{"ff32::8000:1", false, true, true, false},
		{"ff03::1", false, true, false, false},
		{"ff0e::1", false, true, false, false},
		{"fe80::1", false, false, false, true},
		{"febf::1", false, false, false, true},
		{"fec0::1", false, false, false, false},
		{"2001:db8::1", false, false, false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr a = addr(cases[i].text);

		cr_expect_eq(addr_is_zero(&a), cases[i].zero, "%s", cases[i].text);
		cr_expect_eq(addr_is_multicast(&a), cases[i].multicast, "%s", cases[i].text);
		cr_expect_eq(addr_is_link_local_group(&a), cases[i].local_group, "%s",
			     cases[i].text);
		cr_expect_eq(addr_is_link_local(&a), cases[i].local, "%s", cases[i].text);
	}
}

Test(addr, none_is_not_the_ipv4_zero)
{
	struct addr none = ADDR_NONE, v4 = addr_zero(FAMILY_V4), v6 = addr_zero(FAMILY_V6);

	cr_expect(addr_is_none(&none));
	cr_expect(addr_is_none(&v6));
	cr_expect_not(addr_is_none(&v4));
	cr_expect(addr_cmp(&none, &v4) < 0);
}

Test(addr, an_interface_makes_one_of_its_mac_address)
{
	static const uint8_t mac[] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
	const struct addr made = addr_link_local(mac);
	char text[ADDR_STRLEN];

	cr_expect_str_eq(addr_format(&made, text), "fe80::11:22ff:fe33:4455");
}

Test(prefix, text_round_trip_clears_host_bits)
{
	static const struct {
		const char *in, *out;
		unsigned int family, len;
	} cases[] = {
		{"10.1.2.3", "10.1.2.3", 4, 32},
		{"10.1.2.3/32", "10.1.2.3", 4, 32},
		{"10.1.2.3/8", "10.0.0.0/8", 4, 8},
		{"10.1.2.3/0", "0.0.0.0/0", 4, 0},
		{"232.1.1.255/25", "232.1.1.128/25", 4, 25},
		{"ff02::103/126", "ff02::100/126", 6, 126},
		{"ff3e::1", "ff3e::1", 6, 128},
		{"2001:db8:ffff::/33", "2001:db8:8000::/33", 6, 33},
		{"::/0", "::/0", 6, 0},
		{"::", "::", 6, 128},
	};
	char buf[PREFIX_STRLEN];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix p;

		cr_assert_eq(prefix_parse(cases[i].in, &p), 0, "%s", cases[i].in);
		cr_expect_str_eq(prefix_format(&p, buf), cases[i].out);
		cr_expect_eq(p.family, cases[i].family);
		cr_expect_eq(p.len, cases[i].len);
	}
}

Test(prefix, bad_text_is_refused)
{
	static const char *const cases[] = {
		"",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/8x",
		"10.0.0.0/ 8",
		"::/129",
		"10.0.0.0/8/8",
		"any",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prefix p;

		cr_expect_eq(prefix_parse(cases[i], &p), -EINVAL, "%s", cases[i]);
	}
}

Test(prefix, matches_its_own_family_only)
{
	static const struct {
		const char *prefix, *addr;
		bool match;
	} cases[] = {
		{"10.0.0.0/8", "10.255.0.1", true}, {"10.0.0.0/8", "11.0.0.1", false},
		{"0.0.0.0/0", "1.2.3.4", true},	    {"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},	    {"::/0", "1.2.3.4", false},
		{"ff3e::/15", "ff3f::1", true},	    {"ff3e::/16", "ff3f::1", false},
		{"10.0.0.1", "10.0.0.1", true},	    {"10.0.0.1", "10.0.0.2", false},
	};
	struct prefix any = {.family = 0};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct addr a = addr(cases[i].addr);
		struct prefix p;

		cr_assert_eq(prefix_parse(cases[i].prefix, &p), 0);
		cr_expect_eq(prefix_match(&p, &a), cases[i].match, "%s %s", cases[i].prefix,
			     cases[i].addr);
		cr_expect(prefix_match(&any, &a));
	}
}
