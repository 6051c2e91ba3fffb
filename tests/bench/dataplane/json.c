// SPDX-License-Identifier: GPL-2.0-or-later
/* The figures for machines. */
#include <errno.h>
#include <string.h>

#include "bench.h"

static void put_point(FILE *f, const struct plan *plan, const struct point *p, bool first)
{
	const struct work *w = &plan->settings[p->setting];
	struct summary s = point_ns(p);

	fprintf(f,
		"%s\n{\"path\":\"%s\",\"series\":\"%s\",\"receivers\":%u,\"size\":%u,"
		"\"entries\":%u,\"ports\":%u,\"ingress\":%u,\"cores\":%u,\"groups\":%u,"
		"\"any_source\":%s,\"family\":%d,",
		first ? "" : ",", row_names[p->row], series_names[p->series], w->receivers, p->size,
		w->entries, w->ports ? w->ports : w->receivers + w->ingress, w->ingress, p->cores,
		p->groups ? p->groups : 1, w->any_source ? "true" : "false", w->v6 ? 6 : 4);
	if (!p->n) {
		fprintf(f, "\"unavailable\":\"%s\"}", p->why);
		return;
	}
	fprintf(f,
		"\"ns_per_copy\":%.2f,\"quartiles\":[%.2f,%.2f],\"copies_per_second\":%.0f,"
		"\"copies\":%lu,\"lost\":%lu,\"rounds\":[",
		s.median, s.low, s.high, 1e9 / s.median, p->copies, p->lost);
	for (unsigned int i = 0; i < p->n; i++)
		fprintf(f, "%s%.2f", i ? "," : "", p->ns[i]);
	fprintf(f, "]}");
}

static void put_target(FILE *f, const struct target *t, bool first)
{
	const char *name = t->name + strspn(t->name, " ");

	fprintf(f, "%s\n{\"name\":\"%s\",\"%s\":", first ? "" : ",", name,
		t->at_most ? "at_most" : "at_least");
	if (t->goal > 0)
		fprintf(f, "%g,\"met\":%s", t->goal, t->met ? "true" : "false");
	else
		fprintf(f, "null");
	if (t->known)
		fprintf(f, ",\"value\":%.3f,\"quartiles\":[%.3f,%.3f]}", t->value.median,
			t->value.low, t->value.high);
	else
		fprintf(f, ",\"value\":null}");
}

int write_json(const struct plan *plan, const char *file)
{
	struct target all[MAX_TARGETS];
	unsigned int n = targets(plan, all);
	FILE *f = fopen(file, "w");
	char machine[256];

	if (!f)
		return -errno;
	machine_text(machine);
	fprintf(f, "{\"machine\":\"%s\",\"targets\":[", machine);
	for (unsigned int i = 0; i < n; i++)
		put_target(f, &all[i], !i);
	fprintf(f, "],\n\"points\":[");
	for (unsigned int i = 0; i < plan->n_points; i++)
		put_point(f, plan, &plan->points[i], !i);
	fprintf(f, "]}\n");
	return fclose(f) ? -errno : 0;
}
