// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The floating-point codes of queries: a lead bit, 3 bits of exponent, the rest mantissa with a
 * hidden 1. Values between two codes are rounded down, values beyond the last one become the last
 * one.
 */
#include "wire/message.h"

/* `bits` of mantissa: 4 or 12. */
static unsigned int decode(unsigned int code, unsigned int bits)
{
	unsigned int mantissa = code & ((1u << bits) - 1);
	unsigned int exponent = code >> bits & 7;

	if (!(code >> (bits + 3)))
		return code;
	return (mantissa | 1u << bits) << (exponent + 3);
}

static unsigned int encode(unsigned int value, unsigned int bits)
{
	unsigned int lead = 1u << (bits + 3), hidden = 1u << bits;
	unsigned int exponent = 0;

	if (value < lead)
		return value;
	while (exponent < 7 && value >> (exponent + 3) >= 2 * hidden)
		exponent++;
	if (value >> (exponent + 3) >= 2 * hidden)
		return 2 * lead - 1;
	return lead | exponent << bits | (value >> (exponent + 3) & (hidden - 1));
}

/* RFC 9776 sections 4.1.1 and 4.1.7 */
unsigned int code8_decode(uint8_t code)
{
	return decode(code, 4);
}

uint8_t code8_encode(unsigned int value)
{
	return (uint8_t)encode(value, 4);
}

/* RFC 9777 section 5.1.3 */
unsigned int code16_decode(uint16_t code)
{
	return decode(code, 12);
}

uint16_t code16_encode(unsigned int value)
{
	return (uint16_t)encode(value, 12);
}
