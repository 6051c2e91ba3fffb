/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share: frames around any bytes, and the decoders under test. */
#ifndef MUPI_FUZZ_H
#define MUPI_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "wire/message.h"

/* End the run, with one sentence that says what is wrong. */
#define FAIL(...)                                                                                  \
	do {                                                                                       \
		fprintf(stderr, "%s: ", __func__);                                                 \
		fprintf(stderr, __VA_ARGS__);                                                      \
		fputc('\n', stderr);                                                               \
		abort();                                                                           \
	} while (0)
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			FAIL("not so: %s", #condition);                                            \
	} while (0)

/* Sizes of a body that wrap() takes, and room for its frame. */
#define WRAP_MIN  4
#define WRAP_MAX  1400
#define WRAP_ROOM (WRAP_MAX + 64)

/* Called by libFuzzer; each target has one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Write a frame around a message: headers, destination and checksum are such that the decoder looks
 * at the rest. `source` is of `family`. Returns its length; the IP header is at ETH_HLEN.
 */
size_t wrap(uint8_t frame[static WRAP_ROOM], enum family family, const struct addr *source,
	    const uint8_t *body, size_t size);

/* Decode `data` as a frame, as a packet, and as the body of one. */
void fuzz_decoder(enum family family, const uint8_t *data, size_t size);

#endif
