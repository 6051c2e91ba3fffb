// SPDX-License-Identifier: GPL-2.0-or-later
/* The commands. What is typed, sent, explained and completed follows from this table. */
#include <ctype.h>
#include <string.h>

#include "mupictl.h"

const struct command commands[] = {
	{.words = {"murt", "list"},
	 .help = "the upstream routing table",
	 .example = "murt list",
	 .render = render_murt,
	 .watchable = true},
	{.words = {"murt", "lookup"},
	 .args = {"client", "group", "source"},
	 .n_required = 2,
	 .options = {{"port", "N", 0}},
	 .help = "which upstream would serve, and why",
	 .example = "murt lookup 10.100.0.20 224.0.122.5 10.100.0.21",
	 .render = render_lookup,
	 .watchable = true},
	{.words = {"murt", "add"},
	 .args = {"client", "group", "source", "upstream", "priority"},
	 .n_required = 5,
	 .options = {{"port", "N", 0}, {"disabled", NULL, 0}},
	 .help = "add a row; - for an empty field",
	 .example = "murt add 10.100.0.0/26 232.1.0.0/16 - 7 30",
	 .render = render_pairs},
	{.words = {"murt", "set"},
	 .args = {"id", "set..."},
	 .n_required = 2,
	 .help = "change fields of a row",
	 .example = "murt set 12 upstream_if=8 priority=40 source=-",
	 .render = render_pairs},
	{.words = {"murt", "del"},
	 .args = {"id"},
	 .n_required = 1,
	 .help = "delete a row",
	 .example = "murt del 12",
	 .render = render_pairs},
	{.words = {"murt", "enable"},
	 .args = {"id"},
	 .n_required = 1,
	 .help = "let a row take part again",
	 .example = "murt enable 12",
	 .render = render_pairs},
	{.words = {"murt", "disable"},
	 .args = {"id"},
	 .n_required = 1,
	 .help = "keep a row from taking part",
	 .example = "murt disable 12",
	 .render = render_pairs},
	{.words = {"murt", "flush"},
	 .help = "delete every row",
	 .example = "murt flush",
	 .render = render_pairs},
	{.words = {"murt", "import"},
	 .args = {"file"},
	 .n_required = 1,
	 .help = "add rows of a file, all or none; - for stdin",
	 .example = "murt import rows.conf",
	 .render = render_pairs,
	 .prepare = load_file},
	{.words = {"murt", "export"},
	 .help = "the table as lines of a configuration",
	 .example = "murt export > rows.conf",
	 .render = render_lines},
	{.words = {"members"},
	 .options = {{"port", "N", 0}, {"group", "G", 0}, {"client", "C", 0}},
	 .help = "who wants what, from where",
	 .example = "members --port 3 --watch",
	 .render = render_members,
	 .watchable = true},
	{.words = {"groups"},
	 .help = "groups with members",
	 .example = "groups",
	 .render = render_groups,
	 .watchable = true},
	{.words = {"upstreams"},
	 .help = "what the proxy asks each upstream for",
	 .example = "upstreams",
	 .render = render_upstreams,
	 .watchable = true},
	{.words = {"upstream", "enable"},
	 .args = {"port"},
	 .n_required = 1,
	 .help = "put an upstream back into service",
	 .example = "upstream enable 7",
	 .render = render_pairs},
	{.words = {"upstream", "disable"},
	 .args = {"port"},
	 .n_required = 1,
	 .help = "move its clients away, for maintenance",
	 .example = "upstream disable 7",
	 .render = render_pairs},
	{.words = {"providers"},
	 .help = "the providers, their ports and groups",
	 .example = "providers",
	 .render = render_providers,
	 .watchable = true},
	{.words = {"acl"},
	 .help = "the access list, with hits",
	 .example = "acl",
	 .render = render_acl,
	 .watchable = true},
	{.words = {"flows"},
	 .help = "what the kernel forwards",
	 .example = "flows --watch=0.5",
	 .render = render_flows,
	 .watchable = true},
	{.words = {"top"},
	 .options = {{"count", "COUNT", 'n'}, {"delay", "SECONDS", 'd'}},
	 .help = "channels by rate, live",
	 .example = "top -n 1",
	 .run = run_top},
	{.words = {"ports"},
	 .help = "ports, their state, queriers and settings",
	 .example = "ports",
	 .render = render_ports,
	 .watchable = true},
	{.words = {"stats"},
	 .help = "counters, those of ports that are not 0",
	 .example = "stats",
	 .render = render_stats,
	 .watchable = true},
	{.words = {"audit"},
	 .help = "compare state and kernel with a recomputation",
	 .example = "audit",
	 .render = render_audit,
	 .verdict = audit_verdict,
	 .watchable = true},
	{.words = {"monitor"},
	 .help = "events as they happen, a JSON object a line",
	 .example = "monitor | jq -c 'select(.port == 3)'",
	 .run = run_monitor},
	{.words = {"status"},
	 .help = "the agent itself",
	 .example = "status",
	 .render = render_pairs,
	 .watchable = true},
	{.words = {"reload"},
	 .help = "read the configuration again",
	 .example = "reload",
	 .render = render_pairs},
	{.words = {"log"},
	 .args = {"level"},
	 .n_required = 1,
	 .help = "error, warning, info or debug",
	 .example = "log debug",
	 .render = render_pairs},
	{.words = {"exit"},
	 .options = {{"cleanup", NULL, 0}},
	 .help = "end the agent; --cleanup: and forwarding",
	 .example = "exit --cleanup",
	 .render = render_pairs},
};

const size_t n_commands = ARRAY_SIZE(commands);

void command_name(const struct command *command, char buf[static MAX_NAME])
{
	const char *second = command->words[1];

	snprintf(buf, MAX_NAME, "%s%s%s", command->words[0], second ? " " : "",
		 second ? second : "");
}

static void print_arg(FILE *out, const char *arg, bool required)
{
	fputs(required ? " " : " [", out);
	if (!strcmp(arg, "set...")) {
		fputs("KEY=VALUE...", out);
	} else {
		for (const char *c = arg; *c; c++)
			fputc(toupper((unsigned char)*c), out);
	}
	fputs(required ? "" : "]", out);
}

void command_usage(const struct command *command, char *buf, size_t size)
{
	char name[MAX_NAME];
	FILE *out = fmemopen(buf, size, "w");

	command_name(command, name);
	fputs(name, out);
	for (unsigned int i = 0; command->args[i]; i++)
		print_arg(out, command->args[i], i < command->n_required);
	for (const struct option_spec *o = command->options; o->name; o++) {
		if (o->letter)
			fprintf(out, " [-%c %s]", o->letter, o->value);
		else
			fprintf(out, " [--%s%s%s]", o->name, o->value ? " " : "",
				o->value ? o->value : "");
	}
	fclose(out);
}
