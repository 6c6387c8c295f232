/* SPDX-License-Identifier: Apache-2.0 */
#include "support/play_domain.h"
#include "base/secret.h"
#include "issuer/revoke.h"
#include "issuer/counter.h"
#include "issuer/enrol_line.h"
#include "issuer/lists.h"
#include "issuer/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct play play;
static const struct play nothing;

#define AN_ID "0123456789ABCDEFGHJKMNPQRZ"
#define A_RECEIPT "0123456789ABCDEFGHJKP"

issuer *play_domain(void)
{
	play = nothing;
	play.fail = (struct rp_error)RP_ERROR_INIT;
	return (issuer *)(void *)&play;
}

static void copy(char *ret, size_t cap, const char *text)
{
	(void)snprintf(ret, cap, "%s", text != NULL ? text : "");
}

static void note_secret(char *ret, size_t cap, const rp_secret *s)
{
	if (s == NULL || rp_secret_len(s) >= cap)
		return;
	memcpy(ret, rp_secret_bytes(s), rp_secret_len(s));
	ret[rp_secret_len(s)] = '\0';
}

static void note_peer(const struct issuer_peer *who)
{
	copy(play.source, sizeof play.source, who->source);
	play.has_fingerprint = who->fingerprint != NULL;
	play.has_session = who->session != NULL;
	if (play.has_fingerprint)
		memcpy(play.fingerprint, who->fingerprint, 32);
	if (play.has_session)
		memcpy(play.session, who->session, 32);
}

static void note_card(const struct rp_presence *p)
{
	play.card = *p;
	copy(play.profile, sizeof play.profile, p->profile);
	play.card.profile = play.profile;
}

static void note_evidence(const struct rp_evidence *e)
{
	copy(play.door, sizeof play.door, e->door);
	copy(play.case_id, sizeof play.case_id, e->case_id);
	play.has_proof = e->proof != NULL;
	if (e->proof != NULL) {
		play.proof_slot = e->proof->slot;
		play.certificate_len = e->proof->certificate_len;
		play.signature_len = e->proof->signature_len;
		memcpy(play.certificate, e->proof->certificate, e->proof->certificate_len);
		memcpy(play.signature, e->proof->signature, e->proof->signature_len);
	}
	note_secret(play.user_code, sizeof play.user_code, e->user_code);
	note_secret(play.one_time, sizeof play.one_time, e->one_time);
	note_secret(play.new_code, sizeof play.new_code, e->new_code);
	play.has_r = e->r1 != NULL && e->r2 != NULL;
	if (play.has_r) {
		memcpy(play.r1, e->r1, 16);
		memcpy(play.r2, e->r2, 16);
	}
}

/* The call begins: what it was asked is forgotten but for how often. */
static void begin(const char *call, const struct issuer_peer *who, const char *key)
{
	const struct rp_error fail = play.fail;
	const bool no_public_key = play.no_public_key;
	const unsigned calls = play.calls;

	play = nothing;
	play.fail = fail;
	play.no_public_key = no_public_key;
	play.calls = calls + 1;
	play.call = call;
	if (who != NULL)
		note_peer(who);
	copy(play.key, sizeof play.key, key);
}

static rp_code end(struct rp_error *err)
{
	if (play.fail.code != RP_OK && err != NULL)
		*err = play.fail;
	return play.fail.code;
}

static rp_code end_text(const char *text, char **ret, struct rp_error *err)
{
	if (play.fail.code == RP_OK)
		*ret = strdup(text);
	return end(err);
}

static void fill_case(struct rp_case *c)
{
	*c = (struct rp_case){
		.id = AN_ID, .slot = RP_SLOT_SIGN, .door = "kiosk", .state = "ready", .left_s = 86399};
	c->here = true;
}

rp_code issuer_nonce(issuer *i, uint8_t ret[16], struct rp_error *err)
{
	(void)i;
	begin("nonce", NULL, NULL);
	for (uint8_t k = 0; k < 16; k++)
		ret[k] = k;
	return end(err);
}

rp_code issuer_presence(issuer *i, const struct issuer_peer *who, const struct rp_presence *p,
			struct rp_issuer_facts *ret, struct rp_error *err)
{
	(void)i;
	begin("presence", who, NULL);
	note_card(p);
	*ret = (struct rp_issuer_facts){.card_status = "active",
					.user_code = "none",
					.user_code_tries = RP_TRIES_UNKNOWN,
					.n_cases = 1,
					.settled = AN_ID,
					.settled_state = "done"};
	fill_case(&ret->cases[0]);
	return end(err);
}

rp_code issuer_reserve(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		       const struct rp_evidence *e, struct rp_case *ret, char ret_receipt[RP_ISSUER_ID],
		       struct rp_error *err)
{
	(void)i;
	begin("reserve", who, key);
	note_card(p);
	note_evidence(e);
	fill_case(ret);
	copy(ret_receipt, RP_ISSUER_ID, A_RECEIPT);
	return end(err);
}

rp_code issuer_grant(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		     const struct rp_evidence *e, struct rp_grant *ret, struct rp_error *err)
{
	(void)i;
	begin("grant", who, key);
	note_card(p);
	note_evidence(e);
	*ret = (struct rp_grant){.case_id = AN_ID,
				 .id = AN_ID,
				 .receipt = A_RECEIPT,
				 .cryptogram = {0x2c, 0x2c, 0x65, 0xb7},
				 .cryptogram_len = 16,
				 .nonce = {1, 2, 3}};
	return end(err);
}

rp_code issuer_word(issuer *i, const struct issuer_peer *who, const char *key, const char *grant, bool done,
		    const uint8_t *answer, size_t len, struct rp_error *err)
{
	(void)i;
	begin("word", who, key);
	copy(play.case_id, sizeof play.case_id, grant);
	play.done = done;
	play.answer_len = answer != NULL ? len : 0;
	if (play.answer_len > 0)
		memcpy(play.answer, answer, play.answer_len);
	return end(err);
}

rp_code issuer_set_code(issuer *i, const struct issuer_peer *who, const char *key,
			const struct rp_presence *p, const struct rp_evidence *e,
			char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	(void)i;
	begin("set_code", who, key);
	note_card(p);
	note_evidence(e);
	copy(ret_receipt, RP_ISSUER_ID, A_RECEIPT);
	return end(err);
}

rp_code issuer_device(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		      const struct rp_evidence *e, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	(void)i;
	begin("device", who, key);
	note_card(p);
	note_evidence(e);
	copy(ret_receipt, RP_ISSUER_ID, A_RECEIPT);
	return end(err);
}

rp_code issuer_cancel(issuer *i, const struct issuer_peer *who, const char *key, const struct rp_presence *p,
		      const char *case_id, struct rp_error *err)
{
	(void)i;
	begin("cancel", who, key);
	note_card(p);
	copy(play.case_id, sizeof play.case_id, case_id);
	return end(err);
}

rp_code issuer_sign_in(issuer *i, const struct issuer_peer *who, const char *name, const rp_secret *password,
		       const char *totp, char ret_token[48], int64_t *ret_until_ms, struct rp_error *err)
{
	(void)i;
	begin("sign_in", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%s|%s", name, totp);
	note_secret(play.password, sizeof play.password, password);
	copy(ret_token, 48, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_-");
	*ret_until_ms = INT64_C(1790000000000);
	return end(err);
}

rp_code issuer_sign_out(issuer *i, const struct issuer_peer *who, struct rp_error *err)
{
	(void)i;
	begin("sign_out", who, NULL);
	return end(err);
}

rp_code issuer_decide(issuer *i, const struct issuer_peer *who, const char *key,
		      const struct issuer_decision *d, struct issuer_decided *ret, struct rp_error *err)
{
	(void)i;
	begin("decide", who, key);
	copy(play.door, sizeof play.door, d->door);
	(void)snprintf(play.text, sizeof play.text, "%s|%s|%s|%s|%s", d->profile, d->number,
		       rp_slot_word(d->slot), d->reason, d->identified_by);
	play.answer_len = d->challenge != NULL ? 8 : 0;
	if (d->challenge != NULL)
		memcpy(play.answer, d->challenge, 8);
	*ret = (struct issuer_decided){.case_id = AN_ID,
				       .receipt = A_RECEIPT,
				       .response = {9, 8, 7},
				       .until_ms = INT64_C(1790000000000)};
	if (d->challenge == NULL)
		copy(ret->code, sizeof ret->code, "0123456789X");
	return end(err);
}

rp_code issuer_revoke_ask_at(issuer *i, const struct issuer_peer *who, const char *key,
			     const struct issuer_revocation *r, struct issuer_revoking *ret,
			     struct rp_error *err)
{
	(void)i;
	begin("revoke_ask_at", who, key);
	(void)snprintf(play.text, sizeof play.text, "%s|%s|%s|%s|%d|%zu", r->profile, r->number, r->reason,
		       r->identified_by, r->loss_certain, r->n_certs);
	*ret = (struct issuer_revoking){.id = AN_ID, .receipt = A_RECEIPT, .state = "asked"};
	return end(err);
}

rp_code issuer_revoke_decide_at(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
				bool approve, struct rp_error *err)
{
	(void)i;
	begin("revoke_decide_at", who, key);
	(void)snprintf(play.text, sizeof play.text, "%s|%d", id, approve);
	return end(err);
}

rp_code issuer_checkpoint(issuer *i, char *ret, size_t cap, struct rp_error *err)
{
	(void)i;
	begin("checkpoint", NULL, NULL);
	copy(ret, cap, "origin\n1\nAAAA\n\n\u2014 origin AAAA\n");
	return end(err);
}

rp_code issuer_receipt(issuer *i, const char *receipt, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("receipt", NULL, NULL);
	copy(play.text, sizeof play.text, receipt);
	return end_text("{\"receipt\":\"" A_RECEIPT "\",\"state\":\"waiting\"}", ret_json, err);
}

rp_code issuer_consistency(issuer *i, uint64_t from, uint64_t to, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("consistency", NULL, NULL);
	play.from = from;
	play.to = to;
	return end_text("{\"from\":1,\"to\":2,\"proof\":[\"AAAA\"]}", ret_json, err);
}

rp_code issuer_public(issuer *i, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("public", NULL, NULL);
	if (play.no_public_key)
		return end_text("{\"issuer\":\"test\"}", ret_json, err);
	return end_text(
		"{\"issuer\":\"test\",\"doors\":[],\"groups\":[],\"offices\":[],\"reserve_from\":[\"home\"],"
		"\"log_key\":\"log+12345678+AAAA\"}",
		ret_json, err);
}

rp_code issuer_ready(issuer *i, struct rp_error *err)
{
	(void)i;
	play.calls++;
	return end(err);
}

rp_code issuer_seal_waits(issuer *i, int64_t *ret_ms, struct rp_error *err)
{
	(void)i;
	*ret_ms = 1250;
	return end(err);
}

void issuer_counts(issuer *i, void (*each)(void *arg, const char *name, const char *labels, uint64_t n),
		   void *arg)
{
	(void)i;
	each(arg, "grants", "door=\"kiosk\"", 3);
	each(arg, "grants", "door=\"user-code\"", 4);
	each(arg, "seal_lag_seconds", "", 2);
}

/* --- the counter: every call is noted by its name, and answered with the same things --- */

#define A_VISIT                                                                                              \
	"{\"id\":\"" AN_ID "\",\"number\":1,\"kind\":\"walk-in\",\"wish\":\"reset\",\"state\":\"held\","     \
	"\"made_ms\":1790000000000}"
#define AN_APPLICATION                                                                                       \
	"{\"id\":\"" AN_ID                                                                                   \
	"\",\"state\":\"open\",\"office\":\"inagi\",\"visit\":\"\",\"profile\":\"mynumber\","                \
	"\"number\":\"123456789012345\",\"applicant\":\"self\",\"wishes\":[{\"slot\":\"text\",\"act\":"      \
	"\"reset\"}],"                                                                                       \
	"\"verdict\":\"not-enough\",\"clerk\":\"aoki\",\"approver\":\"\",\"reason\":\"\",\"cases\":[],"      \
	"\"opened_ms\":1790000000000,\"until_ms\":1790000000001,\"receipt\":\"" A_RECEIPT                    \
	"\",\"findings\":[],\"facts\":{},\"documents\":[]}"

#define A_CASE                                                                                               \
	"{\"id\":\"" A_RECEIPT "\",\"profile\":\"mynumber\",\"slot\":\"sign\",\"door\":\"kiosk\","           \
	"\"state\":\"ready\",\"cause\":\"\",\"terminal\":\"home\",\"office\":\"\",\"by\":\"\",\"grants\":0," \
	"\"opened_ms\":1790000000000,\"until_ms\":1790000000001,\"changed_ms\":1790000000000,"               \
	"\"receipt\":\"" A_RECEIPT "\"}"

static rp_code end_json(const char *text, char **ret, struct rp_error *err)
{
	rp_code rc = end(err);

	if (rc == RP_OK)
		*ret = strdup(text);
	return rc;
}

rp_code visit_list(issuer *i, const struct issuer_peer *who, const char *day, char **ret_json,
		   struct rp_error *err)
{
	(void)i;
	begin("visits", who, NULL);
	/* The domain reads the day, behind the question who asks. */
	if (play.fail.code == RP_OK && day != NULL &&
	    (strlen(day) != 10 || strspn(day, "0123456789-") != 10)) {
		play.declined = true;
		return rp_refuse(err, RP_PROBLEM_MALFORMED, "a day is written YYYY-MM-DD");
	}
	return end_json("{\"visits\":[" A_VISIT "]}", ret_json, err);
}

rp_code issuer_console(issuer *i, const struct issuer_peer *who, const char *name, char **ret_json,
		       struct rp_error *err)
{
	(void)i;
	begin("console", who, NULL);
	(void)name;
	return end_json("{\"rows\":[{\"name\":\"auditor1\",\"roles\":\"auditor\",\"office\":\"\"}]}",
			ret_json, err);
}

rp_code view_cases(issuer *i, const struct issuer_peer *who, const struct view_search *s, char **ret_json,
		   struct rp_error *err)
{
	(void)i;
	begin("view_cases", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%s|%s|%s|%d|%s|%s|%s|%s|%lld|%lld|%s|%lld", s->state,
		       s->door, s->profile, (int)s->slot, s->office, s->card_profile, s->number, s->name,
		       (long long)s->from_ms, (long long)s->to_ms, s->cursor, (long long)s->limit);
	return end_json("{\"rows\":[" A_CASE "],\"next\":\"1790000000000-" A_RECEIPT "\"}", ret_json, err);
}

rp_code view_case(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
		  struct rp_error *err)
{
	(void)i;
	begin("view_case", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%s", id);
	return end_json("{\"case\":" A_CASE ",\"reason\":\"\",\"identified_by\":\"\",\"evidence\":[],"
			"\"grants\":[],\"log\":[]}",
			ret_json, err);
}

rp_code view_cards(issuer *i, const struct issuer_peer *who, const char *profile, const char *number,
		   char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("view_cards", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%s|%s", profile, number);
	return end_json("{\"rows\":[]}", ret_json, err);
}

rp_code issuer_enrol_piece(issuer *i, const struct issuer_peer *who, json_t *cards, char **ret_json,
			   struct rp_error *err)
{
	(void)i;
	begin("issuer_enrol_piece", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%zu", json_array_size(cards));
	return end_json(json_array_size(cards) == 0 ? "{\"rows\":[]}"
						    : "{\"rows\":[{\"state\":\"enrolled\"}]}",
			ret_json, err);
}

rp_code view_statistics(issuer *i, const struct issuer_peer *who, const char *what, char **ret_text,
			bool *ret_csv, struct rp_error *err)
{
	(void)i;
	begin("view_statistics", who, NULL);
	(void)snprintf(play.text, sizeof play.text, "%s", what);
	*ret_csv = strstr(what, ".csv") != NULL;
	return end_json(*ret_csv ? "hour,kiosk\r\n"
				 : "{\"name\":\"resets\",\"office\":\"\",\"from_ms\":0,\"to_ms\":1,"
				   "\"x\":\"time\",\"series\":[],\"columns\":[[]]}",
			ret_text, err);
}

rp_code visit_new(issuer *i, const struct issuer_peer *who, const char *key, const char *wish, int64_t at_ms,
		  bool is_free, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("visit_new", who, key);
	(void)snprintf(play.text, sizeof play.text, "%s|%lld|%d", wish, (long long)at_ms, is_free);
	return end_json(A_VISIT, ret_json, err);
}

rp_code visit_move(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		   const char *event, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("visit_move", who, key);
	(void)snprintf(play.text, sizeof play.text, "%.100s|%s", id, event);
	return end_json(A_VISIT, ret_json, err);
}

rp_code counter_open(issuer *i, const struct issuer_peer *who, const char *key,
		     const struct counter_opening *o, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_open", who, key);
	(void)snprintf(play.text, sizeof play.text, "%s|%s|%d|%zu|%s|%s", o->profile, o->number,
		       (int)o->applicant, o->n_wishes, o->visit != NULL ? o->visit : "",
		       o->override != NULL ? o->override : "");
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_sheet(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		      const struct counter_sheet *s, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_sheet", who, key);
	(void)snprintf(play.text, sizeof play.text, "%.100s|%d|%zu", id, s->holder_age, s->n_shown);
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_show(issuer *i, const struct issuer_peer *who, const char *id, char **ret_json,
		     struct rp_error *err)
{
	(void)i;
	begin("counter_show", who, NULL);
	copy(play.text, sizeof play.text, id);
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_list(issuer *i, const struct issuer_peer *who, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_list", who, NULL);
	return end_json("{\"applications\":[{\"id\":\"" AN_ID "\",\"state\":\"open\",\"visit\":\"\","
			"\"applicant\":\"self\",\"clerk\":\"aoki\",\"wishes\":[],"
			"\"opened_ms\":1790000000000}]}",
			ret_json, err);
}

rp_code counter_decide(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       enum counter_decision what, const char *reason, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_decide", who, key);
	(void)snprintf(play.text, sizeof play.text, "%.100s|%d|%.255s", id, (int)what, reason);
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_agree(issuer *i, const struct issuer_peer *who, const char *key, const char *id, bool agreed,
		      char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_agree", who, key);
	(void)snprintf(play.text, sizeof play.text, "%.100s|%d", id, agreed);
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_letter(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       char ret_code[16], char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_letter", who, key);
	copy(play.text, sizeof play.text, id);
	copy(ret_code, 16, "0123456789X");
	return end_json(AN_APPLICATION, ret_json, err);
}

rp_code counter_answer(issuer *i, const struct issuer_peer *who, const char *key, const char *id,
		       const rp_secret *code, char **ret_json, struct rp_error *err)
{
	(void)i;
	begin("counter_answer", who, key);
	copy(play.text, sizeof play.text, id);
	note_secret(play.one_time, sizeof play.one_time, code);
	return end_json(AN_APPLICATION, ret_json, err);
}
