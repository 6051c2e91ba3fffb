/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's file, shared by journal.c and journal_read.c. */
#ifndef MUPI_JOURNAL_PRIVATE_H
#define MUPI_JOURNAL_PRIVATE_H

#include "journal.h"

enum kind {
	KIND_MEMBER = 1,
	KIND_GONE,
	KIND_IDENTITY,
	KIND_OUT,
	KIND_IN,
	KIND_IDENTITY_GONE,
	KIND_PORT
};

struct journal_header {
	char magic[8];	  /* with the version of what follows */
	char boot_id[40]; /* /proc/sys/kernel/random/boot_id */
};
#define MAGIC "mupi-j2"

/* One change. The last of the same thing counts. */
struct journal_record {
	uint32_t size; /* with who serves its sources */
	uint32_t port; /* number */
	uint8_t kind;
	uint8_t exclude;    /* the filter mode */
	uint8_t generation; /* 1 … 3, see wire/message.h */
	uint8_t slot;	    /* KIND_OUT, KIND_IN: which bit of an upset the upstream is */
	uint8_t mac[ETH_ALEN];
	uint16_t n_carves;
	uint8_t pad[4];
	struct addr group;  /* KIND_IDENTITY: an address; KIND_PORT: the interface's name */
	struct addr client; /* ADDR_NONE: a static join */
	upset upstreams, keep;
	struct proxy_served served[]; /* the sources, then the carves */
};
_Static_assert(sizeof(struct journal_record) == 72, "layout of the journal");
_Static_assert(sizeof(struct addr) == IFNAMSIZ, "room for a name");
_Static_assert(sizeof(struct proxy_served) == 40, "layout of the journal");

void journal_fill_header(struct journal_header *header);
/* Let the proxy know what the file says, if it is of this boot. */
void journal_read(struct agent *agent, const char *path);

#endif
