/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk's sheet: from the API's JSON what the rules ask for, to what is stored and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "issuer/counter_in.h"

#define N(list) (sizeof(list) / sizeof(list)[0])

static const char *const facts_words[] = {[FACT_UNKNOWN] = "unknown", [FACT_NO] = "no", [FACT_YES] = "yes"};
static const char *const owners[] = {[OWNER_HOLDER] = "holder", [OWNER_APPLICANT] = "applicant"};
static const char *const applicants[] = {[APPLICANT_SELF] = "self",
					 [APPLICANT_REPRESENTATIVE] = "representative",
					 [APPLICANT_AGENT] = "agent"};
static const char *const acts[] = {[ACT_RESET] = "reset", [ACT_CHANGE] = "change"};

const char *applicant_word(enum applicant a)
{
	return applicants[a];
}

bool applicant_of_word(const char *word, enum applicant *ret)
{
	const size_t k = text_index(applicants, N(applicants), word);

	if (k == N(applicants))
		return false;
	*ret = (enum applicant)k;
	return true;
}

/* --- out --- */

json_t *sheet_facts_json(const struct counter_sheet *s)
{
	json_t *j = json_pack("{s:b,s:b,s:b,s:b,s:b,s:s,s:s,s:s,s:s}", "ward", s->ward, "card_present",
			      s->card_present, "card_pin_confirmed", s->card_pin_confirmed,
			      "current_pin_verified", s->current_pin_verified, "representative_present",
			      s->representative_present, "same_household", facts_words[s->same_household],
			      "domicile_in_city", facts_words[s->domicile_in_city], "applicant_resident",
			      facts_words[s->applicant_resident], "registered_here",
			      facts_words[s->registered_here]);

	if (j != NULL && s->holder_age >= 0 &&
	    json_object_set_new(j, "holder_age", json_integer(s->holder_age)) != 0) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static bool put_date(json_t *j, const char *name, struct date d)
{
	char text[24];

	if (!date_is_set(d))
		return true;
	(void)snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
	return json_object_set_new(j, name, json_string(text)) == 0;
}

static bool put_words(json_t *j, const char *name, const char *text)
{
	return text[0] == '\0' || json_object_set_new(j, name, json_string(text)) == 0;
}

static json_t *document_json(const struct document_shown *d)
{
	json_t *j = json_pack("{s:s,s:s,s:b,s:b,s:b}", "kind", documents[d->kind].word, "whose",
			      owners[d->whose], "name", d->name_matches, "birth", d->birth_matches, "address",
			      d->address_matches);

	if (j != NULL && put_date(j, "issued", d->issued) && put_date(j, "valid_from", d->valid_from) &&
	    put_date(j, "valid_to", d->valid_to) && put_words(j, "named", d->named) &&
	    put_words(j, "reason", d->reason))
		return j;
	json_decref(j);
	return NULL;
}

json_t *sheet_documents_json(const struct counter_sheet *s)
{
	json_t *list = json_array();

	for (size_t k = 0; list != NULL && k < s->n_shown; k++)
		if (json_array_append_new(list, document_json(&s->shown[k])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* --- rows --- */

static rp_code put_json(json_t *j, char *ret, size_t cap, struct rp_error *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;
	rp_code rc;

	json_decref(j);
	if (text == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a sheet");
	if (strlen(text) >= cap)
		rc = rp_refuse(err, RP_PROBLEM_MALFORMED, "the sheet holds too much");
	else
		rc = text_put(ret, cap, text, err);
	free(text);
	return rc;
}

rp_code sheet_put(const struct counter_sheet *s, struct row_application *ret, struct rp_error *err)
{
	rp_code rc = put_json(sheet_facts_json(s), ret->facts, sizeof ret->facts, err);

	return rc == RP_OK ? put_json(sheet_documents_json(s), ret->shown, sizeof ret->shown, err) : rc;
}

rp_code sheet_load(const struct row_application *row, struct counter_sheet *ret, struct rp_error *err)
{
	json_t *facts = json_loads(row->facts, JSON_REJECT_DUPLICATES, NULL);
	json_t *shown = json_loads(row->shown, JSON_REJECT_DUPLICATES, NULL);
	json_t *both = facts != NULL && shown != NULL
			       ? json_pack("{s:O,s:O}", "facts", facts, "documents", shown)
			       : NULL;
	struct jin in;
	rp_code rc = RP_OK;

	json_decref(facts);
	json_decref(shown);
	if (both == NULL)
		return rp_fail(err, RP_E_STORE, "the sheet of an application cannot be read");
	json_in(&in, both);
	counter_sheet_read(&in, ret);
	if (!jin_done(&in))
		rc = rp_fail(err, RP_E_STORE, "the sheet of an application: %s", in.what);
	json_decref(both);
	return rc;
}

bool wishes_read(const char *text, struct counter_wish ret[COUNTER_WISHES_MAX], size_t *ret_n)
{
	size_t n = 0;

	while (*text != '\0') {
		char slot[16], act[16];
		const size_t a = strcspn(text, ":"), b = text[a] == ':' ? strcspn(text + a + 1, ",") : 0;
		size_t k;

		if (n == COUNTER_WISHES_MAX || text[a] != ':' || a >= sizeof slot || b >= sizeof act)
			return false;
		(void)snprintf(slot, sizeof slot, "%.*s", (int)a, text);
		(void)snprintf(act, sizeof act, "%.*s", (int)b, text + a + 1);
		k = text_index(acts, N(acts), act);
		ret[n].slot = rp_slot_from_word(slot);
		if (k == N(acts) || ret[n].slot == RP_SLOT_NONE)
			return false;
		ret[n++].act = (enum counter_act)k;
		text += a + 1 + b;
		text += *text == ',' ? 1 : 0;
	}
	*ret_n = n;
	return n > 0;
}
