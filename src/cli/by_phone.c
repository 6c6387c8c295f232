/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unlock by telephone (GIDS): the card's challenge is read to the help desk, which reads the response back.
 * The new PIN is typed before; the card is held while people talk, and that is said. A program
 * in between is told the challenge as a step and gives each answer as a line of --response-fd.
 */
#include "cli/issuer.h"

#include "base/phone.h"
#include "base/secret.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 5
#define TYPED_MAX 64
#define HELD_MS (10 * 60 * 1000)

void phone_say(enum out_to to, const uint8_t bytes[8])
{
	char groups[PHONE_TEXT], hex[PHONE_HEX_TEXT];

	phone_of(bytes, groups);
	phone_hex_of(bytes, hex);
	out_parf(to, 4, "%s", groups);
	/* TRANSLATORS: the same eight bytes as Windows shows them */
	out_parf(to, 4, _("or, as on the unblock screen of Windows: %s"), hex);
	rp_wipe(groups, sizeof groups);
	rp_wipe(hex, sizeof hex);
}

static rp_code not_groups(struct trouble *t)
{
	return trouble_say(t, RP_E_INPUT_CHARS, _("Compare it with what was read out. Nothing was sent."),
			   _("Four groups of six digits are wanted, or 16 digits and letters A-F."));
}

rp_code phone_typed(const rp_secret *typed, uint8_t ret[8], struct trouble *t)
{
	unsigned group = 0;

	switch (phone_read(rp_secret_bytes(typed), rp_secret_len(typed), ret, &group)) {
	case PHONE_GOOD:
		return RP_OK;
	case PHONE_GROUP:
		return trouble_say(t, RP_E_INPUT_CHARS,
				   _("Have this group read out again. Nothing was sent."),
				   _("A digit is wrong in group %u, or two were swapped."), group);
	case PHONE_FORM:
		break;
	}
	return not_groups(t);
}

struct call {
	struct job *j;
	struct trouble *t;
};

static rp_code ask_once(struct call *c, const struct rp_wait *w, uint8_t ret[8])
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	/* It serves once and for this challenge alone: people shall see what they type. */
	rp_code rc = prompt_secret(c->j->tty, _("Enter the response of the help desk:"), true, w, &typed,
				   c->t);

	if (rc == RP_E_INPUT_LENGTH)
		return not_groups(c->t);
	return rc == RP_OK ? phone_typed(typed, ret, c->t) : rc;
}

static rp_code read_once(struct call *c, const struct rp_wait *w, uint8_t ret[8])
{
	RP_AUTO(rp_secret_freep) rp_secret *typed = NULL;
	rp_code rc = secrets_line(c->j->a->o.response_fd, TYPED_MAX, w, &typed, c->t);

	if (rc == RP_E_INPUT_LENGTH)
		return not_groups(c->t);
	return rc == RP_OK ? phone_typed(typed, ret, c->t) : rc;
}

/* The last line is always the challenge: whoever comes late is told that one alone. */
static void tell_challenge(const struct app *a, const uint8_t challenge[8])
{
	char both[PHONE_TEXT + PHONE_HEX_TEXT], groups[PHONE_TEXT], hex[PHONE_HEX_TEXT];

	phone_of(challenge, groups);
	phone_hex_of(challenge, hex);
	(void)snprintf(both, sizeof both, "%s %s", groups, hex);
	step_tell(a, "challenge", both);
}

/* Without a round's limit: a page shows what was wrong, and its person has ten minutes. */
static rp_code talk_to_program(struct call *c, const struct rp_wait *w, const uint8_t challenge[8],
			       uint8_t ret[8])
{
	rp_code rc;

	for (;;) {
		tell_challenge(c->j->a, challenge);
		rc = read_once(c, w, ret);
		if (rc != RP_E_INPUT_CHARS)
			return rc;
		step_tell(c->j->a, "response", c->t->message);
		c->t->message[0] = c->t->next[0] = '\0';
	}
}

static rp_code talk_to_person(struct call *c, const struct rp_wait *w, const uint8_t challenge[8],
			      uint8_t ret[8])
{
	rp_code rc = RP_E_INPUT_CHARS;

	out_para(OUT_TALK, 0, _("Read this challenge to the help desk, group by group:"));
	phone_say(OUT_TALK, challenge);
	out_para(OUT_TALK, 0,
		 _("The card is held until the response is there, at most ten minutes: leave it in the "
		   "reader. "
		   "Other programs that use the card wait."));
	for (unsigned i = 0; i < ROUNDS && rc == RP_E_INPUT_CHARS; i++) {
		if (i > 0)
			out_parf(OUT_TALK, 0, "%s%s%s", c->t->message, text_gap(), c->t->next);
		c->t->message[0] = c->t->next[0] = '\0';
		rc = ask_once(c, w, ret);
	}
	return rc;
}

/* While the card is held. */
static rp_code talk(void *arg, const uint8_t challenge[8], uint8_t ret[8], struct rp_error *err)
{
	struct call *c = arg;
	struct rp_wait w = job_wait(c->j);
	const int64_t most = clock_ms() + HELD_MS;
	rp_code rc;

	if (w.deadline_ms > most)
		w.deadline_ms = most;
	rc = c->j->a->o.response_fd >= 0 ? talk_to_program(c, &w, challenge, ret)
					 : talk_to_person(c, &w, challenge, ret);
	if (rc == RP_OK) {
		step_say(c->j->a, STEP_SET);
		return RP_OK;
	}
	(void)rp_fail(err, rc, "no response was typed");
	(void)snprintf(err->field, sizeof err->field, "%s", secret_word(SECRET_RESPONSE));
	return rc;
}

rp_code by_phone(struct job *j, struct rp_outcome *ret, struct trouble *t)
{
	struct call c = {.j = j, .t = t};
	rp_code rc;

	if (j->tty < 0 && j->a->o.response_fd < 0)
		return trouble_say(t, RP_E_INPUT_MISSING, NULL,
				   _("There is no terminal, and nobody to read the challenge out."));
	out_para(OUT_TALK, 0,
		 _("Have the help desk of the card's issuer on the telephone. The new PIN is asked first; "
		   "then the "
		   "card makes a challenge."));
	rc = ask_fresh(j, t);
	if (rc != RP_OK)
		return rc;
	rc = rp_issuer_by_phone(j->card, &j->todo, talk, &c, j->fresh, ret, &t->err);
	if (rc != RP_E_CARD_REFUSED || strcmp(t->err.field, secret_word(SECRET_RESPONSE)) != 0)
		return rc;
	return trouble_say(
		t, rc,
		_("Nothing was changed on the card. Begin again: the card makes a new challenge each "
		  "time, and the response belongs to it alone."),
		_("The card does not take this response."));
}
