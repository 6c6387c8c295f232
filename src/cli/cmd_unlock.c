/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unlock with the secret that the holder keeps. Where there are two ways (OpenPGP:
 * resetting code or admin PIN), --with decides, else the secret that was given, else the
 * first whose secret is usable.
 */
#include "cli/issuer.h"

#include <stdio.h>
#include <string.h>

/* The state of a way's secret; a card that does not tell it is taken at its word that it may work. */
static rp_pin_state state_of(const struct job *j, unsigned way)
{
	const struct rp_pin_facts *code = facts_pin(&j->facts, j->info.unlock[way].code);

	return code != NULL ? code->state : RP_PIN_UNKNOWN;
}

static bool is_usable(const struct job *j, unsigned way)
{
	const rp_pin_state state = state_of(j, way);

	return state == RP_PIN_READY || state == RP_PIN_UNKNOWN;
}

static void list_ways(const struct job *j, char *ret, size_t cap)
{
	(void)snprintf(ret, cap, "%s%s%s", j->info.unlock[0].secret, j->info.n_unlocks > 1 ? ", " : "",
		       j->info.n_unlocks > 1 ? j->info.unlock[1].secret : "");
}

static bool has_way(const struct job *j, const char *name, unsigned *ret)
{
	for (unsigned i = 0; i < j->info.n_unlocks; i++)
		if (strcmp(j->info.unlock[i].secret, name) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

static rp_code no_such_way(const struct job *j, const char *name, struct trouble *t)
{
	char ways[64];

	list_ways(j, ways, sizeof ways);
	return trouble_say(t, RP_E_USAGE, NULL, _("This PIN is not unlocked with '%s'. What unlocks it: %s."),
			   name, ways);
}

/* The one unlocking secret among those given; with two of them it would be a guess which is meant. */
static rp_code find_given(const struct job *j, bool *ret_found, unsigned *ret_way, struct trouble *t)
{
	*ret_found = false;
	for (size_t i = 0; i < SECRETS_N; i++) {
		if (j->given.s[i] == NULL || i == SECRET_NEW)
			continue;
		if (*ret_found)
			return trouble_say(t, RP_E_USAGE, NULL, _("Give one secret for unlocking, not two."));
		if (!has_way(j, secret_word((enum secret_name)i), ret_way))
			return no_such_way(j, secret_word((enum secret_name)i), t);
		*ret_found = true;
	}
	return RP_OK;
}

static rp_code missing(const struct job *j, struct trouble *t)
{
	char ways[64];

	list_ways(j, ways, sizeof ways);
	return trouble_say(t, RP_E_INPUT_MISSING, NULL,
			   _("The secret for unlocking was not given. What unlocks this PIN: %s."), ways);
}

static rp_code choose_way(struct job *j, struct trouble *t)
{
	const char *with = j->a->o.with;
	unsigned way = 0, given_way = 0;
	bool is_given = false;
	rp_code rc = find_given(j, &is_given, &given_way, t);

	if (rc != RP_OK)
		return rc;
	if (with != NULL && !has_way(j, with, &way))
		return no_such_way(j, with, t);
	if (j->tty < 0 && (!is_given || (with != NULL && way != given_way)))
		return missing(j, t);
	if (with == NULL && is_given)
		way = given_way;
	if (with == NULL && !is_given)
		while (way + 1 < j->info.n_unlocks && !is_usable(j, way))
			way++;
	if (with == NULL && !is_given && !is_usable(j, way))
		way = 0; /* none is: the first one's reason is told */
	j->todo.way = way;
	return RP_OK;
}

static rp_code refuse_way(struct job *j, const struct rp_pin_facts *code, rp_code why, struct trouble *t)
{
	const struct rp_unlock_info *way = &j->info.unlock[j->todo.way];

	(void)rp_fail(&t->err, why, "the secret for unlocking cannot be used");
	t->err.slot = way->code;
	t->err.tries_left = why == RP_E_NOT_SET ? RP_TRIES_UNKNOWN : code->tries_left;
	(void)snprintf(t->err.field, sizeof t->err.field, "%s", way->secret);
	return job_failed(j, why, t);
}

static rp_code check_way(struct job *j, const struct rp_pin_facts *code, struct trouble *t)
{
	const struct rp_unlock_info *way = &j->info.unlock[j->todo.way];
	const rp_pin_state state = state_of(j, j->todo.way);

	/* What is our own design goes to no card that could be a real one. */
	if (way->ours && !j->facts.ours)
		return job_failed(j,
				  trouble_say(t, RP_E_NOT_OFFERED, text_no_unlock(j->facts.profile, j->slot),
					      _("This card cannot be unlocked here.")),
				  t);
	if (state == RP_PIN_DEAD || (state == RP_PIN_LOCKED && way_is_deadly(j, way)))
		return refuse_way(j, code, RP_E_DEAD, t);
	if (state == RP_PIN_LOCKED)
		return refuse_way(j, code, RP_E_SECRET_LOCKED, t);
	if (state == RP_PIN_NOT_SET)
		return refuse_way(j, code, RP_E_NOT_SET, t);
	return RP_OK;
}

/* The help desk's answer instead of a secret that the holder keeps; no try is at stake. */
static rp_code unlock_by_phone(struct job *j, struct trouble *t)
{
	struct rp_outcome done = {0};
	rp_code rc;

	if (strcmp(j->facts.profile, "gids") != 0) {
		(void)job_refuse(j, j->slot, RP_E_NOT_OFFERED, t);
		return trouble_say(t, RP_E_NOT_OFFERED, NULL,
				   _("This card cannot be unlocked by telephone: it makes no challenge."));
	}
	if (j->a->o.with != NULL)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("The option --%s does not go with '%s'."), "with", "--by-phone");
	rc = by_phone(j, &done, t);
	return rc == RP_OK ? job_done(j, &done, t) : job_failed(j, rc, t);
}

rp_code cmd_unlock(struct app *a, struct trouble *t)
{
	RP_AUTO(job_free) struct job j = {.a = a, .deed = DEED_UNLOCK, .tty = -1};
	const struct rp_unlock_info *way;
	const struct rp_pin_facts *code;
	struct rp_outcome done = {0};
	enum secret_name name;
	rp_code rc = job_open(&j, t);

	if (rc == RP_OK && a->o.by_phone)
		return unlock_by_phone(&j, t);
	if (rc == RP_OK)
		rc = choose_way(&j, t);
	if (rc != RP_OK)
		return rc;
	way = &j.info.unlock[j.todo.way];
	code = facts_pin(&j.facts, way->code);
	rc = check_way(&j, code, t);
	if (rc != RP_OK)
		return rc;
	if (!secret_from_word(way->secret, strlen(way->secret), &name))
		return rp_fail(&t->err, RP_E_FAULT, "the profile names a secret '%s' that has no name here",
			       way->secret);
	job_say_stakes(&j, way->code, code);
	rc = job_consent(&j, code, t);
	if (rc == RP_OK)
		rc = ask_first(&j, name, way->code, t);
	if (rc == RP_OK)
		rc = ask_fresh(&j, t);
	if (rc == RP_OK)
		step_say(a, STEP_SET);
	if (rc == RP_OK)
		rc = rp_pin_unlock(j.card, &j.todo, j.first, j.fresh, &done, &t->err);
	return rc == RP_OK ? job_done(&j, &done, t) : job_failed(&j, rc, t);
}
