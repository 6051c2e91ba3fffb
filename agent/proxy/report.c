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

bool report_fits(const struct report *r, unsigned int n_sources)
{
	return !r->records || frame_report_fits(&r->frame, r->port->mtu, n_sources);
}

void report_add(struct report *r, enum record_type type, const struct addr *group,
		const struct addr *sources, unsigned int n)
{
	bool divisible = type != RECORD_IS_EX && type != RECORD_TO_EX;

	if (!report_fits(r, n))
		report_flush(r);
	for (;;) {
		int added;

		if (!r->records)
			frame_report_start(&r->frame, r->family, r->from);
		added = frame_report_add(&r->frame, r->port->mtu, type, group, sources, n);
		if (added < 0)
			return;
		r->records++;
		n -= (unsigned int)added;
		if (!n || !divisible)
			return;
		sources += added;
		report_flush(r);
		/* A second TO_IN would take back the first from a router that tracks each host. */
		if (type == RECORD_TO_IN)
			type = RECORD_ALLOW;
	}
}
