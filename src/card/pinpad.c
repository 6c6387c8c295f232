/* SPDX-License-Identifier: Apache-2.0 */
#include "card/pinpad.h"

#include "base/bytes.h"

/* PC/SC part 10, 2.5.2 and 2.5.3: the structures are packed, numbers little-endian. */
#define PAD_TIMEOUT_S 30
#define FORMAT_ASCII 0x02 /* system units are bytes, PIN left, ASCII */
#define FORMAT_BYTES 0x80
#define VALIDATE_KEY 0x02 /* the OK key ends the entry */
#define CONFIRM_NEW 0x01
#define ASK_CURRENT 0x02

static void wr_le16(struct wr *w, uint16_t v)
{
	wr_u8(w, (uint8_t)v);
	wr_u8(w, (uint8_t)(v >> 8));
}

static void wr_le32(struct wr *w, uint32_t v)
{
	wr_le16(w, (uint16_t)v);
	wr_le16(w, (uint16_t)(v >> 16));
}

bool pinpad_can_verify(const struct pin_row *row)
{
	/* A pad has digits; it cannot fold, and cannot build a protected frame. */
	return row->n_refs == 1 && row->chars_new == RP_CHARS_DIGITS && row->pad != PAD_FRAME &&
	       !row->issuer_only && row->status != STATUS_NONE;
}

bool pinpad_can_change(const struct pin_row *row)
{
	return pinpad_can_verify(row) &&
	       (row->change == CHANGE_VERIFY_NEW || (row->change == CHANGE_OLD_NEW && row->pad == PAD_ALL));
}

rp_code pinpad_features(struct session *s, struct pad_features *ret, struct rp_error *err)
{
	return s->t.ops->features(s->t.self, &s->wait, ret, err);
}

/* The head that both structures share, up to the greatest and least length. */
static void put_head(struct wr *w, const struct pin_row *row, bool modify, bool with_old)
{
	wr_u8(w, PAD_TIMEOUT_S);
	wr_u8(w, PAD_TIMEOUT_S); /* after the first key too */
	wr_u8(w, FORMAT_BYTES | FORMAT_ASCII);
	/* bmPINBlockString: length of the field for the PIN in the template, 0 = as long as typed */
	wr_u8(w, row->pad == PAD_ALL ? row->pad_to : 0);
	wr_u8(w, 0); /* bmPINLengthFormat: no length inside the data */
	if (modify) {
		wr_u8(w, 0);						     /* bInsertionOffsetOld */
		wr_u8(w, with_old && row->pad == PAD_ALL ? row->pad_to : 0); /* bInsertionOffsetNew */
	}
	wr_u8(w, row->len_max);
	wr_u8(w, row->len_min);
	if (modify)
		wr_u8(w, (uint8_t)(CONFIRM_NEW | (with_old ? ASK_CURRENT : 0)));
	wr_u8(w, VALIDATE_KEY);
	wr_u8(w, modify ? (with_old ? 3 : 2) : 1); /* messages on the display */
	wr_le16(w, 0x0409);			   /* their language: every reader has English */
	for (int i = 0; i < (modify ? 3 : 1); i++)
		wr_u8(w, (uint8_t)i);
	wr_fill(w, 0, 3); /* bTeoPrologue, T=1 */
}

/* The command's template: header, and the field where the pad puts what was typed. */
static void put_template(struct wr *w, const uint8_t header[4], uint8_t field, uint8_t fill)
{
	wr_le32(w, field > 0 ? 5u + field : 5u);
	wr_put(w, header, 4);
	wr_u8(w, field);
	wr_fill(w, fill, field);
}

static rp_code pad_said(const struct session *s, const struct pin_row *row, uint16_t sw, const char *step,
			struct rp_error *err)
{
	rp_code code;

	switch (sw) {
	case 0x6400:
		code = RP_E_TIMEOUT;
		break;
	case 0x6401:
		code = RP_E_CANCELLED;
		break;
	case 0x6402:
		code = RP_E_INPUT_MISMATCH;
		break;
	case 0x6403:
		code = RP_E_INPUT_LENGTH;
		break;
	default:
		return pin_result(s, row, sw, step, RP_E_PIN_WRONG, RP_E_LOCKED, err);
	}
	(void)rp_fail(err, code, "%s of %s: the pad answered %04X; nothing was sent to the card", step,
		      rp_slot_word(row->slot), sw);
	if (err != NULL) {
		err->slot = row->slot;
		err->sw = sw;
	}
	return code;
}

static const char verify_step[] = "VERIFY on the pad", change_step[] = "change on the pad";

static rp_code use_pad(struct session *s, const struct pin_row *row, uint32_t code, const struct wr *block,
		       const char *step, struct rp_error *err)
{
	uint8_t answer[64];
	size_t len = 0;
	uint16_t sw;
	rp_code rc;

	if (block->failed)
		return rp_fail(err, RP_E_FAULT, "the pad's command does not fit");
	rc = step == change_step ? pin_goes(s, 0, err) : RP_OK;
	if (rc != RP_OK)
		return rc;
	s->secret_sent = true;
	s->apdus++;
	rc = s->t.ops->control(s->t.self, &s->wait, code, block->p, block->len, answer, sizeof answer, &len,
			       err);
	if (rc != RP_OK || len < 2 || len > sizeof answer) {
		s->broken = true;
		if (rc == RP_OK)
			rc = rp_fail(err, RP_E_CARD_REPLY, "the pad answered %zu bytes", len);
		if (rc == RP_E_CANCELLED || rc == RP_E_TIMEOUT)
			rc = rp_fail(err, RP_E_INTERRUPTED, "%s: the entry on the pad was left", step);
		if (err != NULL) {
			err->slot = row->slot;
			err->tries_spent = RP_SPENT_UNKNOWN;
			err->in_doubt = step == change_step;
		}
		return rc;
	}
	sw = (uint16_t)(answer[len - 2] << 8 | answer[len - 1]);
	rc = pad_said(s, row, sw, step, err);
	if (step == change_step && (rc == RP_OK || pin_certainly_not_set(sw)))
		pin_came(s, 0, rc == RP_OK);
	else if (step == change_step && err != NULL)
		err->in_doubt = true;
	return rc;
}

static rp_code verify_with(struct session *s, const struct pin_row *row, const struct pad_features *f,
			   struct rp_error *err)
{
	const uint8_t header[4] = {0x00, 0x20, 0x00, row->ref[0].p2};
	uint8_t block[64];
	struct wr w = wr_of(block, sizeof block);
	rp_code rc;

	if (f->verify_direct == 0 || !pinpad_can_verify(row))
		return rp_fail(err, RP_E_NOT_OFFERED, "this reader's keys cannot be used for %s",
			       rp_slot_word(row->slot));
	rc = pin_go(s, row, 0, err);
	if (rc != RP_OK)
		return rc;
	put_head(&w, row, false, false);
	put_template(&w, header, row->pad == PAD_ALL ? row->pad_to : 0, row->pad_byte);
	return use_pad(s, row, f->verify_direct, &w, verify_step, err);
}

rp_code pinpad_verify(struct session *s, const struct pin_row *row, struct rp_error *err)
{
	struct pad_features f;
	rp_code rc = pinpad_features(s, &f, err);

	return rc == RP_OK ? verify_with(s, row, &f, err) : rc;
}

rp_code pinpad_change(struct session *s, const struct pin_row *row, struct rp_error *err)
{
	const bool with_old = row->change == CHANGE_OLD_NEW;
	const uint8_t header[4] = {0x00, 0x24, with_old ? 0x00 : 0x01, row->ref[0].p2};
	struct pad_features f;
	uint8_t block[64];
	struct wr w = wr_of(block, sizeof block);
	rp_code rc = pinpad_features(s, &f, err);

	if (rc != RP_OK)
		return rc;
	if (f.modify_direct == 0 || !pinpad_can_change(row))
		return rp_fail(err, RP_E_NOT_OFFERED, "this reader's keys cannot change %s",
			       rp_slot_word(row->slot));
	/* Families whose CHANGE takes the new PIN alone want a VERIFY before it. */
	rc = with_old ? pin_go(s, row, 0, err) : verify_with(s, row, &f, err);
	if (rc != RP_OK)
		return rc;
	put_head(&w, row, true, with_old);
	put_template(&w, header, with_old ? (uint8_t)(2 * row->pad_to) : 0, row->pad_byte);
	rc = use_pad(s, row, f.modify_direct, &w, change_step, err);
	/* The right PIN has just set the counter back, and nothing in this step is counted. */
	if (!with_old && rc != RP_OK && err != NULL)
		err->tries_spent = 0;
	/* Left after the current PIN was proven: not the "cancelled" that says that no PIN was sent. */
	if (!with_old && (rc == RP_E_CANCELLED || rc == RP_E_TIMEOUT)) {
		rc = RP_E_INTERRUPTED;
		if (err != NULL)
			err->code = rc;
	}
	return rc;
}
