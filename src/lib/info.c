/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles as programs see them: facts without the wire. */
#include "lib/ctx.h"

static bool any_ours(const struct pin_row *row)
{
	bool ours = row->status_origin == ROW_OURS || row->change_origin == ROW_OURS;

	for (unsigned i = 0; i < row->n_unlocks; i++)
		ours = ours || row->unlock[i].origin == ROW_OURS;
	return ours;
}

static void fill_pin(const struct profile *p, const struct pin_row *row, struct rp_pin_info *ret)
{
	*ret = (struct rp_pin_info){
		.slot = row->slot,
		.len_min = row->len_min,
		.len_max = row->len_max,
		.chars_current = row->chars_current,
		.chars_new = row->chars_new,
		.to_upper = row->to_upper,
		.refuse_all_same = row->refuse_all_same,
		.tries_max = row->tries_max,
		.can_change = row->change != CHANGE_NONE,
		.app_only = p->app_only,
		.hidden = row->hidden,
		.issuer_only = row->issuer_only,
		.secret_only = row->secret_only,
		.locked_is_dead = row->locked_is_dead,
		.ours = any_ours(row),
		.tries_are_told = row->status != STATUS_NONE,
		.n_unlocks = row->n_unlocks,
		.source = row->source,
	};
	for (unsigned i = 0; i < row->n_unlocks; i++)
		ret->unlock[i] = (struct rp_unlock_info){.code = row->unlock[i].code,
							 .secret = row->unlock[i].secret,
							 .last_way = row->unlock[i].last_way,
							 .ours = row->unlock[i].origin == ROW_OURS,
							 .source = row->unlock[i].source};
}

static void fill_profile(const struct profile *p, struct rp_profile_info *ret)
{
	*ret = (struct rp_profile_info){.name = p->name, .title = p->title, .source = p->source};
	for (size_t i = 0; i < p->n_pins && i < RP_PINS_MAX; i++)
		fill_pin(p, &p->pins[i], &ret->pins[ret->n_pins++]);
}

size_t rp_profile_count(void)
{
	return n_profiles;
}

bool rp_profile(size_t i, struct rp_profile_info *ret)
{
	if (i >= n_profiles)
		return false;
	fill_profile(profiles[i], ret);
	return true;
}

bool rp_profile_of(const char *name, struct rp_profile_info *ret)
{
	const struct profile *p = profile_by_name(name);

	if (p == NULL)
		return false;
	fill_profile(p, ret);
	return true;
}

bool rp_pin_info(const char *profile, rp_slot slot, struct rp_pin_info *ret)
{
	const struct profile *p = profile_by_name(profile);
	const struct pin_row *row = p == NULL ? NULL : profile_pin(p, slot);

	if (row == NULL)
		return false;
	fill_pin(p, row, ret);
	return true;
}
