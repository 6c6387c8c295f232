/* SPDX-License-Identifier: Apache-2.0 */
/* The clerk's sheet from JSON; apart, because those who play the domain need it too. */
#include <stdio.h>
#include <string.h>

#include "issuer/counter.h"

#define N(list) (sizeof(list) / sizeof(list)[0])
#define AGE_MAX 130

static const char *const facts_words[] = {[FACT_UNKNOWN] = "unknown", [FACT_NO] = "no", [FACT_YES] = "yes"};
static const char *const owners[] = {[OWNER_HOLDER] = "holder", [OWNER_APPLICANT] = "applicant"};

/* The members below may be left out: not known, or no. */
static void take_fact(struct jin *in, const char *name, enum fact *ret)
{
	size_t k = FACT_UNKNOWN;

	if (jin_has(in, name))
		jin_word(in, name, facts_words, N(facts_words), &k);
	*ret = (enum fact)k;
}

static void take_flag(struct jin *in, const char *name, bool *ret)
{
	if (jin_has(in, name))
		jin_bool(in, name, ret);
}

static void take_date(struct jin *in, const char *name, struct date *ret)
{
	char text[11] = "";

	if (!jin_has(in, name))
		return;
	jin_text(in, name, 10, 10, text);
	if (!in->failed && !date_from_text(text, ret))
		jin_fail(in, name, "is no day");
}

static void take_facts(struct jin *in, struct counter_sheet *s)
{
	int64_t age = -1;

	if (jin_has(in, "holder_age"))
		jin_int(in, "holder_age", 0, AGE_MAX, &age);
	s->holder_age = (int)age;
	take_flag(in, "ward", &s->ward);
	take_flag(in, "card_present", &s->card_present);
	take_flag(in, "card_pin_confirmed", &s->card_pin_confirmed);
	take_flag(in, "current_pin_verified", &s->current_pin_verified);
	take_flag(in, "representative_present", &s->representative_present);
	take_fact(in, "registered_here", &s->registered_here);
	take_fact(in, "same_household", &s->same_household);
	take_fact(in, "domicile_in_city", &s->domicile_in_city);
	take_fact(in, "applicant_resident", &s->applicant_resident);
}

static void take_document(struct jin *in, struct counter_sheet *s, size_t at)
{
	struct document_shown *d = &s->shown[at];
	char kind[40] = "";
	size_t whose = 0;

	jin_text(in, "kind", 1, sizeof kind - 1, kind);
	d->kind = document_of_word(kind);
	if (!in->failed && d->kind == DOC_NONE)
		jin_fail(in, "kind", "is no document that is known");
	jin_word(in, "whose", owners, N(owners), &whose);
	d->whose = (enum document_owner)whose;
	take_date(in, "issued", &d->issued);
	take_date(in, "valid_from", &d->valid_from);
	take_date(in, "valid_to", &d->valid_to);
	take_flag(in, "name", &d->name_matches);
	take_flag(in, "birth", &d->birth_matches);
	take_flag(in, "address", &d->address_matches);
	if (jin_has(in, "named"))
		jin_text(in, "named", 0, COUNTER_WORDS, s->words[at][0]);
	if (jin_has(in, "reason"))
		jin_text(in, "reason", 0, COUNTER_WORDS, s->words[at][1]);
	d->named = s->words[at][0];
	d->reason = s->words[at][1];
}

static void inner_end(struct jin *outer, const char *name, struct jin *inner)
{
	char what[96];

	if (outer->failed || jin_done(inner))
		return;
	(void)snprintf(what, sizeof what, "%.60s", inner->what);
	jin_fail(outer, name, what);
}

void counter_sheet_read(struct jin *in, struct counter_sheet *ret)
{
	json_t *facts = jin_object(in, "facts"), *list = jin_array(in, "documents", DOCUMENTS_SHOWN_MAX);
	struct jin inner;

	memset(ret, 0, sizeof *ret);
	if (facts == NULL || list == NULL)
		return;
	json_in(&inner, facts);
	take_facts(&inner, ret);
	inner_end(in, "facts:", &inner);
	for (size_t k = 0; k < json_array_size(list) && !in->failed; k++) {
		json_t *one = json_array_get(list, k);

		if (!json_is_object(one)) {
			jin_fail(in, "documents", "holds something that is none");
			return;
		}
		json_in(&inner, one);
		take_document(&inner, ret, k);
		inner_end(in, "documents:", &inner);
		ret->n_shown = k + 1;
	}
}
