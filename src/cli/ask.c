/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets of a job, from the terminal or the descriptor, checked against the rules of
 * their slot before the card is touched. On a terminal an entry that breaks a rule is
 * asked for again: nothing was sent, and nobody should have to start over for a slip.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 3

struct rp_wait job_wait(const struct job *j)
{
	const unsigned s = j->a->o.timeout_s;

	/* People may take their time, unless the caller says otherwise. */
	return (struct rp_wait){.deadline_ms = s > 0 ? clock_ms() + (int64_t)s * 1000 : INT64_MAX,
				.cancel_fd = j->a->cancel_fd};
}

/* All that speaks against it, at once: who mends one thing shall not be told the next one then. */
static void say_weak(const struct policy_findings *f, struct trouble *t)
{
	for (size_t i = 0; i < f->n; i++) {
		const size_t at = strlen(t->message);

		(void)snprintf(t->message + at, sizeof t->message - at, "%s%s", at > 0 ? text_gap() : "",
			       _(f->at[i].text));
	}
	(void)snprintf(t->next, sizeof t->next, "%s",
		       _("Nothing was sent to the card. Choose another PIN, or agree to this one."));
}

/*
 * The new PIN where it lies in guarded memory. What is known beside it: the card's number, and
 * for a change the PIN that it has now. *ret keeps rules, not bytes.
 */
static rp_code judge(struct job *j, const rp_secret *fresh, struct policy_findings *ret, struct trouble *t)
{
	const bool has_current = j->deed == DEED_CHANGE && j->first != NULL;
	const struct policy_known known = {
		.card_number = j->facts.number,
		.current = has_current ? rp_secret_bytes(j->first) : NULL,
		.current_len = has_current ? rp_secret_len(j->first) : 0,
	};
	rp_code rc;

	/* A PIN that the policy does not know has the entry check alone. */
	if (!policy_check(j->facts.profile, j->slot, POLICY_NEW, rp_secret_bytes(fresh), rp_secret_len(fresh),
			  &known, ret)) {
		*ret = (struct policy_findings){0};
		return RP_OK;
	}
	if (ret->n_refused == 0 && !(ret->n > 0 && j->a->o.refuse_weak))
		return RP_OK;
	rc = rp_fail(&t->err, ret->n_refused > 0 ? ret->at[0].code : RP_E_INPUT_WEAK,
		     "the new PIN breaks the rule %s", ret->at[0].id);
	t->err.slot = j->slot;
	(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(SECRET_NEW));
	t->rule = ret->at[0].id;
	t->rule_text = ret->at[0].text;
	if (rc == RP_E_INPUT_WEAK)
		say_weak(ret, t);
	return rc;
}

/* The issuer takes no others, whatever a real card's issuer may: what is malformed is not sent. */
static bool is_alnum(const rp_secret *code)
{
	const uint8_t *p = rp_secret_bytes(code);

	for (size_t i = 0; i < rp_secret_len(code); i++)
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'Z') ||
		      (p[i] >= 'a' && p[i] <= 'z')))
			return false;
	return true;
}

/* The rules go into the trouble with the refusal, so that the sentence can name them. */
static rp_code check(struct job *j, rp_slot slot, enum rp_entry kind, enum secret_name name,
		     const rp_secret *typed, rp_secret **ret, struct rp_folded *ret_folded, struct trouble *t)
{
	rp_code rc = rp_entry_check(j->facts.profile, slot, kind, typed, ret, ret_folded, &t->err);

	if (rc == RP_OK && slot == RP_SLOT_USER_CODE && !is_alnum(*ret)) {
		rp_secret_freep(ret);
		rc = rp_fail(&t->err, RP_E_INPUT_CHARS, "a user code has letters and digits only");
	}
	if (rc == RP_OK)
		return kind == RP_ENTRY_NEW ? judge(j, *ret, &j->advice, t) : RP_OK;
	t->has_rules = rp_pin_info(j->facts.profile, slot, &t->rules);
	if (kind == RP_ENTRY_CURRENT)
		t->rules.chars_new = t->rules.chars_current;
	if (slot == RP_SLOT_USER_CODE)
		t->rules.chars_new = RP_CHARS_ALNUM;
	t->err.slot = j->slot;
	(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(name));
	return rc;
}

static void say_folded(struct job *j, enum secret_name name, const rp_secret *sent,
		       const struct rp_folded *folded)
{
	const char *what = words_secret(secret_word(name));

	j->folded.width = j->folded.width || folded->width;
	j->folded.upper = j->folded.upper || folded->upper;
	if (folded->width && folded->upper)
		out_parf(OUT_TALK, 0,
			 _("The entry '%s' is sent with half-width characters and in upper case; it was "
			   "typed otherwise."),
			 what);
	else if (folded->width)
		out_parf(OUT_TALK, 0,
			 _("The entry '%s' is sent with half-width characters; it was typed in full width."),
			 what);
	else if (folded->upper)
		out_parf(OUT_TALK, 0,
			 _("The entry '%s' is sent in upper case; it was typed with small letters."), what);
	else
		return;
	if (j->tty >= 0 && j->a->o.show) {
		out_text(OUT_TALK, _("What is sent:"));
		out_text(OUT_TALK, " ");
		prompt_reveal(j->tty, sent);
	}
}

static rp_code given(struct job *j, enum secret_name name, rp_slot slot, enum rp_entry kind, rp_secret **ret,
		     struct trouble *t)
{
	struct rp_folded folded = {0};
	rp_code rc;

	if (j->given.s[name] == NULL) {
		rc = rp_fail(&t->err, RP_E_INPUT_MISSING, "%s is not among the secrets", secret_word(name));
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(name));
		t->err.slot = j->slot;
		return rc;
	}
	rc = check(j, slot, kind, name, j->given.s[name], ret, &folded, t);
	if (rc == RP_OK)
		say_folded(j, name, *ret, &folded);
	return rc;
}

/* A broken rule that may be mended by typing again: says it and clears the trouble. */
bool ask_again(struct job *j, struct trouble *t, rp_code rc, unsigned round)
{
	const bool mends = (rc >= RP_E_INPUT_EMPTY && rc <= RP_E_INPUT_MISMATCH) || rc == RP_E_INPUT_WEAK;

	if (j->tty < 0 || round + 1 >= ROUNDS || !mends)
		return false;
	trouble_explain(t);
	out_para(OUT_TALK, 0, t->message);
	t->err = (struct rp_error)RP_ERROR_INIT;
	t->message[0] = t->next[0] = '\0';
	t->rule = t->rule_text = NULL;
	return true;
}

/* One entry, once; NULL `folded` means that nothing is said about folding. */
static rp_code type(struct job *j, const char *question, enum secret_name name, rp_slot slot,
		    enum rp_entry kind, rp_secret **ret, struct rp_folded *ret_folded, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	const struct rp_wait w = job_wait(j);
	rp_code rc = prompt_secret(j->tty, question, j->a->o.show, &w, &typed, t);

	if (rc == RP_E_INPUT_LENGTH) {
		t->has_rules = rp_pin_info(j->facts.profile, slot, &t->rules);
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(name));
	}
	return rc == RP_OK ? check(j, slot, kind, name, typed, ret, ret_folded, t) : rc;
}

rp_code ask_first(struct job *j, enum secret_name name, rp_slot slot, struct trouble *t)
{
	struct rp_folded folded = {0};
	char question[256];
	rp_code rc;

	if (j->tty < 0)
		return given(j, name, slot, RP_ENTRY_CURRENT, &j->first, t);
	(void)snprintf(question, sizeof question, _("Enter the %s:"), words_secret(secret_word(name)));
	for (unsigned round = 0;; round++) {
		rc = type(j, question, name, slot, RP_ENTRY_CURRENT, &j->first, &folded, t);
		if (rc == RP_OK)
			say_folded(j, name, j->first, &folded);
		if (rc == RP_OK || !ask_again(j, t, rc, round))
			return rc;
	}
}

static rp_code type_twice(struct job *j, struct rp_folded *ret_folded, struct trouble *t)
{
	RP_AUTO(rp_secret_freep) rp_secret *once = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *again = NULL;
	struct rp_folded folded;
	const bool code = j->slot == RP_SLOT_USER_CODE;
	rp_code rc = type(j, code ? _("Enter the new user code:") : _("Enter the new PIN:"), SECRET_NEW,
			  j->slot, RP_ENTRY_NEW, &once, ret_folded, t);

	if (rc == RP_OK)
		rc = type(j, code ? _("Enter the new user code again:") : _("Enter the new PIN again:"),
			  SECRET_NEW, j->slot, RP_ENTRY_NEW, &again, &folded, t);
	if (rc != RP_OK)
		return rc;
	/* What counts is what would be sent: the same PIN in full width is the same PIN. */
	if (!rp_secret_equal(once, again))
		return rp_fail(&t->err, RP_E_INPUT_MISMATCH, "the two entries of the new PIN differ");
	j->fresh = once;
	once = NULL;
	return RP_OK;
}

/*
 * All that speaks against the new PIN, and one question about it. Whoever does not insist
 * chooses another; after the last round that is cancelling.
 */
static rp_code confirm(struct job *j, unsigned round, bool *ret_again, struct trouble *t)
{
	bool agreed = false;
	rp_code rc;

	*ret_again = false;
	if (j->advice.n == 0)
		return RP_OK;
	out_para(OUT_TALK, 0, _("This PIN is weak:"));
	for (size_t i = 0; i < j->advice.n; i++)
		out_para(OUT_TALK, 4, _(j->advice.at[i].text));
	rc = job_agrees(j, _("Set it all the same? Type 'yes'; anything else, and you choose another:"),
			&agreed, t);
	if (rc != RP_OK || agreed)
		return rc;
	rp_secret_freep(&j->fresh);
	*ret_again = round + 1 < ROUNDS;
	return *ret_again ? RP_OK : rp_fail(&t->err, RP_E_CANCELLED, "no new PIN was agreed to");
}

rp_code ask_fresh(struct job *j, struct trouble *t)
{
	struct rp_folded folded = {0};
	bool again;
	char format[128];
	rp_code rc;

	if (j->tty < 0)
		return given(j, SECRET_NEW, j->slot, RP_ENTRY_NEW, &j->fresh, t);
	if (j->slot == RP_SLOT_USER_CODE)
		j->info.chars_new = RP_CHARS_ALNUM;
	words_format(&j->info, format, sizeof format);
	out_parf(
		OUT_TALK, 0,
		j->slot == RP_SLOT_USER_CODE
			? _("The new user code: %s. Capital and small letters are different ones. Choose one "
			    "that others cannot guess.")
			: _("The new PIN: %s. Choose one that others cannot guess: no birthday, no telephone "
			    "number."),
		format);
	for (unsigned round = 0;; round++) {
		again = false;
		rc = type_twice(j, &folded, t);
		if (rc == RP_OK)
			say_folded(j, SECRET_NEW, j->fresh, &folded);
		if (rc == RP_OK)
			rc = confirm(j, round, &again, t);
		if (!again && (rc == RP_OK || !ask_again(j, t, rc, round)))
			return rc;
	}
}

rp_code ask_plain(struct job *j, enum secret_name name, const char *question, bool show, rp_secret **ret,
		  struct trouble *t)
{
	const struct rp_wait w = job_wait(j);
	rp_secret *given_one = j->given.s[name];
	rp_code rc;

	if (j->tty < 0 && given_one != NULL)
		return rp_secret_from(rp_secret_bytes(given_one), rp_secret_len(given_one), ret, &t->err);
	rc = j->tty < 0
		     ? rp_fail(&t->err, RP_E_INPUT_MISSING, "%s is not among the secrets", secret_word(name))
		     : prompt_secret(j->tty, question, show || j->a->o.show, &w, ret, t);
	if (rc == RP_OK && rp_secret_len(*ret) == 0) {
		rp_secret_freep(ret);
		rc = rp_fail(&t->err, RP_E_INPUT_EMPTY, "an empty entry");
	}
	if (rc != RP_OK)
		(void)snprintf(t->err.field, sizeof t->err.field, "%s", secret_word(name));
	return rc;
}
