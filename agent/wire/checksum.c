// SPDX-License-Identifier: GPL-2.0-or-later
/* Checksums. */
#include <arpa/inet.h>

#include "wire/wire.h"

uint16_t inet_checksum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;
	uint64_t total = sum;
	uint16_t word;

	for (; len >= 2; p += 2, len -= 2) {
		memcpy(&word, p, 2);
		total += word;
	}
	if (len) {
		word = 0;
		memcpy(&word, p, 1);
		total += word;
	}
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

uint32_t pseudo_sum(const struct addr *source, const struct addr *destination, uint8_t proto,
		    size_t len)
{
	uint8_t header[40] = {0};

	memcpy(header, source->b, 16);
	memcpy(header + 16, destination->b, 16);
	put16(header + 34, (unsigned int)len);
	header[39] = proto;
	return (uint16_t)~inet_checksum(header, sizeof(header), 0);
}
