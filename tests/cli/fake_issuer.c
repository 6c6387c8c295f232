/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An issuer that the card's file describes, in place of src/client and of the library's jobs that ask one:
 *
 *     port CODE-WORD [SLUG] | look CODE-WORD [SLUG] | sign-in CODE-WORD [SLUG] | decide CODE-WORD [SLUG]
 *     status WORD, halted WORD, user-code STATE TRIES, settled ID STATE
 *     case ID SLOT DOOR STATE LEFT-S here|away
 *     page JSON                            the public page
 *     unreported                           the end of a reset does not reach the issuer
 *     decided CODE | decided phone         what an operator's decision brings
 *     log-receipt JSON, log-consistency JSON   what its log says
 *     challenge HEX, takes HEX             by telephone: the card's challenge, and the one right response
 */
#include "fake_card.h"

#include "base/bytes.h"
#include "client/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct client {
	json_t *page;
};

rp_code __wrap_client_new(const struct client_conf *c, client **ret, struct rp_error *err);
void __wrap_client_free(client *c);
void __wrap_client_wait(client *c, const struct rp_wait *w);
rp_code __wrap_client_port(client *c, struct rp_issuer_port *ret, struct rp_error *err);
const json_t *__wrap_client_public(const client *c);
rp_code __wrap_client_sign_in(client *c, const char *name, const rp_secret *password, const char *totp,
			      struct rp_error *err);
rp_code __wrap_client_decide(client *c, const struct client_decision *d, struct client_decided *ret,
			     struct rp_error *err);
rp_code __wrap_client_receipt(client *c, const char *receipt, json_t **ret, struct rp_error *err);
rp_code __wrap_client_revoke(client *c, const struct client_revocation *r, struct client_revoking *ret,
			     struct rp_error *err);
rp_code __wrap_client_revoke_decide(client *c, const char *id, bool approve, struct rp_error *err);
rp_code __wrap_client_consistency(client *c, uint64_t from, uint64_t to, json_t **ret, struct rp_error *err);
rp_code __wrap_rp_issuer_look(rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
			      const struct rp_card_facts *shown, struct rp_issuer_facts *ret,
			      struct rp_error *err);
rp_code __wrap_rp_issuer_reserve(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
				 rp_slot other, const rp_secret *current, struct rp_case *ret,
				 char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
rp_code __wrap_rp_issuer_reset(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			       rp_slot other, const rp_secret *current, const rp_secret *fresh,
			       const struct rp_evidence *evidence, struct rp_reset_done *ret,
			       struct rp_error *err);
rp_code __wrap_rp_issuer_code(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			      const rp_secret *current, const struct rp_evidence *evidence,
			      char ret_receipt[RP_ISSUER_ID], struct rp_error *err);
rp_code __wrap_rp_issuer_by_phone(rp_card *card, const struct rp_job *job, rp_ask_response *ask, void *arg,
				  const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err);

/* --- the client --- */

rp_code __wrap_client_new(const struct client_conf *c, client **ret, struct rp_error *err)
{
	char text[512];

	(void)snprintf(text, sizeof text, "client %s ca=%s cert=%s timeout=%u", c->url,
		       c->ca_file != NULL ? c->ca_file : "-", c->cert_file != NULL ? c->cert_file : "-",
		       c->timeout_ms);
	log_line(text);
	*ret = calloc(1, sizeof **ret);
	return *ret != NULL ? RP_OK : rp_fail(err, RP_E_NO_MEMORY, "no memory");
}

void __wrap_client_free(client *c)
{
	json_decref(c->page);
	free(c);
}

void __wrap_client_wait(client *c, const struct rp_wait *w)
{
	(void)c;
	log_line(w->deadline_ms == INT64_MAX ? "wait" : "wait limited");
}

rp_code __wrap_client_port(client *c, struct rp_issuer_port *ret, struct rp_error *err)
{
	const char *page = line_of("page", 0);
	rp_code rc;

	log_line("port");
	c->page = page != NULL ? json_loads(page, 0, NULL) : json_object();
	rc = fail_as("port", err);
	if (rc == RP_OK)
		*ret = (struct rp_issuer_port){.arg = c, .issuer = "test", .terminal = "home"};
	return rc;
}

const json_t *__wrap_client_public(const client *c)
{
	return c->page;
}

/* The one place where secrets are written: what arrived is what the test is about. */
static void log_secret(const char *before, const rp_secret *s, const char *after)
{
	const size_t len = s != NULL ? rp_secret_len(s) : 0;
	char text[1024];
	size_t at = strlen(before);

	(void)snprintf(text, sizeof text, "%s", before);
	for (size_t i = 0; i < len && at + 1 < sizeof text; i++)
		text[at++] = (char)rp_secret_bytes(s)[i];
	(void)snprintf(text + at, sizeof text - at, "%s", after);
	log_line(text);
}

rp_code __wrap_client_sign_in(client *c, const char *name, const rp_secret *password, const char *totp,
			      struct rp_error *err)
{
	char after[128];

	(void)c;
	(void)snprintf(after, sizeof after, " totp=%s name=%s", totp, name);
	log_secret("sign-in password=", password, after);
	return fail_as("sign-in", err);
}

rp_code __wrap_client_decide(client *c, const struct client_decision *d, struct client_decided *ret,
			     struct rp_error *err)
{
	const char *decided;
	char text[512], hex[17] = "-";
	rp_code rc;

	(void)c;
	if (d->challenge != NULL)
		(void)hex_of(d->challenge, 8, hex, sizeof hex);
	(void)snprintf(text, sizeof text, "decide %s %s %s %s reason=%s by=%s challenge=%s", d->profile,
		       d->number, rp_slot_word(d->slot), d->door, d->reason, d->identified_by, hex);
	log_line(text);
	rc = fail_as("decide", err);
	if (rc != RP_OK)
		return rc;
	decided = line_of("decided", 0);
	*ret = (struct client_decided){.case_id = "C9", .receipt = "R9"};
	if (decided != NULL && strcmp(decided, "phone") == 0) {
		ret->has_response = true;
		for (uint8_t i = 0; i < 8; i++)
			ret->response[i] = (uint8_t)(0x11 * (i + 1));
	} else {
		(void)snprintf(ret->code, sizeof ret->code, "%s", decided != NULL ? decided : "");
	}
	return RP_OK;
}

rp_code __wrap_client_receipt(client *c, const char *receipt, json_t **ret, struct rp_error *err)
{
	const char *state = line_of("revocation", 0);
	char text[128];
	rp_code rc;

	(void)c;
	(void)snprintf(text, sizeof text, "receipt %s", receipt);
	log_line(text);
	rc = fail_as("receipt", err);
	if (rc == RP_OK && line_of("log-receipt", 0) != NULL)
		*ret = json_loads(line_of("log-receipt", 0), 0, NULL);
	else if (rc == RP_OK)
		*ret = state != NULL ? json_pack("{s:s}", "revocation", state) : json_object();
	return rc;
}

rp_code __wrap_client_revoke(client *c, const struct client_revocation *r, struct client_revoking *ret,
			     struct rp_error *err)
{
	char text[512];
	rp_code rc;

	(void)c;
	(void)snprintf(text, sizeof text, "revoke %s %s reason=%s by=%s certain=%d", r->profile, r->number,
		       r->reason, r->identified_by, r->loss_certain);
	log_line(text);
	for (size_t k = 0; k < r->n_certs; k++) {
		(void)snprintf(text, sizeof text, "certificate %s %s", rp_slot_word(r->certs[k].slot),
			       r->certs[k].base64);
		log_line(text);
	}
	rc = fail_as("revoke", err);
	if (rc == RP_OK)
		*ret = (struct client_revoking){.id = "V9", .receipt = "R9", .state = "asked"};
	return rc;
}

rp_code __wrap_client_revoke_decide(client *c, const char *id, bool approve, struct rp_error *err)
{
	char text[128];

	(void)c;
	(void)snprintf(text, sizeof text, "decide-revocation %s %s", id, approve ? "approve" : "withdraw");
	log_line(text);
	return fail_as("decide-revocation", err);
}

rp_code __wrap_client_consistency(client *c, uint64_t from, uint64_t to, json_t **ret, struct rp_error *err)
{
	const char *line = line_of("log-consistency", 0);
	char text[64];

	(void)c;
	(void)snprintf(text, sizeof text, "consistency %u-%u", (unsigned)from, (unsigned)to);
	log_line(text);
	if (line == NULL)
		return rp_refuse(err, RP_PROBLEM_NOT_FOUND, "the log has no such sizes");
	*ret = json_loads(line, 0, NULL);
	return RP_OK;
}

/* --- the library's jobs --- */

static bool read_case(unsigned n, struct rp_case *ret)
{
	const char *line = line_of("case", n);
	char word[24];

	if (line == NULL)
		return false;
	(void)next_word(&line, ret->id, sizeof ret->id);
	ret->slot = rp_slot_from_word(next_word(&line, word, sizeof word));
	(void)next_word(&line, ret->door, sizeof ret->door);
	(void)next_word(&line, ret->state, sizeof ret->state);
	ret->left_s = next_number(&line, 10);
	ret->here = strcmp(next_word(&line, word, sizeof word), "here") == 0;
	return true;
}

static void copy_word(const char *word, const char *otherwise, char *ret, size_t cap)
{
	const char *line = line_of(word, 0);

	(void)snprintf(ret, cap, "%s", otherwise);
	if (line != NULL)
		(void)next_word(&line, ret, cap);
}

rp_code __wrap_rp_issuer_look(rp_card *card, const struct rp_issuer_port *port, rp_slot slot,
			      const struct rp_card_facts *shown, struct rp_issuer_facts *ret,
			      struct rp_error *err)
{
	struct rp_issuer_facts f = {.user_code_tries = RP_TRIES_UNKNOWN};
	const char *line;
	char text[64];
	rp_code rc;

	(void)card, (void)port, (void)shown;
	(void)snprintf(text, sizeof text, "look %s", rp_slot_word(slot));
	log_line(text);
	if (line_of("ours", 0) == NULL)
		return rp_fail(err, RP_E_NOT_OFFERED, "no reset application");
	rc = fail_as("look", err);
	if (rc != RP_OK)
		return rc;
	copy_word("status", "active", f.card_status, sizeof f.card_status);
	copy_word("halted", "", f.halted, sizeof f.halted);
	line = line_of("user-code", 0);
	(void)snprintf(f.user_code, sizeof f.user_code, "none");
	if (line != NULL) {
		(void)next_word(&line, f.user_code, sizeof f.user_code);
		f.user_code_tries = next_number(&line, 10);
	}
	line = line_of("settled", 0);
	if (line != NULL) {
		(void)next_word(&line, f.settled, sizeof f.settled);
		(void)next_word(&line, f.settled_state, sizeof f.settled_state);
	}
	while (f.n_cases < RP_CASES_MAX && read_case((unsigned)f.n_cases, &f.cases[f.n_cases]))
		f.n_cases++;
	*ret = f;
	return RP_OK;
}

static void log_cause(const struct rp_issuer_port *port)
{
	char text[64];

	if (port->cause == NULL)
		return;
	(void)snprintf(text, sizeof text, "cause=%s", port->cause);
	log_line(text);
}

rp_code __wrap_rp_issuer_reserve(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
				 rp_slot other, const rp_secret *current, struct rp_case *ret,
				 char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct rp_outcome done;
	char before[128];
	rp_code rc;

	(void)card;
	log_cause(port);
	(void)snprintf(before, sizeof before, "reserve %s last=%d other=%s current=", rp_slot_word(job->slot),
		       job->last_try_ok, rp_slot_word(other));
	log_secret(before, current, "");
	rc = job_result(job, &done, err);
	if (rc != RP_OK)
		return rc;
	*ret = (struct rp_case){
		.id = "C1", .slot = job->slot, .door = "kiosk", .state = "open", .left_s = 86400};
	(void)snprintf(ret_receipt, RP_ISSUER_ID, "ABCDEFGHJKMNPQRSTVWX");
	return RP_OK;
}

static void log_evidence(const struct rp_evidence *e)
{
	char text[128];

	(void)snprintf(text, sizeof text, "evidence door=%s case=%s", e->door,
		       e->case_id != NULL ? e->case_id : "-");
	log_line(text);
	if (e->user_code != NULL)
		log_secret("evidence user_code=", e->user_code, "");
	if (e->one_time != NULL)
		log_secret("evidence code=", e->one_time, "");
	if (e->new_code != NULL)
		log_secret("evidence new_code=", e->new_code, "");
}

static void log_job(const char *what, const struct rp_job *job, rp_slot other, const rp_secret *current,
		    const rp_secret *fresh)
{
	char before[128];

	(void)snprintf(before, sizeof before, "%s %s last=%d other=%s current=", what,
		       rp_slot_word(job->slot), job->last_try_ok, rp_slot_word(other));
	log_secret(before, current, "");
	log_secret("new=", fresh, "");
}

rp_code __wrap_rp_issuer_reset(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			       rp_slot other, const rp_secret *current, const rp_secret *fresh,
			       const struct rp_evidence *evidence, struct rp_reset_done *ret,
			       struct rp_error *err)
{
	struct rp_reset_done done = {.case_id = "C1", .receipt = "ABCDEFGHJKMNPQRSTVWX"};
	rp_code rc;

	(void)card, (void)port;
	log_job("reset", job, other, current, fresh);
	log_evidence(evidence);
	rc = job_result(job, &done.done, err);
	done.reported = line_of("unreported", 0) == NULL;
	if (rc == RP_OK)
		*ret = done;
	return rc;
}

rp_code __wrap_rp_issuer_code(rp_card *card, const struct rp_issuer_port *port, const struct rp_job *job,
			      const rp_secret *current, const struct rp_evidence *evidence,
			      char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct rp_outcome done;
	rp_code rc;

	(void)card, (void)port;
	log_job("code", job, RP_SLOT_NONE, current, NULL);
	log_evidence(evidence);
	rc = job_result(job, &done, err);
	if (rc == RP_OK)
		(void)snprintf(ret_receipt, RP_ISSUER_ID, "ABCDEFGHJKMNPQRSTVWX");
	return rc;
}

rp_code __wrap_rp_issuer_by_phone(rp_card *card, const struct rp_job *job, rp_ask_response *ask, void *arg,
				  const rp_secret *fresh, struct rp_outcome *ret, struct rp_error *err)
{
	uint8_t challenge[8] = {0}, response[8] = {0}, right[8] = {0};
	const char *line;
	char hex[17], text[64];
	size_t n;
	rp_code rc;

	(void)card;
	log_job("by-phone", job, RP_SLOT_NONE, NULL, fresh);
	line = line_of("challenge", 0);
	(void)hex_read(line != NULL ? line : "", challenge, sizeof challenge, &n);
	rc = ask(arg, challenge, response, err);
	if (rc != RP_OK)
		return rc;
	(void)hex_of(response, sizeof response, hex, sizeof hex);
	(void)snprintf(text, sizeof text, "response %s", hex);
	log_line(text);
	line = line_of("takes", 0);
	(void)hex_read(line != NULL ? line : "", right, sizeof right, &n);
	if (memcmp(response, right, sizeof right) == 0)
		return job_result(job, ret, err);
	(void)rp_fail(err, RP_E_CARD_REFUSED, "the response does not answer this challenge");
	(void)snprintf(err->field, sizeof err->field, "response");
	return RP_E_CARD_REFUSED;
}
