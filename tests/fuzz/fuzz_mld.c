// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an IPv6 frame, and as the MLD message of a well-formed one. */
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_decoder(FAMILY_V6, data, size);
	return 0;
}
