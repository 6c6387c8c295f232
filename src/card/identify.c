/* SPDX-License-Identifier: Apache-2.0 */
#include "card/identify.h"

#include "base/log.h"
#include "card/facts.h"

static rp_code confirm(struct session *s, bool *ret_yes, struct rp_error *err)
{
	switch (s->p->confirm) {
	case CONFIRM_SELECT:
		*ret_yes = true;
		return RP_OK;
	case CONFIRM_JPKI_PHONE:
		return facts_is_phone(s, ret_yes, err);
	case CONFIRM_HICOS_NUMBER:
		return facts_is_hicos(s, ret_yes, err);
	}
	return rp_fail(err, RP_E_FAULT, "the profile %s is confirmed in no known way", s->p->name);
}

/* Is it a card of this family? */
static rp_code try_family(struct session *s, const struct profile *p, bool *ret_yes, struct rp_error *err)
{
	uint16_t sw = 0;
	rp_code rc;

	s->p = p;
	session_forget(s);
	rc = session_select(s, p->first, &sw, err);
	*ret_yes = rc == RP_OK && sw == 0x9000;
	if (*ret_yes)
		rc = confirm(s, ret_yes, err);
	return rc;
}

rp_code identify_card(struct session *s, struct rp_error *err)
{
	const struct profile *by_atr = profile_by_atr(s->atr, s->atr_len);
	bool yes = false;
	rp_code rc = by_atr == NULL ? RP_OK : try_family(s, by_atr, &yes, err);

	for (size_t i = 0; rc == RP_OK && !yes && i < n_profiles; i++)
		if (profiles[i] != by_atr)
			rc = try_family(s, profiles[i], &yes, err);
	if (rc != RP_OK || !yes)
		s->p = NULL;
	if (rc != RP_OK)
		return rp_context(err, rc, "finding out the card's family");
	if (!yes)
		return rp_fail(err, RP_E_CARD_UNKNOWN, "no profile knows the card in %s", s->reader);
	log_event(LOG_LVL_INFO, "card.family", "profile=%s reader=\"%s\"", s->p->name, s->reader);
	return RP_OK;
}
