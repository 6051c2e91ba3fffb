// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of checks, and what several of them ask. */
#include "check/check.h"

#include <stdarg.h>
#include <string.h>

#include "check/judge.h"

static const struct {
	const char *name;
	system_check *judge;
} system_checks[] = {
	{"kernel", check_kernel},   {"btf", check_btf},	      {"bpf", check_bpf},
	{"bpffs", check_bpffs},	    {"rights", check_rights}, {"files", check_files},
	{"backlog", check_backlog}, {"jit", check_jit},	      {"statistics", check_statistics},
};

static const struct {
	const char *name;
	port_check *judge;
} port_checks[] = {
	{"link", check_link},	  {"driver", check_driver}, {"target", check_target},
	{"mtu", check_mtu},	  {"vlan", check_vlan},	    {"checksum", check_checksum},
	{"queues", check_queues}, {"lro", check_lro},	    {"allmulti", check_allmulti},
	{"xdp", check_owner},	  {"bridge", check_bridge}, {"switch", check_switch},
};

void say(struct finding *f, enum check_status status, const char *format, ...)
{
	va_list args;

	f->status = status;
	va_start(args, format);
	vsnprintf(f->text, sizeof(f->text), format, args);
	va_end(args);
}

void cure(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->cure, sizeof(f->cure), format, args);
	va_end(args);
}

bool wants_native(const struct system_facts *system)
{
	return system->mode == DP_AUTO || system->mode == DP_NATIVE;
}

enum check_status without_native(const struct system_facts *system)
{
	return system->mode == DP_NATIVE ? CHECK_FAIL : CHECK_WARN;
}

const char *consequence(const struct system_facts *system)
{
	return system->mode == DP_AUTO ? "; auto takes tc" : "";
}

bool is_veth(const struct link_facts *link)
{
	return !strcmp(link->kind, "veth");
}

bool is_bond(const struct link_facts *link)
{
	return !strcmp(link->kind, "bond") || !strcmp(link->kind, "team");
}

bool is_target(const struct system_facts *system, const struct port_facts *port)
{
	return !system->roles_known || !port->upstream;
}

bool is_origin(const struct system_facts *system, const struct port_facts *port)
{
	return !system->roles_known || port->upstream;
}

static void judge_port(const struct system_facts *system, const struct port_facts *port,
		       struct finding *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_checks); i++, f++) {
		f->check = port_checks[i].name;
		f->port = port;
		port_checks[i].judge(system, port, f);
	}
}

size_t check_judge(const struct system_facts *system, const struct port_facts *ports,
		   struct finding **ret)
{
	size_t room = ARRAY_SIZE(system_checks) + system->n_ports * ARRAY_SIZE(port_checks), n = 0;
	struct finding *findings = xcalloc(room, sizeof(*findings));

	for (; n < ARRAY_SIZE(system_checks); n++) {
		findings[n].check = system_checks[n].name;
		system_checks[n].judge(system, &findings[n]);
	}
	for (unsigned int i = 0; i < system->n_ports; i++) {
		if (ports[i].link.ifindex) {
			judge_port(system, &ports[i], &findings[n]);
			n += ARRAY_SIZE(port_checks);
			continue;
		}
		findings[n].check = "link";
		findings[n].port = &ports[i];
		check_link(system, &ports[i], &findings[n]);
		n++;
	}
	*ret = findings;
	return n;
}

enum check_status check_worst(const struct finding *findings, size_t n)
{
	enum check_status worst = CHECK_OK;

	for (size_t i = 0; i < n; i++)
		worst = MAX(worst, findings[i].status);
	return worst;
}
