/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON for programs: one object on one line of standard output, keys in the order of the
 * command-line contract. Always UTF-8; on a machine with another character set the
 * non-ASCII characters are escaped, so that nothing is lost on the way.
 */
#include "cli/cli.h"

#include "base/text.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TEXT_MAX 3200

json_t *json_text(const char *s)
{
	char clean[JSON_TEXT_MAX];

	if (s == NULL || s[0] == '\0')
		return json_null();
	/* jansson refuses invalid UTF-8, and a file name in a story may hold any bytes. */
	text_clean(s, strlen(s), clean, sizeof clean);
	return json_string(clean);
}

json_t *json_tries(int n)
{
	return n == RP_TRIES_UNKNOWN ? json_null() : json_integer(n);
}

json_t *json_card(const struct rp_card_facts *f)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "profile", f->profile, "number", json_text(f->number),
			 "holder", json_text(f->holder), "valid_from", json_text(f->valid_from), "valid_to",
			 json_text(f->valid_to));
}

json_t *json_pin(const struct rp_pin_facts *p)
{
	json_t *pin = json_pack("{s:s, s:s, s:o, s:o}", "id", rp_slot_word(p->slot), "state",
				rp_pin_state_word(p->state), "tries_left", json_tries(p->tries_left),
				"tries_max", json_tries(p->tries_max));

	/* One PIN in two places: a difference is a half-done change, or another program's doing. */
	if (pin != NULL && p->n_refs == 2 &&
	    json_object_set_new(
		    pin, "tries_left_places",
		    json_pack("[o, o]", json_tries(p->ref_tries[0]), json_tries(p->ref_tries[1]))) != 0) {
		json_decref(pin);
		return NULL;
	}
	return pin;
}

static bool print(const json_t *j)
{
	char *line = j != NULL ? json_dumps(j, JSON_ENSURE_ASCII * (out_is_ascii() ? 1u : 0u)) : NULL;

	if (line == NULL)
		return false;
	out_text(OUT_RESULT, line);
	out_gap(OUT_RESULT);
	free(line);
	return true;
}

rp_code json_show(json_t *j, struct trouble *t)
{
	const bool good = print(j);

	json_decref(j);
	return good ? RP_OK : rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the answer");
}

/* Keys that stand only where they have something to say. False: no memory. */
static bool add_word(json_t *j, const char *key, const char *word)
{
	return word == NULL || word[0] == '\0' || json_object_set_new(j, key, json_string(word)) == 0;
}

/* Where tries are counted, for commands that know two places; NULL: it is not about tries. */
static const char *where_spent(const struct trouble *t)
{
	const int exit_status = rp_code_exit(t->err.code);

	if (t->err.spent_at_issuer || t->err.problem == RP_PROBLEM_CODE_WRONG ||
	    t->err.problem == RP_PROBLEM_CODE_BLOCKED)
		return "issuer";
	return (t->deed >= DEED_RESERVE && t->deed <= DEED_RESET) && exit_status >= 4 && exit_status <= 7
		       ? "card"
		       : NULL;
}

void json_trouble(const struct trouble *t)
{
	const struct rp_error *e = &t->err;
	char sw[5] = "";
	json_t *j, *error;

	if (e->sw != 0)
		(void)snprintf(sw, sizeof sw, "%04X", (unsigned)e->sw);
	error = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "code", rp_code_word(e->code), "slot",
			  json_text(rp_slot_word(e->slot)), "sw", json_text(sw), "tries_left",
			  json_tries(e->tries_left), "tries_spent",
			  e->tries_spent == RP_SPENT_UNKNOWN ? json_null() : json_integer(e->tries_spent),
			  "message", json_text(t->message), "next", json_text(t->next));
	if (!add_word(error, "problem", e->problem != RP_PROBLEM_NONE ? rp_problem_slug(e->problem) : NULL) ||
	    !add_word(error, "tries_spent_at", where_spent(t)) || !add_word(error, "rule", t->rule) ||
	    (e->of_source && json_object_set_new(error, "of_source", json_true()) != 0) ||
	    !add_word(error, "door", t->door) || !add_word(error, "door_else", t->door_else)) {
		json_decref(error);
		error = NULL;
	}
	j = json_pack("{s:o}", "error", error);
	/* Without memory for the object a fixed one still tells a script that it failed. */
	if (!print(j))
		out_text(OUT_RESULT, "{\"error\": {\"code\": \"no-memory\"}}\n");
	json_decref(j);
}
