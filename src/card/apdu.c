/* SPDX-License-Identifier: Apache-2.0 */
#include "card/apdu.h"

#include "base/bytes.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* A card that always says "more" must end: 64 KiB come in 256 pieces. */
#define ROUNDS_MAX 260
#define CHAIN_PIECE 255

rp_code apdu_encode(const struct apdu *a, uint8_t *dst, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct wr w = wr_of(dst, cap);
	const bool extended = a->lc > 255 || a->le > APDU_LE_MAX_SHORT;

	if (a->lc > 65535 || a->le > APDU_LE_MAX || (a->lc > 0 && a->data == NULL))
		return rp_fail(err, RP_E_FAULT, "a command of this length does not exist");
	wr_u8(&w, a->cla);
	wr_u8(&w, a->ins);
	wr_u8(&w, a->p1);
	wr_u8(&w, a->p2);
	if (extended)
		wr_u8(&w, 0);
	if (a->lc > 0) {
		if (extended)
			wr_u16(&w, (uint16_t)a->lc);
		else
			wr_u8(&w, (uint8_t)a->lc);
		wr_put(&w, a->data, a->lc);
	}
	if (a->le > 0) {
		if (extended)
			wr_u16(&w, (uint16_t)a->le); /* 65536 is written as 0000 */
		else
			wr_u8(&w, (uint8_t)a->le); /* 256 is written as 00 */
	}
	if (w.failed)
		return rp_fail(err, RP_E_FAULT, "the buffer is too small for the command");
	*ret_len = w.len;
	return RP_OK;
}

const char *apdu_ins_name(uint8_t ins)
{
	static _Thread_local char other[8];

	switch (ins) {
	case 0x20:
		return "VERIFY";
	case 0x24:
		return "CHANGE REFERENCE DATA";
	case 0x2A:
		return "PERFORM SECURITY OPERATION";
	case 0x2C:
		return "RESET RETRY COUNTER";
	case 0x32:
		return "CHANGE KEY";
	case 0x82:
		return "EXTERNAL AUTHENTICATE";
	case 0x87:
		return "GENERAL AUTHENTICATE";
	case 0x88:
		return "INTERNAL AUTHENTICATE";
	case 0xA4:
		return "SELECT";
	case 0xB0:
		return "READ BINARY";
	case 0xB2:
		return "READ RECORD";
	case 0xC0:
		return "GET RESPONSE";
	case 0xCA:
	case 0xCB:
		return "GET DATA";
	default:
		(void)snprintf(other, sizeof other, "INS %02X", ins);
		return other;
	}
}

/* One command, one answer; the buffer is guarded memory when it holds a secret. */
static rp_code one_round(const struct exchange *x, const struct apdu *a, uint8_t *buf, size_t cap,
			 size_t *ret_len, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *guarded = NULL;
	uint8_t plain[5 + 255 + 1 + 4];
	uint8_t *cmd = plain;
	size_t cmd_cap = sizeof plain, len = 0, got = 0;
	rp_code rc;

	if (a->secret || a->lc > 255 || a->le > APDU_LE_MAX_SHORT) {
		cmd_cap = a->lc + 16;
		rc = rp_secret_new(cmd_cap, &guarded, err);
		if (rc != RP_OK)
			return rc;
		cmd = rp_secret_room(guarded, cmd_cap);
	}
	rc = apdu_encode(a, cmd, cmd_cap, &len, err);
	if (rc != RP_OK)
		return rc;
	if (x->count != NULL)
		(*x->count)++;
	rc = x->t->ops->transmit(x->t->self, x->wait, cmd, len, buf, cap, &got, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "%s", apdu_ins_name(a->ins));
	if (got < 2 || got > cap)
		return rp_fail(err, RP_E_CARD_REPLY, "%s: the card answered %zu bytes", apdu_ins_name(a->ins),
			       got);
	*ret_len = got;
	return RP_OK;
}

static uint16_t sw_at_end(const uint8_t *buf, size_t len)
{
	return (uint16_t)(buf[len - 2] << 8 | buf[len - 1]);
}

/* 61XX: collects with GET RESPONSE behind the data that is already in buf. */
static rp_code collect(const struct exchange *x, const struct apdu *a, uint8_t *buf, size_t cap, size_t *len,
		       struct rp_error *err)
{
	for (unsigned round = 0; sw_at_end(buf, *len) >> 8 == 0x61; round++) {
		const struct apdu more = {
			.cla = a->cla & 0x03, .ins = 0xC0, .le = buf[*len - 1] == 0 ? 256 : buf[*len - 1]};
		const size_t have = *len - 2;
		size_t got = 0;
		rp_code rc;

		if (round == ROUNDS_MAX || cap - have < more.le + 2)
			return rp_fail(err, RP_E_CARD_REPLY, "%s: the card's answer does not end",
				       apdu_ins_name(a->ins));
		rc = one_round(x, &more, buf + have, cap - have, &got, err);
		if (rc != RP_OK)
			return rc;
		if (got == 2 && sw_at_end(buf + have, got) >> 8 == 0x61)
			return rp_fail(err, RP_E_CARD_REPLY, "%s: the card promises data and sends none",
				       apdu_ins_name(a->ins));
		*len = have + got;
	}
	return RP_OK;
}

/* Command chaining: all pieces but the last; a refusal ends it and is the answer. */
static rp_code send_front(const struct exchange *x, struct apdu *a, uint8_t *buf, size_t cap, size_t *ret_len,
			  bool *ret_refused, struct rp_error *err)
{
	while (a->chain && a->lc > CHAIN_PIECE) {
		const struct apdu piece = {.cla = a->cla | 0x10,
					   .ins = a->ins,
					   .p1 = a->p1,
					   .p2 = a->p2,
					   .data = a->data,
					   .lc = CHAIN_PIECE,
					   .secret = a->secret};
		rp_code rc = one_round(x, &piece, buf, cap, ret_len, err);

		if (rc != RP_OK)
			return rc;
		*ret_refused = sw_at_end(buf, *ret_len) != 0x9000;
		if (*ret_refused)
			return RP_OK;
		a->data += CHAIN_PIECE;
		a->lc -= CHAIN_PIECE;
	}
	return RP_OK;
}

static void trace(const struct apdu *a, const struct response *r)
{
	/* Never the bodies: names, lengths and status word are enough to follow a job. */
	log_event(LOG_LVL_DEBUG, "apdu", "ins=\"%s\" cla=%02X p1=%02X p2=%02X lc=%zu le=%zu got=%zu sw=%04X",
		  apdu_ins_name(a->ins), a->cla, a->p1, a->p2, a->secret ? 0 : a->lc, a->le, r->len, r->sw);
}

rp_code apdu_transceive(const struct exchange *x, const struct apdu *a, uint8_t *buf, size_t cap,
			struct response *ret, struct rp_error *err)
{
	struct apdu last = *a;
	bool refused = false;
	size_t len = 0;
	rp_code rc = send_front(x, &last, buf, cap, &len, &refused, err);

	if (rc == RP_OK && !refused)
		rc = one_round(x, &last, buf, cap, &len, err);
	if (rc != RP_OK)
		return rc;
	if (sw_at_end(buf, len) >> 8 == 0x6C && last.lc == 0 && last.le > 0) {
		last.le = buf[len - 1] == 0 ? 256 : buf[len - 1];
		rc = one_round(x, &last, buf, cap, &len, err);
	}
	if (rc == RP_OK)
		rc = collect(x, &last, buf, cap, &len, err);
	if (rc != RP_OK)
		return rc;
	*ret = (struct response){.data = buf, .len = len - 2, .sw = sw_at_end(buf, len)};
	trace(a, ret);
	return RP_OK;
}
