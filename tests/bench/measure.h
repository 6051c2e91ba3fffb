/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time and memory of the process itself. */
#ifndef MUPI_BENCH_MEASURE_H
#define MUPI_BENCH_MEASURE_H

#include <malloc.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Seconds of processor time of this thread. */
static inline double cpu(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* Bytes that are allocated. */
static inline double heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)(m.uordblks + m.hblkhd);
}

/* Bytes in memory, as the kernel counts. Freed ones are given back first. */
static inline double resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	malloc_trim(0);
	if (f && fscanf(f, "%*u %lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

#endif
