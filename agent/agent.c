/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

#include "agent.h"
#include "caps.h"
#include "commands/monitor.h"
#include "io/clock.h"
#include "io/http.h"
#include "io/packet.h"
#include "journal.h"
#include "lib/log.h"
#include "metrics.h"
#include "table.h"

/* Every so often: heartbeat, replication lists ahead of need. */
#define TICK_USEC (200 * USEC_PER_MSEC)

usec_t agent_now(void)
{
	return clock_usec();
}

/* ---- effects of the proxy ---- */

static void op_send(void *ctx, unsigned int port, const struct frame *frame)
{
	struct agent *agent = ctx;

	if (packet_send(agent->packet_fd, agent->ports[port].ifindex, frame->data, frame->len))
		agent->send_errors++;
}

static int op_flow_set(void *ctx, unsigned int upstream, const struct addr *group,
		       const struct prefix *source, const struct portset *out, uint32_t below)
{
	struct agent *agent = ctx;
	int err = dataplane_flow_set(agent->dataplane, upstream, group, source, out, below);

	agent->flow_errors += err != 0;
	return err;
}

static void op_flow_del(void *ctx, unsigned int upstream, const struct addr *group,
			const struct prefix *source)
{
	struct agent *agent = ctx;

	dataplane_flow_del(agent->dataplane, upstream, group, source);
}

static uint64_t op_flow_packets(void *ctx, unsigned int upstream, const struct addr *group,
				const struct prefix *source)
{
	struct agent *agent = ctx;
	struct mupi_flow_stats stats;
	int err = dataplane_flow_stats(agent->dataplane, upstream, group, source, &stats);

	return err ? 0 : stats.packets;
}

static unsigned int op_room(void *ctx)
{
	struct agent *agent = ctx;

	/* Static joins come first. */
	return agent->dataplane ? dataplane_room(agent->dataplane) : UINT_MAX;
}

static uint32_t op_random(void *ctx)
{
	uint32_t value = 0;

	(void)ctx;
	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint32_t)agent_now();
	return value;
}

static void op_warn(void *ctx, const char *text)
{
	(void)ctx;
	log_warning("%s", text);
}

static void op_event(void *ctx, const struct proxy_event *event)
{
	journal_event(ctx, event);
	monitor_proxy(ctx, event);
}

/* ---- events ---- */

void agent_settle(struct agent *agent)
{
	usec_t now = agent_now(), next;
	struct timeval wait;

	proxy_run_timers(agent->proxy, now);
	/* First the data: a crash in between forgets no more than one a moment earlier. */
	proxy_flush(agent->proxy, now);
	journal_flush(agent);
	next = proxy_next_timer(agent->proxy);
	if (next == USEC_NEVER) {
		event_del(agent->timer);
		return;
	}
	next = next > now ? next - now : 1;
	wait.tv_sec = (time_t)(next / USEC_PER_SEC);
	wait.tv_usec = (suseconds_t)(next % USEC_PER_SEC);
	event_add(agent->timer, &wait);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	agent_settle(ctx);
}

static void on_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;
	char error[512];

	(void)fd;
	(void)what;
	dataplane_heartbeat(agent->dataplane, agent->config->hold_time);
	/* When its address was not there at the start, or its port taken. */
	metrics_listen(agent, agent->config, error);
	dataplane_prepare(agent->dataplane);
	agent_heal_ports(agent);
}

/* When there are new ones, and again when not all had their turn. */
static void on_punts(evutil_socket_t fd, short what, void *ctx)
{
	static const struct timeval at_once;
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	dataplane_poll(agent->dataplane);
	if (punts_serve(agent))
		event_add(agent->punts_event, &at_once);
	agent_settle(agent);
}

static void on_links(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;
	int err;

	(void)fd;
	(void)what;
	err = links_read(agent->links);
	if (err)
		log_warning("netlink: %s", strerror(-err));
	agent_settle(agent);
}

static void on_features(evutil_socket_t fd, short what, void *ctx)
{
	struct agent *agent = ctx;

	(void)fd;
	(void)what;
	dataplane_features_read(agent->dataplane);
}

/* ---- configuration ---- */

static struct proxy_params params_from(const struct config *config)
{
	return (struct proxy_params){
		.relay = config->relay,
		.ssm_ranges = config->ssm_ranges,
		.n_ssm_ranges = config->n_ssm_ranges,
		.acl = config->acl,
		.ssm_any_source = config->ssm_any_source,
		.memberships = config->memberships,
		.handover_limit = config->handover_limit,
		.handover_overlap = config->handover_overlap,
	};
}

/* Those that `config` has and `other` has not. */
static void change_statics(struct agent *agent, const struct config *config,
			   const struct config *other, typeof(proxy_static_join) *change)
{
	for (size_t i = 0; i < config->n_statics; i++) {
		const struct config_static *s = &config->statics[i];

		if (!config_has_static(other, s))
			change(agent->proxy, agent_port_index(agent, s->number), &s->group,
			       &s->source, agent_now());
	}
}

struct first_error {
	char *text;
	size_t size;
};

static void keep_first_error(void *ctx, bool error, const char *text)
{
	struct first_error *first = ctx;

	if (!error)
		log_warning("%s", text);
	else if (!*first->text)
		snprintf(first->text, first->size, "%s", text);
}

static bool same_ports(const struct agent *agent, const struct config *config)
{
	if (config->n_ports != agent->n_ports)
		return false;
	for (unsigned int i = 0; i < agent->n_ports; i++)
		if (config->ports[i].number != agent->ports[i].number ||
		    strcmp(config->ports[i].name, agent->ports[i].name))
			return false;
	return true;
}

static int read_config(const struct agent *agent, struct config **ret, char error[static 512])
{
	struct first_error first = {.text = error, .size = 512};
	struct config *config;

	*error = 0;
	if (config_read(agent->config->path, true, keep_first_error, &first, &config))
		return -EINVAL;
	if (config_settle(config, agent->cli_ports, agent->n_cli_ports, keep_first_error, &first))
		goto refuse;
	if (same_ports(agent, config) && agent_check_roles(agent, config, error))
		goto refuse;
	*ret = config;
	return 0;
refuse:
	config_free(config);
	return -EINVAL;
}

/* An equal list keeps its counts. */
static void keep_acl(struct config *config, struct config *old)
{
	struct acl *acl = config->acl;

	config->acl = old->acl;
	old->acl = acl;
}

/* Not from the file, which may be half of another one by then. A memory file, or -1. */
static int keep_text(const struct config *config)
{
	int fd = memfd_create("murt.conf", 0);
	FILE *file = fd < 0 ? NULL : fdopen(dup(fd), "w");
	bool whole = file && fwrite(config->text, 1, config->len, file) == config->len;

	whole = file && fclose(file) == 0 && whole;
	if (fd < 0 || (whole && !lseek(fd, 0, SEEK_SET)))
		return fd;
	close(fd);
	return -1;
}

/* Other ports need other replication lists: as an upgrade does it, and as little is lost. */
static void start_again(struct agent *agent, const struct config *config)
{
	log_info("configuration read: the ports changed, starting anew");
	if (agent->again_fd >= 0)
		close(agent->again_fd);
	agent->again_fd = keep_text(config);
	agent->again = true;
	/* Who has the answer to the reload speaks to the next agent. */
	control_deafen(agent->control);
	event_base_loopexit(agent->base, NULL);
}

int agent_reload(struct agent *agent, char error[static 512])
{
	struct config *config, *old = agent->config;
	struct proxy_params params;

	if (read_config(agent, &config, error))
		return -EINVAL;
	if (murt_ids_left(agent->murt) < config->n_rows) {
		snprintf(error, 512, NO_IDS);
		config_free(config);
		return -EINVAL;
	}
	if (metrics_listen(agent, config, error)) {
		config_free(config);
		return -EINVAL;
	}
	if (!same_ports(agent, config)) {
		start_again(agent, config);
		config_free(config);
		return 0;
	}
	free(config->text);
	config->text = NULL;
	agent->config = config;
	if (config_same_acl(config, old))
		keep_acl(config, old);
	params = params_from(config);
	proxy_set_params(agent->proxy, &params);
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		if (config->ports[i].role == ROLE_UPSTREAM)
			agent_make_upstream(agent, config->ports[i].number);
		proxy_port_set(agent->proxy, i, &config->ports[i].settings, agent_now());
	}
	if (!config_same_ssm(config, old))
		proxy_ssm_changed(agent->proxy, agent_now());
	agent_set_ports(agent);
	change_statics(agent, config, old, proxy_static_join);
	change_statics(agent, old, config, proxy_static_leave);
	table_reload(agent, old);
	config_free(old);
	log_info("configuration reloaded: %zu rows", murt_count(agent->murt));
	return 0;
}

/* ---- life ---- */

static void open_proxy(struct agent *agent, const char *socket)
{
	const struct config *config = agent->config;
	const struct proxy_ops ops = {
		.ctx = agent,
		.send = op_send,
		.flow_set = op_flow_set,
		.flow_del = op_flow_del,
		.flow_packets = op_flow_packets,
		.room = op_room,
		.random = op_random,
		.warn = op_warn,
		.event = op_event,
	};
	struct proxy_params params = params_from(config);

	agent->n_ports = (unsigned int)config->n_ports;
	for (unsigned int i = 0; i < agent->n_ports; i++) {
		agent->ports[i].number = config->ports[i].number;
		memcpy(agent->ports[i].name, config->ports[i].name, IFNAMSIZ);
		agent->ports[i].slot = -1;
		if (config->ports[i].role == ROLE_UPSTREAM)
			agent->ports[i].slot = (int)agent->n_upstreams++;
	}
	table_open(agent, socket);
	agent->proxy = proxy_new(&params, &ops, agent->murt);
	for (unsigned int i = 0; i < agent->n_ports; i++)
		proxy_port_add(agent->proxy, i, agent->ports[i].number, agent->ports[i].slot,
			       &config->ports[i].settings);
}

static int open_io(struct agent *agent, const struct agent_params *params, char error[static 512])
{
	struct dataplane_params dp = {
		.pin_dir = params->pin_dir,
		.n_ports = agent->n_ports,
		.mode = params->mode,
		.attach = (enum dataplane_attach)agent->config->attach,
		.hold_time = agent->config->hold_time,
	};
	int err;

	agent->packet_fd = packet_open();
	if (agent->packet_fd < 0) {
		snprintf(error, 256, "packet socket: %s: run as root or with CAP_NET_RAW",
			 strerror(-agent->packet_fd));
		return agent->packet_fd;
	}
	err = control_open(agent->base, params->socket, agent_command, agent, &agent->control,
			   error);
	if (!err)
		err = dataplane_open(&dp, punts_put, agent, &agent->dataplane, error);
	if (!err)
		err = links_open(&agent->links, agent_link, agent, error);
	if (!err && metrics_listen(agent, agent->config, error))
		log_warning("%s; it is tried again", error);
	return err;
}

static void watch_fds(struct agent *agent)
{
	const struct timeval tick = {.tv_usec = TICK_USEC};

	agent->dataplane_event = event_new(agent->base, dataplane_fd(agent->dataplane),
					   EV_READ | EV_PERSIST, on_punts, agent);
	agent->links_event = event_new(agent->base, links_fd(agent->links), EV_READ | EV_PERSIST,
				       on_links, agent);
	if (dataplane_features_fd(agent->dataplane) >= 0) {
		agent->features_event =
			event_new(agent->base, dataplane_features_fd(agent->dataplane),
				  EV_READ | EV_PERSIST, on_features, agent);
		event_add(agent->features_event, NULL);
	}
	agent->tick = event_new(agent->base, -1, EV_PERSIST, on_tick, agent);
	/* What a former agent left unread waits already. */
	agent->punts_event = evtimer_new(agent->base, on_punts, agent);
	event_active(agent->punts_event, EV_TIMEOUT, 1);
	event_add(agent->dataplane_event, NULL);
	event_add(agent->links_event, NULL);
	event_add(agent->tick, &tick);
}

/* Forwarding as the clients that a former agent left behind need it, and then the hooks. */
static int start(struct agent *agent)
{
	char error[256];
	int err;

	proxy_flush(agent->proxy, agent_now());
	dataplane_heartbeat(agent->dataplane, agent->config->hold_time);
	err = dataplane_start(agent->dataplane, error);
	if (err)
		log_error("%s", error);
	else
		agent_ports_started(agent);
	return err;
}

int agent_open(struct agent *agent, struct config *config, const struct agent_params *params)
{
	char error[512] = "";
	int err;

	agent->packet_fd = agent->again_fd = -1;
	agent->config = config;
	agent->started = agent_now();
	agent->start_time = time(NULL);
	agent->base = event_base_new();
	agent->timer = evtimer_new(agent->base, on_timer, agent);
	open_proxy(agent, params->socket);
	punts_open(agent);
	err = open_io(agent, params, error);
	if (err) {
		log_error("%s", error);
		return err;
	}
	/* Not before the socket is ours: rows beside it may be those of another agent. */
	table_restore(agent);
	err = agent_take_ports(agent);
	if (err)
		return err;
	/* Balancing has all upstreams to choose from. */
	change_statics(agent, config, &(struct config){0}, proxy_static_join);
	journal_open(agent, params->socket);
	err = start(agent);
	if (err)
		return err;
	while (dataplane_prepare(agent->dataplane))
		;
	watch_fds(agent);
	if (caps_drop(config->path, params->socket, dataplane_uses_libxdp(agent->dataplane)))
		log_warning("capabilities that are not needed cannot be given up");
	return 0;
}

int agent_run(struct agent *agent)
{
	agent_settle(agent);
	sd_notify(0, "READY=1");
	log_notice("ready");
	return event_base_dispatch(agent->base) < 0 ? -EIO : 0;
}

static void drop_event(struct event *event)
{
	if (event)
		event_free(event);
}

int agent_close(struct agent *agent, const struct agent_params *params)
{
	char error[256];
	int fd = agent->again ? control_hand_over(agent->control) : -1;

	journal_close(agent);
	control_close(agent->control);
	http_close(agent->http);
	links_close(agent->links);
	dataplane_close(agent->dataplane);
	punts_close(agent);
	if (agent->cleanup && dataplane_cleanup(params->pin_dir, error))
		log_error("%s", error);
	if (agent->cleanup)
		journal_remove(params->socket);
	if (agent->packet_fd >= 0)
		close(agent->packet_fd);
	/* The flows stay in the kernel: the proxy is freed without a word to anyone. */
	proxy_free(agent->proxy);
	table_close(agent);
	config_free(agent->config);
	drop_event(agent->timer);
	drop_event(agent->tick);
	drop_event(agent->punts_event);
	drop_event(agent->dataplane_event);
	drop_event(agent->links_event);
	drop_event(agent->features_event);
	event_base_free(agent->base);
	return fd;
}
