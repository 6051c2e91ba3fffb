/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packing records into as few reports as the MTU allows. */
#include "proxy/internal.h"

void report_flush(struct report *r)
{
	if (!r->records)
		return;
	frame_report_finish(&r->frame);
	r->p->ops.send(r->p->ops.ctx, r->port->index, &r->frame);
	port_count(r->port, PORT_REPORTS_OUT);
	r->records = 0;
}

static int add(struct report *r, enum record_type type, const struct addr *group,
	       const struct addr *sources, unsigned int n)
{
	int added;

	if (!r->records)
		frame_report_start(&r->frame, r->family, r->from);
	added = frame_report_add(&r->frame, r->port->mtu, type, group, sources, n);
	if (added >= 0)
		r->records++;
	return added;
}

void report_add(struct report *r, enum record_type type, const struct addr *group,
		const struct addr *sources, unsigned int n)
{
	bool divisible = type != RECORD_IS_EX && type != RECORD_TO_EX;

	if (r->records && !divisible && !frame_report_fits(&r->frame, r->port->mtu, n))
		report_flush(r);
	do {
		int added = add(r, type, group, sources, n);

		if (added < 0) {
			report_flush(r);
			added = add(r, type, group, sources, n);
		}
		if (added < 0 || (unsigned int)added == n)
			return;
		sources += added;
		n -= (unsigned int)added;
	} while (divisible);
}
