/* SPDX-License-Identifier: Apache-2.0 */
#include "card/session.h"

#include "base/bytes.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* docs/wire.md section 1 */
static const uint8_t reset_app_aid[] = {0xF0, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x31};

rp_code session_init(struct session *s, const struct transport *t, struct rp_error *err)
{
	*s = (struct session){
		.t = *t, .app = SESSION_APP_NONE, .wait = {.deadline_ms = INT64_MAX, .cancel_fd = -1}};
	s->buf = malloc(RESPONSE_MAX);
	return s->buf != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory for the card's answers");
}

void session_free(struct session *s)
{
	session_end(s);
	if (s->open)
		s->t.ops->close(s->t.self);
	s->open = false;
	free(s->buf);
	s->buf = NULL;
}

static void forget_selection(struct session *s)
{
	s->app = SESSION_APP_NONE;
	s->ef = 0;
}

void session_forget(struct session *s)
{
	forget_selection(s);
	s->ours = false;
}

rp_code session_open(struct session *s, const char *reader, struct rp_error *err)
{
	rp_code rc = s->t.ops->open(s->t.self, &s->wait, reader, s->atr, &s->atr_len, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "reader %s", reader);
	(void)snprintf(s->reader, sizeof s->reader, "%s", reader);
	s->open = true;
	s->broken = false;
	forget_selection(s);
	return RP_OK;
}

rp_code session_begin(struct session *s, struct rp_error *err)
{
	bool was_reset = false;
	rp_code rc;

	if (s->broken || !s->open)
		return rp_fail(err, RP_E_CARD_GONE, "this card's session has ended");
	rc = s->t.ops->begin(s->t.self, &s->wait, &was_reset, err);
	if (rc != RP_OK)
		return rc;
	if (was_reset)
		log_event(LOG_LVL_INFO, "card.was-reset", "reader=\"%s\"", s->reader);
	s->in_transaction = true;
	/* What another program selected meanwhile, and whether it is the same card, we cannot know. */
	session_forget(s);
	return RP_OK;
}

void session_end(struct session *s)
{
	struct rp_error ignored;

	if (!s->in_transaction)
		return;
	s->in_transaction = false;
	/* A failure here leaves nothing to do: the service resets a card whose user has gone. */
	(void)s->t.ops->end(s->t.self, s->secret_sent ? END_RESET : END_LEAVE, &ignored);
	s->secret_sent = false;
	forget_selection(s);
}

void session_leave(struct session *s)
{
	if (s->secret_sent)
		session_end(s);
	s->in_transaction = false;
	if (s->open)
		s->t.ops->close(s->t.self);
	s->broken = true;
	forget_selection(s);
}

void session_lost(struct session *s)
{
	s->buf = NULL;
	s->in_transaction = false;
	s->broken = true;
	forget_selection(s);
}

rp_code session_reset(struct session *s, struct rp_error *err)
{
	s->secret_sent = true;
	session_end(s);
	return session_begin(s, err);
}

rp_code session_send(struct session *s, const struct apdu *a, struct response *ret, struct rp_error *err)
{
	const struct exchange x = {.t = &s->t, .wait = &s->wait, .count = &s->apdus};
	rp_code rc;

	if (!s->in_transaction || s->broken)
		return rp_fail(err, RP_E_FAULT, "a command outside a transaction");
	if (a->secret)
		s->secret_sent = true;
	rc = apdu_transceive(&x, a, s->buf, RESPONSE_MAX, ret, err);
	if (rc == RP_OK)
		return RP_OK;
	s->broken = true;
	/* Before any secret it is a plain time-out: nothing can have happened. */
	if (rc == RP_E_CARD_TIMEOUT && !s->secret_sent)
		rc = RP_E_TIMEOUT;
	/* And behind one it is no plain cancel: whoever reads "cancelled" reads "no PIN was sent". */
	if (rc == RP_E_CANCELLED && s->secret_sent)
		rc = RP_E_INTERRUPTED;
	if (err != NULL)
		err->code = rc;
	return rc;
}

static rp_code send_select(struct session *s, const struct aid_row *row, uint16_t *ret_sw,
			   struct rp_error *err)
{
	const struct apdu a = {.cla = row->cla,
			       .ins = 0xA4,
			       .p1 = row->p1,
			       .p2 = row->p2,
			       .data = row->aid,
			       .lc = row->len,
			       .le = row->le ? 256 : 0};
	struct response r;
	rp_code rc = session_send(s, &a, &r, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "selecting %s", row->name);
	*ret_sw = r.sw;
	return RP_OK;
}

rp_code session_select(struct session *s, int app, uint16_t *ret_sw, struct rp_error *err)
{
	rp_code rc;

	if (s->app == app) {
		*ret_sw = 0x9000;
		return RP_OK;
	}
	rc = send_select(s, &s->p->aids[app], ret_sw, err);
	if (rc != RP_OK)
		return rc;
	s->app = session_meaning(s, *ret_sw) == SW_OK ? app : SESSION_APP_NONE;
	s->ef = 0;
	if (s->app == app && s->p->aids[app].origin == ROW_OURS)
		s->ours = true;
	return RP_OK;
}

rp_code session_select_ef(struct session *s, uint16_t ef, uint16_t *ret_sw, struct rp_error *err)
{
	const uint8_t fid[2] = {(uint8_t)(ef >> 8), (uint8_t)ef};
	const bool hicos = s->p->aids[0].cla == 0x80;
	/* JICSAP cards: P1 = 02 alone works for files. HiCOS: by identifier, class 80. */
	const struct apdu a = {.cla = hicos ? 0x80 : 0x00,
			       .ins = 0xA4,
			       .p1 = hicos ? 0x00 : 0x02,
			       .p2 = hicos ? 0x00 : 0x0C,
			       .data = fid,
			       .lc = sizeof fid};
	struct response r;
	rp_code rc;

	if (s->ef == ef) {
		*ret_sw = 0x9000;
		return RP_OK;
	}
	rc = session_send(s, &a, &r, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "selecting file %04X", ef);
	s->ef = r.sw == 0x9000 ? ef : 0;
	*ret_sw = r.sw;
	return RP_OK;
}

rp_code session_select_reset_app(struct session *s, bool *ret_there, struct rp_error *err)
{
	const struct apdu a = {
		.ins = 0xA4, .p1 = 0x04, .data = reset_app_aid, .lc = sizeof reset_app_aid, .le = 256};
	struct response r;
	rp_code rc = session_send(s, &a, &r, err);

	if (rc != RP_OK)
		return rp_context(err, rc, "asking for the reset application");
	/* version 01, key number, card id of 16 bytes; anything else is not ours */
	*ret_there = r.sw == 0x9000 && r.len == 18 && r.data[0] == 0x01;
	s->reset_key = *ret_there ? r.data[1] : 0;
	s->app = *ret_there ? SESSION_APP_RESET : SESSION_APP_NONE;
	s->ef = 0;
	s->ours = s->ours || *ret_there;
	return RP_OK;
}

enum sw_outcome session_meaning(const struct session *s, uint16_t sw)
{
	return sw_outcome(sw, s->p->sws, s->p->n_sws);
}

rp_code session_refused(const struct session *s, uint16_t sw, const char *step, struct rp_error *err)
{
	(void)rp_fail(err, RP_E_CARD_REFUSED, "%s: the card answered %04X (%s)", step, sw,
		      sw_outcome_word(session_meaning(s, sw)));
	if (err != NULL)
		err->sw = sw;
	return RP_E_CARD_REFUSED;
}
