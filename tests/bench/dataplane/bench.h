/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data plane beside its peers: paths that copy one ingress frame to some receivers, all given
 * the same work in one run.
 */
#ifndef MUPI_BENCH_H
#define MUPI_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench_shared.h"
#include "lib/addr.h"
#include "lib/util.h"

#define MAX_RECEIVERS 32
#define MAX_INGRESS   2
#define MAX_ROUNDS    64
#define MAX_FRAME     1500

/* What is compared. */
enum row { LIMIT, REDIRECT, NATIVE, TC, BRIDGE, ROUTING, OVS, ROWS };
extern const char *const row_names[ROWS];

/* How frames come in, and what takes them. */
enum series {
	LIVE,	  /* BPF_PROG_TEST_RUN live frames; the cheapest sink a path can use */
	LIVE_SKB, /* the same; every receiver gets an skb */
	SOCKETS,  /* a packet socket on the other end of the ingress; the cheapest sink */
	SERIES
};
extern const char *const series_names[SERIES];

/* What a path is set up for. */
struct work {
	unsigned int receivers;
	unsigned int entries; /* installed (S,G); frames belong to the first */
	unsigned int ingress; /* ports that frames come from */
	unsigned int ports;   /* that the data plane has; 0: receivers and ingress */
	bool any_source;      /* entries for any source instead */
	bool v6;
};

struct bench_bpf;
struct path;

/* A path takes up its work in a network namespace of its own, which the caller has entered. */
struct path_ops {
	/* Once. 0, or -1 with the reason in path->why. */
	int (*open)(struct path *path);
	/* Before each change of work; the same contract. Entries are only ever added. */
	int (*configure)(struct path *path, const struct work *work);
	void (*close)(struct path *path);
};

struct path {
	const struct path_ops *ops;
	enum row row;
	bool xdp_sink;	     /* receivers drop in XDP; else they get skbs and drop at tc ingress */
	unsigned int window; /* frames under way at most; 0: no more than a batch ever is */
	int netns;
	struct {
		unsigned int port, peer; /* ifindex */
	} receivers[MAX_RECEIVERS], ingress[MAX_INGRESS];
	struct bench_bpf *bpf; /* sinks, `pass`, `vary` */
	int inject;	       /* program that live frames run through */
	unsigned int installed;
	char why[256]; /* not empty: unavailable, and why */
	void *own;
};

extern const struct path_ops limit_ops, redirect_ops, native_ops, tc_ops, bridge_ops, routing_ops,
	ovs_ops;

/* net.c */
int path_open(struct path *path, const struct path_ops *ops, enum row row, bool xdp_sink);
void path_enter(const struct path *path);
void path_close(struct path *path);
int path_fail(struct path *path, const char *format, ...) __printf(2, 3);
/* Run a shell command in the path's namespace; text for its standard input comes from `write`. */
int path_run(struct path *path, const char *format, ...) __printf(2, 3);
FILE *path_pipe(struct path *path, const char *command);
int path_pipe_close(struct path *path, FILE *pipe, const char *command);
/* Frames that receiver i has counted. */
uint64_t path_seen(const struct path *path, unsigned int i);
struct addr entry_group(const struct work *work, unsigned int i);
struct addr entry_source(const struct work *work);

/* frame.c: `size` bytes with the Ethernet header. */
void make_frame(uint8_t frame[static MAX_FRAME], unsigned int size, const struct work *work);

/* inject.c */
struct burst {
	unsigned int size; /* of a frame, with its Ethernet header */
	unsigned int frames;
	unsigned int cores;  /* injectors, each on a core and an ingress port of its own */
	unsigned int groups; /* 0: one group, fixed; else chosen among so many at random */
	bool sockets;
};

struct outcome {
	double seconds;
	uint64_t copies, lost;
	bool disturbed; /* an injector lost its core meanwhile */
};

/* 0 or a negative errno. */
int inject(struct path *path, const struct work *work, const struct burst *burst,
	   struct outcome *ret);
/* Put this thread on injector number's core. */
void take_core(unsigned int number);

/* plan.c */
struct options {
	bool quick, targets_only, one_path;
	enum row only; /* with `one_path` */
	unsigned int rounds;
	double burst_seconds;
	const char *json, *svg;
};

/* One thing measured, once in every round. */
struct point {
	unsigned int setting; /* index into plan.settings */
	enum row row;
	enum series series;
	unsigned int size, cores, groups;
	unsigned int frames; /* in a burst */
	unsigned int n;
	double ns[MAX_ROUNDS]; /* per copy, by round */
	uint64_t copies, lost;
	char why[256]; /* not empty: not measured, and why */
};

#define MAX_SETTINGS 64
#define MAX_POINTS   1024

struct plan {
	struct work settings[MAX_SETTINGS];
	unsigned int n_settings;
	struct point points[MAX_POINTS];
	unsigned int n_points;
};

extern const unsigned int all_receivers[6];

/* What is to be measured, in the order of entries installed. */
void plan_make(struct plan *plan, const struct options *options);
/* The point of this work and otherwise like `like`; NULL when there is none with a figure. */
const struct point *plan_find(const struct plan *plan, const struct work *work,
			      const struct point *like);

/* run.c: measure it all; progress on stderr. */
void plan_run(struct plan *plan, const struct options *options);

/* stats.c */
struct summary {
	double median, low, high; /* quartiles */
};
struct summary summarise(const double *values, unsigned int n);
struct summary point_ns(const struct point *p);
/* How many times as fast as b a is, round by round. False when one is missing. */
bool compare(const struct point *a, const struct point *b, struct summary *ret);

/* targets.c */
struct target {
	const char *name;
	double goal; /* 0: for information */
	bool at_most, known, met;
	struct summary value;
};
#define MAX_TARGETS 24
unsigned int targets(const struct plan *plan, struct target ret[static MAX_TARGETS]);
void targets_text(const struct plan *plan);

/* report.c */
void machine_text(char text[static 256]);
void report_text(const struct plan *plan);

/* json.c, svg.c: 0 or a negative errno. */
int write_json(const struct plan *plan, const char *file);
int write_svg(const struct plan *plan, const char *file);

#endif
