/* SPDX-License-Identifier: Apache-2.0 */
#include "card/reset_app.h"

#include "base/bytes.h"

#include <string.h>

#define ANSWER_LEN 34

rp_code reset_app_select(struct session *s, struct rp_error *err)
{
	bool there = false;
	rp_code rc = s->p->reset_app ? session_select_reset_app(s, &there, err) : RP_OK;

	if (rc != RP_OK || there)
		return rc;
	return rp_fail(err, RP_E_NOT_OFFERED,
		       "this card's reset is its issuer's own: it has no reset application of ours");
}

/* Every command of ours passes here: without the application's answer none goes out. */
static rp_code send_ours(struct session *s, const struct apdu *a, struct response *ret, struct rp_error *err)
{
	if (s->app != SESSION_APP_RESET)
		return rp_fail(err, RP_E_FAULT, "a command of ours to a card that did not show itself");
	return session_send(s, a, ret, err);
}

rp_code reset_app_ask(struct session *s, rp_slot slot, const uint8_t nonce[16], struct reset_answer *ret,
		      struct rp_error *err)
{
	const struct apdu a = {.ins = 0x88, .p2 = (uint8_t)slot, .data = nonce, .lc = 16, .le = ANSWER_LEN};
	struct response r;
	struct rd rd;
	rp_code rc = s->app == SESSION_APP_RESET ? RP_OK : reset_app_select(s, err);

	if (rc == RP_OK)
		rc = send_ours(s, &a, &r, err);
	if (rc != RP_OK)
		return rc;
	if (r.sw != 0x9000)
		return session_refused(s, r.sw, "INTERNAL AUTHENTICATE", err);
	if (r.len != ANSWER_LEN)
		return rp_fail(err, RP_E_CARD_REPLY, "INTERNAL AUTHENTICATE: the card answered %zu bytes",
			       r.len);
	rd = rd_of(r.data, r.len);
	memcpy(ret->challenge, rd_take(&rd, 16), sizeof ret->challenge);
	ret->resets = rd_u16(&rd);
	memcpy(ret->mac, rd_take(&rd, 16), sizeof ret->mac);
	return RP_OK;
}

rp_code reset_app_open(struct session *s, rp_slot slot, const uint8_t cryptogram[16], struct rp_error *err)
{
	/* A right to set a PIN: neither its bytes nor what it opens may stay behind. */
	const struct apdu a = {
		.ins = 0x82, .p2 = (uint8_t)slot, .data = cryptogram, .lc = 16, .secret = true};
	struct response r;
	rp_code rc = send_ours(s, &a, &r, err);

	if (rc != RP_OK)
		return rc;
	return r.sw == 0x9000 ? RP_OK : session_refused(s, r.sw, "EXTERNAL AUTHENTICATE", err);
}

rp_code reset_app_set(struct session *s, const struct pin_row *row, const rp_secret *fresh,
		      struct rp_error *err)
{
	if (s->app != SESSION_APP_RESET)
		return rp_fail(err, RP_E_FAULT, "a new PIN for a card that did not show itself");
	return pin_reset(s, row, (uint8_t)row->slot, fresh, err);
}
