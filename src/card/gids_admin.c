/* SPDX-License-Identifier: Apache-2.0 */
#include "card/gids_admin.h"

#include "base/bytes.h"
#include "card/tlv.h"

#include <string.h>

#define CHALLENGE 0x81
#define RESPONSE 0x82

/* MSE SET: the admin key (80) for authentication. */
static rp_code choose_key(struct session *s, struct rp_error *err)
{
	static const uint8_t key[] = {0x83, 0x01, 0x80};
	const struct apdu a = {.ins = 0x22, .p1 = 0xC1, .p2 = 0xA4, .data = key, .lc = sizeof key};
	struct response r;
	uint16_t sw = 0;
	rp_code rc = session_select(s, 0, &sw, err);

	if (rc == RP_OK && sw != 0x9000)
		return session_refused(s, sw, "SELECT", err);
	if (rc == RP_OK)
		rc = session_send(s, &a, &r, err);
	if (rc != RP_OK || r.sw == 0x9000)
		return rc;
	return rp_fail(err, RP_E_NOT_OFFERED, "the card has no admin key: it answered %04X", r.sw);
}

/* GENERAL AUTHENTICATE with one data object; `back` bytes of another come back in the session's buffer. */
static rp_code authenticate(struct session *s, uint8_t tag, const uint8_t *bytes, uint8_t len,
			    uint8_t back_tag, size_t back, const uint8_t **ret, struct rp_error *err)
{
	uint8_t data[4 + 40] = {0x7C, (uint8_t)(len + 2), tag, len};
	const struct apdu a = {.ins = 0x87,
			       .data = data,
			       .lc = 4u + len,
			       .le = back > 0 ? 256 : 0,
			       .secret = tag == RESPONSE};
	struct response r;
	struct tlv outer, inner;
	rp_code rc;

	if (len > 0)
		memcpy(data + 4, bytes, len); /* checked: at most 40, by this file's callers */
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK)
		return rc;
	if (r.sw != 0x9000)
		return session_refused(s, r.sw, "GENERAL AUTHENTICATE", err);
	if (back == 0)
		return RP_OK;
	if (!tlv_find(rd_of(r.data, r.len), 0x7C, &outer) ||
	    !tlv_find(rd_of(outer.value, outer.len), back_tag, &inner) || inner.len != back)
		return rp_fail(err, RP_E_CARD_REPLY, "GENERAL AUTHENTICATE: the answer is not %zu bytes",
			       back);
	*ret = inner.value;
	return RP_OK;
}

rp_code gids_challenge(struct session *s, uint8_t ret[8], struct rp_error *err)
{
	const uint8_t *got = NULL;
	rp_code rc = choose_key(s, err);

	if (rc == RP_OK)
		rc = authenticate(s, CHALLENGE, NULL, 0, CHALLENGE, 8, &got, err);
	if (rc == RP_OK)
		memcpy(ret, got, 8);
	return rc;
}

rp_code gids_response(struct session *s, const uint8_t response[8], struct rp_error *err)
{
	return authenticate(s, RESPONSE, response, 8, 0, 0, NULL, err);
}

rp_code gids_mutual(struct session *s, const uint8_t r1[16], uint8_t ret_r2[16], struct rp_error *err)
{
	const uint8_t *got = NULL;
	rp_code rc = choose_key(s, err);

	if (rc == RP_OK)
		rc = authenticate(s, CHALLENGE, r1, 16, CHALLENGE, 16, &got, err);
	if (rc == RP_OK)
		memcpy(ret_r2, got, 16);
	return rc;
}

rp_code gids_message(struct session *s, const uint8_t message[40], uint8_t ret[40], struct rp_error *err)
{
	const uint8_t *got = NULL;
	rp_code rc = authenticate(s, RESPONSE, message, 40, RESPONSE, 40, &got, err);

	if (rc == RP_OK)
		memcpy(ret, got, 40);
	return rc;
}
