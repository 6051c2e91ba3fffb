// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bursts of frames, and the time until the last copy has been counted. An injector's core does all
 * the work of most paths: softirqs run when the kernel leaves each batch.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <math.h>
#include <netinet/ip.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bench.h"
#include "bench.skel.h"

#define BATCH	 64 /* a NAPI poll's worth */
#define PATIENCE 0.3
#define CHUNK	 32 /* frames at once on a path with a window */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct injector {
	struct path *path;
	const struct burst *burst;
	uint8_t frame[MAX_FRAME];
	unsigned int number, last_receiver;
	int prog, socket;
	int error;
	bool disturbed;
	double begin, end;
	pthread_barrier_t *start;
};

static int inject_live(struct injector *in, unsigned int frames)
{
	struct xdp_md ctx = {.data_end = in->burst->size,
			     .ingress_ifindex = in->path->ingress[in->number].port};
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->frame,
			    .data_size_in = in->burst->size, .ctx_in = &ctx,
			    .ctx_size_in = sizeof(ctx), .repeat = (int)frames,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = MIN(frames, BATCH));

	return bpf_prog_test_run_opts(in->prog, &opts) ? -errno : 0;
}

static int open_socket(unsigned int ifindex)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)ifindex};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;

	if (fd >= 0 && (bind(fd, (struct sockaddr *)&to, sizeof(to)) ||
			setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int inject_socket(struct injector *in, unsigned int frames)
{
	struct iovec iov = {in->frame, in->burst->size};
	struct mmsghdr messages[BATCH] = {0};

	for (unsigned int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
	while (frames) {
		int sent = sendmmsg(in->socket, messages, MIN(frames, BATCH), 0);

		if (sent < 0 && errno != ENOBUFS && errno != EAGAIN)
			return -errno;
		frames -= sent > 0 ? (unsigned int)sent : 0;
	}
	return 0;
}

static int inject_some(struct injector *in, unsigned int frames)
{
	return in->burst->sockets ? inject_socket(in, frames) : inject_live(in, frames);
}

/* A switch in user space takes what its socket buffer holds, and drops the rest: let it work. */
static int inject_window(struct injector *in, unsigned int frames)
{
	uint64_t begin = path_seen(in->path, in->last_receiver), sent = 0, seen = 0;
	double last = now();
	int r = 0;

	while (!r && seen < frames && now() - last < PATIENCE) {
		uint64_t got = path_seen(in->path, in->last_receiver) - begin;

		if (got != seen)
			last = now();
		seen = got;
		if (sent == frames || sent - seen > in->path->window - CHUNK) {
			sched_yield();
			continue;
		}
		r = inject_some(in, CHUNK);
		sent += CHUNK;
	}
	return r;
}

static long involuntary_switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

void take_core(unsigned int number)
{
	static cpu_set_t allowed;
	static bool known;
	cpu_set_t set;
	int cpu = -1;

	if (!known)
		sched_getaffinity(getpid(), sizeof(allowed), &allowed);
	known = true;
	for (unsigned int i = 0; i <= number; i++)
		for (cpu++; cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &allowed); cpu++)
			;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *injector(void *arg)
{
	struct sched_param param = {.sched_priority = 1};
	struct injector *in = arg;
	long before;

	path_enter(in->path);
	take_core(in->number);
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
	pthread_barrier_wait(in->start);
	before = involuntary_switches();
	in->begin = now();
	if (in->path->window)
		in->error = inject_window(in, in->burst->frames);
	else
		in->error = inject_some(in, in->burst->frames);
	in->end = now();
	in->disturbed = involuntary_switches() != before;
	return NULL;
}

/* Through `vary` first when groups are chosen at random. */
static int program_for(const struct path *path, const struct burst *burst)
{
	int next = bpf_map__fd(path->bpf->maps.next);
	uint32_t zero = 0;

	if (!burst->groups)
		return path->inject;
	path->bpf->data->groups = burst->groups;
	bpf_map_update_elem(next, &zero, &path->inject, BPF_ANY);
	return bpf_program__fd(path->bpf->progs.vary);
}

static uint64_t count_copies(const struct path *path, unsigned int receivers,
			     const uint64_t *before, uint64_t expected, struct outcome *ret)
{
	ret->copies = ret->lost = 0;
	for (unsigned int i = 0; i < receivers; i++) {
		uint64_t got = path_seen(path, i) - before[i];

		ret->copies += got;
		ret->lost += got < expected ? expected - got : 0;
	}
	return ret->lost;
}

/* Until all copies are there, or none has come for a while. Returns when the last came. */
static double wait_for_copies(const struct path *path, unsigned int receivers,
			      const uint64_t *before, uint64_t expected, double end,
			      struct outcome *ret)
{
	uint64_t last = count_copies(path, receivers, before, expected, ret);
	double since = now();

	while (last && now() - since < PATIENCE) {
		uint64_t missing = count_copies(path, receivers, before, expected, ret);

		if (missing != last)
			since = end = now();
		last = missing;
	}
	return end;
}

static void start(struct injector *in, struct path *path, const struct work *work,
		  const struct burst *burst)
{
	in->path = path;
	in->burst = burst;
	in->last_receiver = work->receivers - 1;
	in->prog = program_for(path, burst);
	in->socket = burst->sockets ? open_socket(path->ingress[in->number].peer) : -1;
	make_frame(in->frame, burst->size, work);
	memcpy(&path->bpf->bss->header_check, in->frame + ETH_HLEN + offsetof(struct iphdr, check),
	       2);
}

int inject(struct path *path, const struct work *work, const struct burst *burst,
	   struct outcome *ret)
{
	struct injector in[MAX_INGRESS] = {0};
	uint64_t before[MAX_RECEIVERS], each = (uint64_t)burst->frames * burst->cores;
	pthread_t threads[MAX_INGRESS];
	pthread_barrier_t barrier;
	double begin = INFINITY, end = 0;
	int r = 0;

	*ret = (struct outcome){0};
	for (unsigned int i = 0; i < work->receivers; i++)
		before[i] = path_seen(path, i);
	pthread_barrier_init(&barrier, NULL, burst->cores);
	for (unsigned int i = 0; i < burst->cores; i++) {
		in[i].number = i;
		in[i].start = &barrier;
		start(&in[i], path, work, burst);
		pthread_create(&threads[i], NULL, injector, &in[i]);
	}
	for (unsigned int i = 0; i < burst->cores; i++) {
		pthread_join(threads[i], NULL);
		if (in[i].socket >= 0)
			close(in[i].socket);
		begin = MIN(begin, in[i].begin);
		end = MAX(end, in[i].end);
		ret->disturbed |= in[i].disturbed;
		r = r ? r : in[i].error;
	}
	pthread_barrier_destroy(&barrier);
	ret->seconds = wait_for_copies(path, work->receivers, before, each, end, ret) - begin;
	return r;
}
