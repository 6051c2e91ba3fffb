/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packet sockets on hosts of tools/mupi-lab: clients 1 to 4 and provider 1. */
#ifndef MUPI_TEST_LAB_H
#define MUPI_TEST_LAB_H

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "conformance/frames.h"

#define PORTS	 4
#define SENTINEL "239.8.0.1" /* joined on every port for good */

struct host {
	int fd;
	struct sockaddr_ll at;
};

struct lab {
	struct host clients[PORTS + 1], provider;
	uint32_t serial; /* of the data being sent */
	bool sentinel_seen[PORTS + 1];
	/* Data of this serial, or a specific query, came out of a port. */
	void (*heard)(const struct heard *h, unsigned int port);
};

/* From now on, what is opened is in a namespace. */
static inline void lab_enter(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail(path);
	close(fd);
}

static inline void host_open(struct host *host, const char *lab, const char *name, unsigned int n)
{
	int size = 16 << 20;
	char path[128];

	snprintf(path, sizeof(path), "/run/netns/%s-%s%u", lab, name, n);
	lab_enter(path);
	host->fd = raw_open("eth1", &host->at);
	host->at.sll_protocol = htons(ETH_P_ALL);
	if (setsockopt(host->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    bind(host->fd, (struct sockaddr *)&host->at, sizeof(host->at)))
		fail(path);
}

static inline void lab_open(struct lab *l, const char *name)
{
	for (unsigned int i = 1; i <= PORTS; i++)
		host_open(&l->clients[i], name, "client", i);
	host_open(&l->provider, name, "provider", 1);
}

static inline void lab_heard(struct lab *l, const struct heard *h, unsigned int port)
{
	uint8_t sentinel[16];

	parse_address(SENTINEL, sentinel);
	if (h->data && h->serial != l->serial)
		return;
	if (h->data && h->family == AF_INET && !memcmp(sentinel, h->group, 4))
		l->sentinel_seen[port] = true;
	else
		l->heard(h, port);
}

/* Read what has come out of the ports; wait for it no longer than so many ms. */
static inline void lab_listen(struct lab *l, int ms)
{
	struct pollfd fds[PORTS];
	uint8_t frame[2048];
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	struct heard h;
	ssize_t len;

	for (unsigned int i = 0; i < PORTS; i++)
		fds[i] = (struct pollfd){.fd = l->clients[i + 1].fd, .events = POLLIN};
	poll(fds, PORTS, ms);
	for (unsigned int port = 1; port <= PORTS; port++)
		while ((len = recvfrom(l->clients[port].fd, frame, sizeof(frame), MSG_DONTWAIT,
				       (struct sockaddr *)&from, &size)) > 0)
			if (from.sll_pkttype != PACKET_OUTGOING &&
			    frame_hear(frame, (size_t)len, &h))
				lab_heard(l, &h, port);
}

static inline void lab_say(struct lab *l, unsigned int port, const struct cast *c,
			   const struct word *w)
{
	struct buffer b;

	frame_say(&b, c, w);
	raw_send(l->clients[port].fd, &b, &l->clients[port].at);
}

static inline void lab_data(struct lab *l, int family, const uint8_t *group, char source)
{
	struct buffer b;

	frame_data(&b, family, group, source, l->serial);
	raw_send(l->provider.fd, &b, &l->provider.at);
}

static inline bool lab_flushed(const struct lab *l)
{
	for (unsigned int port = 1; port <= PORTS; port++)
		if (!l->sentinel_seen[port])
			return false;
	return true;
}

/* Frames keep their order, so when one comes that every port gets, all before it have come. */
static inline void lab_flush(struct lab *l)
{
	uint8_t sentinel[16];

	memset(l->sentinel_seen, 0, sizeof(l->sentinel_seen));
	parse_address(SENTINEL, sentinel);
	lab_data(l, AF_INET, sentinel, '9');
	for (int tries = 0; !lab_flushed(l) && tries < 60; tries++)
		lab_listen(l, 5);
	if (!lab_flushed(l))
		fputs("a frame to all ports did not come\n", stderr);
}

#endif
