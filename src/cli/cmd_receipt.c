/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a receipt stands for: the issuer's log is asked, and what it says is believed only where it holds
 * against the key of the log and the newest checkpoint that this machine has seen (log/ in the state
 * directory).
 */
#include "cli/issuer.h"
#include "cli/receipt.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"
#include "lib/state.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define RECEIPT_CHARS 20 /* and one that checks them */
#define MEMORY_MAX (TLOG_NOTE_READ_MAX + 512)

enum key_from { KEY_PINNED, KEY_KEPT, KEY_FIRST };

struct asked {
	struct issuer_link link;
	json_t *answer;
	struct receipt r;
	struct state state;
	bool has_state;
	char file[STATE_NAME_MAX];
	char key[512], kept_key[512], kept_note[MEMORY_MAX];
	enum key_from from;
	enum receipt_verdict verdict;
	bool other_key;	 /* the issuer tells another key than the one that counts */
	bool grown;	 /* and the log is the one that was seen before */
	uint64_t before; /* its size then; 0: it was not seen before */
};

static void asked_freep(struct asked **all)
{
	struct asked *q = *all;

	issuer_close(&q->link);
	json_decref(q->answer);
	receipt_free(&q->r);
}

/* --- what this machine remembers of the log: its key in a line, then its newest checkpoint --- */

static void recall(struct app *a, struct asked *q)
{
	const struct hash_part part = {a->conf.issuer_url, strlen(a->conf.issuer_url)};
	static char text[MEMORY_MAX];
	char hex[2 * SHA256_LEN + 1] = "";
	uint8_t hash[SHA256_LEN];
	size_t len = 0, key;

	hash_sha256(&part, 1, hash);
	(void)hex_of(hash, 16, hex, sizeof hex);
	(void)snprintf(q->file, sizeof q->file, "log/%s", hex);
	q->has_state = state_open(a->conf.state_dir[0] != '\0' ? a->conf.state_dir : NULL, "log", &q->state,
				  NULL) == RP_OK &&
		       state_read(&q->state, q->file, text, sizeof text, &len, NULL) == RP_OK;
	key = strcspn(text, "\n");
	if (!q->has_state || text[key] == '\0' || key >= sizeof q->kept_key)
		return;
	(void)snprintf(q->kept_key, sizeof q->kept_key, "%.*s", (int)key, text);
	(void)snprintf(q->kept_note, sizeof q->kept_note, "%s", text + key + 1);
}

static void remember(struct asked *q)
{
	const char *note = json_string_value(json_object_get(q->answer, "checkpoint"));
	static char text[MEMORY_MAX + 512];

	if (!q->has_state || note == NULL)
		return;
	(void)snprintf(text, sizeof text, "%s\n%s", q->key, note);
	q->has_state = state_write(&q->state, q->file, text, true, NULL, NULL) == RP_OK;
}

/* The one of the configuration, else the one that was told first. */
static void choose_key(struct app *a, struct asked *q)
{
	const char *told = json_string_value(json_object_get(client_public(q->link.c), "log_key"));
	const char *key = a->conf.log_key[0] != '\0' ? a->conf.log_key
			  : q->kept_key[0] != '\0'   ? q->kept_key
						     : told;

	q->from = a->conf.log_key[0] != '\0' ? KEY_PINNED : q->kept_key[0] != '\0' ? KEY_KEPT : KEY_FIRST;
	(void)snprintf(q->key, sizeof q->key, "%s", key != NULL ? key : "");
	q->other_key = told == NULL || strcmp(told, q->key) != 0;
}

/* --- is it the log that was seen before? --- */

static rp_code compare(struct asked *q, struct trouble *t)
{
	struct tlog_checkpoint before;
	char origin[TLOG_ORIGIN_MAX + 1];
	uint8_t key[32];
	json_t *proof = NULL;
	rp_code rc = RP_OK;

	/* A note of another key, which the configuration has replaced, says nothing of this one. */
	if (!tlog_vkey_read(q->key, origin, key) ||
	    !tlog_note_read(q->kept_note, strlen(q->kept_note), origin, key, &before) || before.size == 0)
		return RP_OK;
	q->before = before.size;
	if (q->r.at.size > before.size)
		rc = client_consistency(q->link.c, before.size, q->r.at.size, &proof, &t->err);
	/* no proof is as good as a wrong one; no answer is none */
	if (rc == RP_E_ISSUER_REFUSED) {
		trouble_start(t);
		rc = RP_OK;
	}
	if (rc == RP_OK) {
		const enum receipt_verdict v = receipt_grown(&before, &q->r.at, proof);

		q->grown = v == RECEIPT_SEALED;
		if (!q->grown)
			q->verdict = v;
	}
	json_decref(proof);
	return rc;
}

static rp_code ask(struct app *a, const char *number, struct asked *q, struct trouble *t)
{
	rp_code rc = issuer_connect(a, 0, &q->link, t);

	if (rc == RP_OK)
		rc = client_receipt(q->link.c, number, &q->answer, &t->err);
	if (rc != RP_OK)
		return rc;
	recall(a, q);
	choose_key(a, q);
	q->verdict = receipt_check(q->answer, number, q->key, &q->r);
	if (q->verdict == RECEIPT_SEALED || q->verdict == RECEIPT_ERASED)
		rc = compare(q, t);
	if (rc == RP_OK && (q->verdict == RECEIPT_SEALED || q->verdict == RECEIPT_ERASED))
		remember(q);
	return rc;
}

/* --- in words --- */

static const char *verdict_text(enum receipt_verdict v)
{
	switch (v) {
	case RECEIPT_SEALED:
		return _("It stands in the issuer's log, and nobody has changed it since.");
	case RECEIPT_ERASED:
		return _("Something stood in the issuer's log under this number and was erased by order. The "
			 "log "
			 "still proves that it was there.");
	case RECEIPT_WAITING:
		return _("The issuer knows this receipt. It waits for its seal in the log; until then "
			 "nothing can "
			 "be proven.");
	case RECEIPT_NONSENSE:
		return _("It does NOT verify: the issuer's answer is not whole.");
	case RECEIPT_UNSIGNED:
		return _("It does NOT verify: the log's signature is not that of the key which this machine "
			 "knows.");
	case RECEIPT_OTHER:
		return _("It does NOT verify: the issuer shows the entry of another receipt.");
	case RECEIPT_CHANGED:
		return _("It does NOT verify: the entry is not the one that was sealed in the log.");
	case RECEIPT_SHRUNK:
		return _("It does NOT verify: the issuer's log is shorter than the one that this machine has "
			 "seen "
			 "before.");
	case RECEIPT_FORKED:
		return _("It does NOT verify: the issuer's log is not the one that this machine has seen "
			 "before.");
	}
	return "";
}

static const char *next_text(const struct asked *q)
{
	if (q->verdict == RECEIPT_WAITING)
		return _("Ask again in a minute. Your card and its PINs are as they are.");
	if (q->verdict == RECEIPT_SEALED || q->verdict == RECEIPT_ERASED)
		return NULL;
	return _("Keep the receipt and this answer, and tell the issuer and its supervisor. Your card and "
		 "its PINs "
		 "are as they are; nothing was sent to a card.");
}

static const char *key_text(const struct asked *q)
{
	if (q->from == KEY_PINNED)
		return _("Checked with the log's key of this machine's configuration.");
	if (q->from == KEY_KEPT)
		return _("Checked with the log's key that this machine was told first and has kept.");
	return _("The log's key was told by the issuer itself just now: a false issuer would not be noticed "
		 "this "
		 "first time. Compare it with the printed one, or name it in the configuration "
		 "(issuer-log-key).");
}

static const char *act_text(const char *act)
{
	static const struct {
		const char *act, *text;
	} acts[] = {
		{"reserve", N_("a reset was reserved")},
		{"grant", N_("a reset was allowed")},
		{"done", N_("a reset was reported as done")},
		{"failed", N_("a reset was reported as not done")},
		{"cancel", N_("a case was cancelled")},
		{"expired", N_("a case was over before it was used")},
		{"revoke-ask", N_("it was asked that a card be revoked")},
		{"revoked", N_("a card was revoked")},
	};

	for (size_t k = 0; k < sizeof acts / sizeof acts[0]; k++)
		if (strcmp(acts[k].act, act) == 0)
			return _(acts[k].text);
	return act;
}

static void add(struct table *table, const char *head, const char *text)
{
	char clean[256];

	if (text[0] == '\0')
		return;
	text_clean(text, strlen(text), clean, sizeof clean);
	table_row(table);
	table_cell(table, 0, STYLE_HEAD, head);
	table_cell(table, 1, STYLE_PLAIN, clean);
}

static const char *member(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));

	return text != NULL ? text : "";
}

static bool show_entry(const json_t *entry)
{
	RP_AUTO(table_free) struct table table = {0};
	const int64_t time_ms = json_integer_value(json_object_get(entry, "time"));
	char when[96] = "";

	if (time_ms > 0)
		when_long(time_ms / 1000, when, sizeof when);
	add(&table, _("What"), act_text(member(entry, "act")));
	add(&table, _("PIN"), member(entry, "slot"));
	add(&table, _("When"), when);
	add(&table, _("Terminal"), member(entry, "terminal"));
	add(&table, _("Door"), member(entry, "door"));
	add(&table, _("Outcome"), member(entry, "outcome"));
	add(&table, _("Decided by"), member(entry, "operator"));
	add(&table, _("Reason"), member(entry, "reason"));
	return table_show(&table, OUT_RESULT, 2);
}

static void say_log(const struct asked *q)
{
	if (q->verdict == RECEIPT_WAITING)
		return;
	out_para(OUT_RESULT, 0, key_text(q));
	if (q->other_key)
		out_para(OUT_RESULT, 0, _("Take care: the issuer now tells another key of its log."));
	if (q->grown)
		out_parf(OUT_RESULT, 0,
			 _("Everything that this machine has seen sealed in this log before still stands "
			   "there (entries: %ju)."),
			 (uintmax_t)q->before);
	if (!q->has_state)
		out_para(OUT_RESULT, 0, _("This machine could not keep the log's state for the next time."));
}

static rp_code show(const struct asked *q, struct trouble *t)
{
	const char *next = next_text(q);

	out_parf(OUT_RESULT, 0, _("Receipt: %s"), q->r.number);
	if (q->r.entry != NULL && q->verdict == RECEIPT_SEALED && !show_entry(q->r.entry))
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the table");
	out_para(OUT_RESULT, 0, verdict_text(q->verdict));
	if (next != NULL)
		out_para(OUT_RESULT, 0, next);
	say_log(q);
	return RP_OK;
}

static rp_code show_json(const struct asked *q, struct trouble *t)
{
	static const char *const origins[] = {"configuration", "kept", "issuer"};
	const bool whole = q->verdict == RECEIPT_SEALED;

	return json_show(json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:b, s:o, s:b, s:O}", "receipt",
				   q->r.number, "verdict", receipt_word(q->verdict), "entry",
				   whole ? json_incref(q->r.entry) : json_null(), "message",
				   verdict_text(q->verdict), "next", json_text(next_text(q)), "log_key",
				   q->key, "key_from", origins[q->from], "key_changed", (int)q->other_key,
				   "grown_from",
				   q->before > 0 ? json_integer((json_int_t)q->before) : json_null(), "kept",
				   (int)q->has_state, "answer", q->answer),
			 t);
}

/* As typed: in one word or in groups. */
static rp_code take_number(const struct app *a, char ret[RECEIPT_CHARS + 2], struct trouble *t)
{
	char typed[128] = "";

	for (size_t k = 0; k < a->o.n_args; k++)
		(void)snprintf(typed + strlen(typed), sizeof typed - strlen(typed), "%s", a->o.args[k]);
	return code32_read(typed, RECEIPT_CHARS, ret)
		       ? RP_OK
		       : trouble_say(
				 t, RP_E_USAGE,
				 _("Compare it with the receipt, character by character. Nobody was asked."),
				 _("This is no receipt's number: it has 21 letters and digits, and the last "
				   "one checks the others."));
}

rp_code cmd_receipt(struct app *a, struct trouble *t)
{
	static struct asked room = {.verdict = RECEIPT_NONSENSE};
	RP_AUTO(asked_freep) struct asked *q = &room;
	char number[RECEIPT_CHARS + 2];
	rp_code rc = take_number(a, number, t);

	if (rc != RP_OK)
		return rc;
	(void)snprintf(q->r.number, sizeof q->r.number, "%s", number);
	rc = ask(a, number, q, t);
	if (rc == RP_OK)
		rc = a->o.json ? show_json(q, t) : show(q, t);
	if (rc != RP_OK || q->verdict <= RECEIPT_WAITING)
		return rc;
	t->shown = true;
	return RP_E_ISSUER_REFUSED;
}
