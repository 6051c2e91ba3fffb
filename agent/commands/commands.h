/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One function a command; the table in commands.c names the file of each. */
#ifndef MUPI_COMMANDS_H
#define MUPI_COMMANDS_H

#include "agent.h"

/*
 * Those with long answers: NULL with the answer in *ret, or what is wrong.
 */
json_t *command_murt_list(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_murt_lookup(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_murt_export(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_members(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_groups(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_flows(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_upstreams(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_providers(struct agent *agent, json_t *args, struct control_list *ret);
json_t *command_audit(struct agent *agent, json_t *args, struct control_list *ret);

/*
 * Each takes the request's arguments, an object, borrowed, and returns the whole answer as a new
 * reference: control_result() in the shape of the contract, or control_error().
 */
json_t *command_murt_add(struct agent *agent, json_t *args);
json_t *command_murt_set(struct agent *agent, json_t *args);
json_t *command_murt_del(struct agent *agent, json_t *args);
json_t *command_murt_enable(struct agent *agent, json_t *args);
json_t *command_murt_disable(struct agent *agent, json_t *args);
json_t *command_murt_flush(struct agent *agent, json_t *args);
json_t *command_murt_import(struct agent *agent, json_t *args);
json_t *command_upstream_enable(struct agent *agent, json_t *args);
json_t *command_upstream_disable(struct agent *agent, json_t *args);
json_t *command_acl(struct agent *agent, json_t *args);
json_t *command_ports(struct agent *agent, json_t *args);
json_t *command_stats(struct agent *agent, json_t *args);
json_t *command_status(struct agent *agent, json_t *args);
json_t *command_monitor(struct agent *agent, json_t *args);
json_t *command_reload(struct agent *agent, json_t *args);
json_t *command_log(struct agent *agent, json_t *args);
json_t *command_exit(struct agent *agent, json_t *args);

/* groups.c: what a group's entries of an upstream have forwarded. */
struct upstream_group;
struct mupi_flow_stats upstream_group_stats(const struct agent *agent,
					    const struct upstream_group *g);

/* murt.c: a list of what `to_json` makes of each row; one that is deleted meanwhile is left out. */
typedef json_t *row_function(const struct murt_row *row);
struct control_list list_rows(struct agent *agent, row_function *to_json);

#endif
