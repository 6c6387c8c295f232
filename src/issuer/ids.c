/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "issuer/internal.h"

#define ID_CHARS 25 /* 125 bits */

void id_new(char ret[ROW_ID])
{
	code32_new(ID_CHARS, ret);
}

rp_code text_put(char *ret, size_t cap, const char *text, struct rp_error *err)
{
	int n = snprintf(ret, cap, "%s", text != NULL ? text : "");

	if (n < 0 || (size_t)n >= cap)
		return rp_fail(err, RP_E_FAULT, "a text of %d bytes for a field of %zu", n, cap - 1);
	return RP_OK;
}

rp_code card_id_of(const issuer *i, const char *profile, const char *number, uint8_t ret[CARD_ID_LEN],
		   struct rp_error *err)
{
	if (!hash_card_id(i->name, profile, number, ret))
		return rp_fail(err, RP_E_USAGE, "family or number of a card is too long");
	return RP_OK;
}
