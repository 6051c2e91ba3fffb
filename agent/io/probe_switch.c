// SPDX-License-Identifier: GPL-2.0-or-later
/* What Open vSwitch, where there is one, does with a port. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/probe.h"
#include "lib/util.h"

#define RULES_LEN 65536

extern char **environ;

static int spawn(char *const argv[], int out, pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int r;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	r = posix_spawnp(ret, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* The output of a command, as much as fits. 0, or -EIO when it failed. */
static int read_command(char *const argv[], char *buf, size_t size)
{
	int pipes[2], status = 0;
	size_t n = 0;
	ssize_t r = 1;
	pid_t pid;

	buf[0] = '\0';
	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	r = spawn(argv, pipes[1], &pid) ? -1 : 1;
	close(pipes[1]);
	if (r < 0) {
		close(pipes[0]);
		return -EIO;
	}
	while (n + 1 < size && (r = read(pipes[0], buf + n, size - 1 - n)) > 0)
		n += (size_t)r;
	buf[n] = '\0';
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* IGMP, IPv4 and IPv6 multicast; what `mupi-ovs install` installs has all three. */
static bool drops_multicast(const char *bridge)
{
	_cleanup_free_ char *rules = xcalloc(1, RULES_LEN);

	return read_command((char *[]){"ovs-ofctl", "--timeout=2", "-O", "OpenFlow14", "dump-flows",
				       (char *)bridge, NULL},
			    rules, RULES_LEN) == 0 &&
	       strstr(rules, "ip,nw_proto=2 actions=drop") &&
	       strstr(rules, "nw_dst=224.0.0.0/4 actions=drop") &&
	       strstr(rules, "ipv6_dst=ff00::/8 actions=drop");
}

/* The next line, without quotes; the names that Open vSwitch leaves empty are "system". */
static void take_line(const char **text, char *buf, size_t size)
{
	size_t len = strcspn(*text, "\n"), quoted = **text == '"' && len > 1;

	snprintf(buf, size, "%.*s", (int)(len - 2 * quoted), *text + quoted);
	if (!*buf)
		snprintf(buf, size, "system");
	*text += len + ((*text)[len] == '\n');
}

static bool take_bool(const char **text)
{
	char word[16];

	take_line(text, word, sizeof(word));
	return !strcmp(word, "true");
}

void probe_switch(const char *port, struct switch_facts *ret)
{
	char lines[256];
	const char *text = lines;

	*ret = (struct switch_facts){0};
	if (read_command((char *[]){"ovs-vsctl", "--timeout=2", "port-to-br", (char *)port, NULL},
			 lines, sizeof(lines)))
		return;
	take_line(&text, ret->bridge, sizeof(ret->bridge));
	read_command((char *[]){"ovs-vsctl", "--timeout=2", "get", "bridge", ret->bridge,
				"datapath_type", "mcast_snooping_enable", "--", "get", "interface",
				(char *)port, "type", "--", "--if-exists", "get", "Open_vSwitch",
				".", "other_config:hw-offload", NULL},
		     lines, sizeof(lines));
	text = lines;
	take_line(&text, ret->datapath, sizeof(ret->datapath));
	ret->snooping = take_bool(&text);
	take_line(&text, ret->type, sizeof(ret->type));
	ret->hw_offload = take_bool(&text);
	ret->rules = drops_multicast(ret->bridge);
}
