/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the bench's BPF programs and its user side. */
#ifndef MUPI_BENCH_SHARED_H
#define MUPI_BENCH_SHARED_H

/* Interfaces of one path's namespace, and some. */
#define BENCH_MAX_IFINDEX 512

/* Entry i is group BENCH_GROUP4 + i, host byte order: source-specific ones, from 232.1.0.0. */
#define BENCH_GROUP4 0xe8010000u
/* The same for entries of any source: from 239.1.0.0. */
#define BENCH_ANY4   0xef010000u

#define BENCH_TTL 64

#endif
