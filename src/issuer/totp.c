/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer/totp.h"

#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

#define SHA1_LEN 20

rp_code totp_code(const rp_secret *key, uint64_t step, unsigned digits, char ret[9], struct rp_error *err)
{
	static const uint32_t powers[] = {1000000, 10000000, 100000000};
	uint8_t counter[8], mac[SHA1_LEN];
	struct wr w = wr_of(counter, sizeof counter);
	struct rd r;
	uint32_t value;

	if (digits < 6 || digits > 8)
		return rp_fail(err, RP_E_FAULT, "a one-time password of %u digits", digits);
	wr_u32(&w, (uint32_t)(step >> 32));
	wr_u32(&w, (uint32_t)step);
	if (gnutls_hmac_fast(GNUTLS_MAC_SHA1, rp_secret_bytes(key), rp_secret_len(key), counter,
			     sizeof counter, mac) != 0)
		return rp_fail(err, RP_E_FAULT, "HMAC-SHA-1 cannot be had for one-time passwords");
	/* Dynamic truncation, RFC 4226 5.3: the last four bits say where the number begins. */
	r = rd_of(mac, sizeof mac);
	rd_skip(&r, mac[SHA1_LEN - 1] & 0x0F);
	value = (rd_u32(&r) & 0x7FFFFFFF) % powers[digits - 6];
	(void)snprintf(ret, 9, "%0*u", (int)digits, (unsigned)value);
	rp_wipe(mac, sizeof mac);
	return RP_OK;
}

rp_code totp_find(const rp_secret *key, uint64_t step, const char *code, uint64_t *ret_step,
		  struct rp_error *err)
{
	char typed[TOTP_DIGITS + 1] = "", right[9] = "";
	uint64_t found = 0;
	rp_code rc = RP_OK;

	if (strlen(code) == TOTP_DIGITS)
		(void)snprintf(typed, sizeof typed, "%s", code);
	for (uint64_t s = step > 0 ? step - 1 : 0; rc == RP_OK && s <= step + 1; s++) {
		rc = totp_code(key, s, TOTP_DIGITS, right, err);
		if (rc == RP_OK && hash_equal(typed, right, TOTP_DIGITS))
			found = s;
	}
	rp_wipe(typed, sizeof typed);
	rp_wipe(right, sizeof right);
	if (rc == RP_OK)
		*ret_step = found;
	return rc;
}

void totp_base32(const rp_secret *key, char ret[33])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < rp_secret_len(key) && n < 32; i++) {
		bits = bits << 8 | rp_secret_bytes(key)[i];
		for (have += 8; have >= 5 && n < 32; have -= 5)
			ret[n++] = alphabet[bits >> (have - 5) & 31];
	}
	ret[n] = '\0';
}
