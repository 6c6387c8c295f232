/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/internal.h"
#include "rules/hours_text.h"

void device_hash(const struct rp_device *d, uint8_t ret[32])
{
	hash_sha256(&(struct hash_part){d->key, d->key_len}, 1, ret);
}

void peer_line(const struct issuer_peer *who, char ret[65])
{
	uint8_t hash[32];

	if (who->fingerprint == NULL && who->device != NULL) {
		device_hash(who->device, hash);
		if (hex_of(hash, sizeof hash, ret, 65))
			return;
	}
	if (who->fingerprint == NULL || !hex_of(who->fingerprint, 32, ret, 65))
		memcpy(ret, "home", sizeof "home");
}

rp_code peer_ahead(struct store_tx *tx, const struct issuer_peer *who, struct rp_error *err)
{
	struct row_terminal row = {0};

	if (who->fingerprint == NULL)
		return RP_OK;
	memcpy(row.fingerprint, who->fingerprint, sizeof row.fingerprint);
	return store_ahead(tx, ST_TERMINAL_GET, &row, err);
}

rp_code peer_load(struct store_tx *tx, const struct issuer_peer *who, struct peer *ret, struct rp_error *err)
{
	struct row_terminal row = {0};
	struct peer p = {.klass = "home", .name = "home"};
	bool found;
	rp_code rc;

	peer_line(who, p.line);
	if (who->fingerprint == NULL) {
		*ret = p;
		return RP_OK;
	}
	memcpy(row.fingerprint, who->fingerprint, sizeof row.fingerprint);
	rc = store_get(tx, ST_TERMINAL_GET, &row, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading who asks");
	if (!found)
		return rp_refuse(err, RP_PROBLEM_TERMINAL, "its certificate is not enrolled");
	if (row.locked != 0)
		return rp_refuse(err, RP_PROBLEM_TERMINAL_LOCKED, "%s", row.name);
	memcpy(p.klass, row.klass, sizeof p.klass);
	memcpy(p.name, row.name, sizeof p.name);
	memcpy(p.grp, row.grp, sizeof p.grp);
	memcpy(p.office, row.office, sizeof p.office);
	*ret = p;
	return RP_OK;
}

/* Is "profile:slot" a member of the list with commas? */
static bool has_member(const char *list, const char *member)
{
	size_t len = strlen(member);

	while (list[0] != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, member, len) == 0)
			return true;
		list += n + (list[n] == ',' ? 1 : 0);
	}
	return false;
}

rp_code peer_may_reset(struct store_tx *tx, const struct peer *p, const char *profile, rp_slot slot,
		       char *ret_hours, bool *ret, struct rp_error *err)
{
	struct row_group row = {0};
	char member[48];
	bool found;
	rp_code rc;

	memcpy(row.name, p->grp, sizeof row.name);
	rc = store_get(tx, ST_GROUP_GET, &row, &found, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "reading the group of %s", p->name);
	(void)snprintf(member, sizeof member, "%s:%s", profile, rp_slot_word(slot));
	*ret = found && strcmp(row.klass, p->klass) == 0 && has_member(row.slots, member);
	if (ret_hours != NULL)
		memcpy(ret_hours, row.hours, sizeof row.hours);
	return RP_OK;
}

rp_code peer_open(const char *hours, int64_t now_ms, struct rp_error *err)
{
	const struct datetime at = datetime_from_unix(now_ms / 1000, JAPAN_OFFSET_MIN);
	struct group_hours g;
	struct hours_state h;
	struct datetime next;

	if (!hours_text_group(hours, &g))
		return RP_OK;
	h = group_open_at(&g, at);
	if (h.open || h.reason == HOURS_UNKNOWN)
		return RP_OK;
	if (!group_next_opening(&g, at, &next))
		return rp_refuse(err, RP_PROBLEM_KIOSK_CLOSED, "%s", hours);
	return rp_refuse(err, RP_PROBLEM_KIOSK_CLOSED, "%04d-%02d-%02d %02d:%02d (%s)", next.date.year,
			 next.date.month, next.date.day, next.minute / 60, next.minute % 60, hours);
}
