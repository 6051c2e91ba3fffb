/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of both families and of whole packets share. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "unit/rig.h"

void rig_each_net(void (*check)(const struct rig_net *net))
{
	static const struct rig_net v4 = {FAMILY_V4,	 "10.0.0.99", "10.100.0.11",
					  "10.100.0.12", "239.1.1.1", "10.0.0."};
	static const struct rig_net v6 = {FAMILY_V6,  "fe80::99", "fe80::11",
					  "fe80::12", "ff1e::1",  "2001:db8::"};

	check(&v4);
	check(&v6);
}

struct rig *rig_new_to_7(void)
{
	struct rig *rig = rig_new(FAST_LEAVE_AUTO);

	rig_row(rig, "", "", "", 7, 0);
	return rig;
}

const char *rig_expand(const struct rig_net *net, const char *text, char *ret, size_t size)
{
	*ret = 0;
	for (; *text; text++) {
		size_t len = strlen(ret);

		if (*text >= '1' && *text <= '9')
			snprintf(ret + len, size - len, "%s%c", net->source_net, *text);
		else if (*text == 'G')
			snprintf(ret + len, size - len, "%s", net->group);
		else
			snprintf(ret + len, size - len, "%c", *text);
	}
	return ret;
}

void rig_say(struct rig *rig, const struct rig_net *net, enum record_type type, const char *list)
{
	char sources[256];

	rig_record(rig, 0, net->client, type, net->group,
		   rig_expand(net, list, sources, sizeof(sources)));
}

void rig_told(struct rig *rig, const struct rig_net *net, const char *reports, const char *why)
{
	char text[512];

	rig_expand(net, reports, text, sizeof(text));
	cr_expect_str_eq(rig_reports(rig, 2), text, "%s", why);
}

bool rig_next_message(struct rig *rig, unsigned int port, unsigned int *at, struct message *ret)
{
	while (*at < rig->n_frames && rig->frame_port[*at] != port)
		++*at;
	if (*at == rig->n_frames) {
		rig->n_frames = 0;
		return false;
	}
	const struct frame *f = &rig->frames[(*at)++];

	cr_assert_eq(message_decode(f->data, f->len, ETH_HLEN,
				    f->data[12] == 8 ? ETHERTYPE_IP : ETHERTYPE_IPV6, true, ret),
		     DECODE_OK);
	return true;
}
