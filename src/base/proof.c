/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proof.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

/* A value of a line: printable ASCII, so that no line can be made out of two. */
static bool plain(const char *value)
{
	for (const char *c = value; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7E)
			return false;
	return value[0] != '\0';
}

size_t proof_text(const struct proof_lines *p, char ret[PROOF_LINES_MAX])
{
	char nonce[33];
	const char *lines[][2] = {
		{"purpose ", p->purpose},
		{"issuer ", p->issuer},
		{"case ", p->case_id == NULL ? "-" : p->case_id},
		{"terminal ", p->terminal},
		{"profile ", p->profile},
		{"card ", p->number},
		{"slot ", p->slot == NULL ? "-" : p->slot},
		{"nonce ", nonce},
	};
	struct wr w = wr_of(ret, PROOF_LINES_MAX);

	if (!hex_of(p->nonce, 16, nonce, sizeof nonce))
		return 0;
	wr_put(&w, "REPIN-PROOF-1\n", 14);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!plain(lines[i][1]))
			return 0;
		wr_put(&w, lines[i][0], strlen(lines[i][0]));
		wr_put(&w, lines[i][1], strlen(lines[i][1]));
		wr_u8(&w, '\n');
	}
	return w.failed ? 0 : w.len;
}
