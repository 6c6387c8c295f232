/* SPDX-License-Identifier: Apache-2.0 */
/* What Repin knows of each card family: rules, limits, ways back, and where each fact comes from. */
#include "cli/cli.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *chars_word(enum rp_charset chars)
{
	switch (chars) {
	case RP_CHARS_DIGITS:
		return "digits";
	case RP_CHARS_UPPER_ALNUM:
		return "upper-alnum";
	case RP_CHARS_ALNUM:
		return "alnum";
	case RP_CHARS_GRAPHIC:
		return "graphic";
	case RP_CHARS_PRINTABLE:
		break;
	}
	return "printable";
}

static json_t *unlocks_json(const struct rp_pin_info *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->n_unlocks; i++)
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:b, s:o}", "slot", rp_slot_word(p->unlock[i].code),
				  "secret", p->unlock[i].secret, "last_way", (int)p->unlock[i].last_way,
				  "ours", (int)p->unlock[i].ours, "source", json_text(p->unlock[i].source)));
	return list;
}

static json_t *pin_json(const struct rp_pin_info *p)
{
	return json_pack(
		"{s:s, s:o, s:o, s:s, s:b, s:b, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o}", "id",
		rp_slot_word(p->slot), "len_min", p->len_max > 0 ? json_integer(p->len_min) : json_null(),
		"len_max", p->len_max > 0 ? json_integer(p->len_max) : json_null(), "characters",
		chars_word(p->chars_new), "to_upper", (int)p->to_upper, "refuse_all_same",
		(int)p->refuse_all_same, "tries_max",
		p->tries_max == RP_TRIES_UNKNOWN ? json_null() : json_integer(p->tries_max), "tries_are_told",
		(int)p->tries_are_told, "change", (int)p->can_change, "app_only", (int)p->app_only, "hidden",
		(int)p->hidden, "issuer_only", (int)p->issuer_only, "secret_only", (int)p->secret_only,
		"locked_is_dead", (int)p->locked_is_dead, "ours", (int)p->ours, "unlock", unlocks_json(p),
		"source", json_text(p->source));
}

static json_t *profile_json(const struct rp_profile_info *info)
{
	json_t *pins = json_array();

	for (size_t i = 0; i < info->n_pins; i++)
		(void)json_array_append_new(pins, pin_json(&info->pins[i]));
	return json_pack("{s:s, s:o, s:o, s:o}", "profile", info->name, "title", json_text(info->title),
			 "source", json_text(info->source), "pins", pins);
}

static const char *unlock_words(const struct rp_pin_info *p, char *buf, size_t cap)
{
	if (p->n_unlocks == 0)
		return "-";
	(void)snprintf(buf, cap, "%s%s%s", p->unlock[0].secret, p->n_unlocks > 1 ? ", " : "",
		       p->n_unlocks > 1 ? p->unlock[1].secret : "");
	return buf;
}

static void add_row(struct table *table, const struct rp_pin_info *p)
{
	char text[128];

	table_row(table);
	table_cell(table, 0, STYLE_PLAIN, rp_slot_word(p->slot));
	words_format(p, text, sizeof text);
	table_cell(table, 1, STYLE_PLAIN, text);
	if (p->tries_max == RP_TRIES_UNKNOWN)
		(void)snprintf(text, sizeof text, "%s", "-");
	else
		(void)snprintf(text, sizeof text, "%d", p->tries_max);
	table_cell(table, 2, STYLE_PLAIN, text);
	table_cell(table, 3, STYLE_PLAIN, p->app_only ? _("in the app") : p->can_change ? _("yes") : _("no"));
	table_cell(table, 4, STYLE_PLAIN, unlock_words(p, text, sizeof text));
	table_cell(table, 5, STYLE_PLAIN, p->ours ? _("our own design") : _("public"));
}

static rp_code show(const struct rp_profile_info *info, struct trouble *t)
{
	RP_AUTO(table_free) struct table table = {0};
	const char *const heads[] = {_("PIN"),	  _("Format"),	    _("Tries"),
				     _("Change"), _("Unlock with"), _("Commands")};

	out_parf(OUT_RESULT, 0, "%s: %s", info->name, words_family(info->name));
	if (info->source != NULL)
		out_parf(OUT_RESULT, 2, _("Source: %s"), info->source);
	table_row(&table);
	for (size_t c = 0; c < sizeof heads / sizeof heads[0]; c++)
		table_cell(&table, c, STYLE_HEAD, heads[c]);
	for (size_t i = 0; i < info->n_pins; i++)
		add_row(&table, &info->pins[i]);
	if (!table_show(&table, OUT_RESULT, 2))
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the table");
	for (size_t i = 0; i < info->n_pins; i++) {
		const struct rp_pin_info *p = &info->pins[i];

		if (p->source != NULL)
			out_parf(OUT_RESULT, 2, "%s: %s", rp_slot_word(p->slot), p->source);
		for (size_t k = 0; k < p->n_unlocks; k++)
			if (p->unlock[k].source != NULL)
				out_parf(OUT_RESULT, 2, "%s, %s: %s", rp_slot_word(p->slot),
					 p->unlock[k].secret, p->unlock[k].source);
	}
	out_gap(OUT_RESULT);
	return RP_OK;
}

static bool is_wanted(const struct opts *o, const char *name)
{
	for (size_t i = 0; i < o->n_args; i++)
		if (strcmp(o->args[i], name) == 0)
			return true;
	return o->n_args == 0;
}

static rp_code check_names(const struct opts *o, struct rp_profile_info *scratch, struct trouble *t)
{
	for (size_t i = 0; i < o->n_args; i++)
		if (!rp_profile_of(o->args[i], scratch))
			return trouble_say(t, RP_E_USAGE, _("'repin profiles' lists them all."),
					   _("No card family has the name '%s'."), o->args[i]);
	return RP_OK;
}

rp_code cmd_profiles(struct app *a, struct trouble *t)
{
	struct rp_profile_info info;
	json_t *list = NULL;
	rp_code rc = check_names(&a->o, &info, t);

	if (rc != RP_OK)
		return rc;
	if (a->o.json)
		list = json_array();
	else
		out_para(OUT_RESULT, 0,
			 _("Commands marked 'our own design' are in no public source: they go only to cards "
			   "that show that they are ours, never to a card that could be a real one."));
	for (size_t i = 0; rp_profile(i, &info); i++) {
		if (!is_wanted(&a->o, info.name))
			continue;
		if (a->o.json)
			(void)json_array_append_new(list, profile_json(&info));
		else
			rc = show(&info, t);
		if (rc != RP_OK)
			return rc;
	}
	if (a->o.json)
		return json_show(json_pack("{s:o}", "profiles", list), t);
	/* Here the rules are read as a promise, so here the limit is told. */
	out_para(OUT_RESULT, 0, _(policy_rules[POLICY_OTHER_PROGRAMS].text));
	return RP_OK;
}
