// SPDX-License-Identifier: GPL-2.0-or-later
/* "did you mean": words that differ by a letter or two. */
#include <string.h>

#include "mupictl.h"

#define LONGEST 31

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to insert, remove, replace, or swap with their neighbour. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[LONGEST + 1][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	for (unsigned int i = 0; i <= n; i++)
		d[i][0] = i;
	for (unsigned int j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1,
				       d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < d[i][j])
				d[i][j] = d[i - 2][j - 2] + 1;
		}
	}
	return d[n][m];
}

void suggest(struct suggestion *suggestion, const char *word)
{
	size_t len = strlen(suggestion->typed);
	unsigned int far;

	if (len > LONGEST || strlen(word) > LONGEST)
		return;
	far = distance(suggestion->typed, word);
	if (far > (len > 3 ? 2 : 1) || (suggestion->word && far >= suggestion->distance))
		return;
	suggestion->word = word;
	suggestion->distance = far;
}
