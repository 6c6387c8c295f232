/* SPDX-License-Identifier: Apache-2.0 */
/* Groups, terminals, operators and stops; what needs two people goes to approve.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/bytes.h"
#include "issuer/people.h"
#include "issuer/totp.h"
#include "rules/hours_text.h"

#define PASSWORD_MIN 10

/* Names of people and things: they stand in logs, files and addresses. */
static rp_code check_name(const char *name, struct rp_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const size_t len = strlen(name);

	if (len == 0 || len >= ROW_NAME || strspn(name, allowed) != len || name[0] == '-' || name[0] == '.')
		return rp_fail(
			err, RP_E_USAGE,
			"a name has at most %d letters, digits and - _ . and begins with none of these",
			ROW_NAME - 1);
	return RP_OK;
}

/* --- groups --- */

/* "mynumber:sign,mynumber:auth": each a PIN that the table of doors knows. */
static rp_code check_slots(const char *slots, struct rp_error *err)
{
	while (slots[0] != '\0') {
		const size_t n = strcspn(slots, ",");
		const char *colon = memchr(slots, ':', n);
		char profile[24] = "", slot[24] = "";

		if (colon != NULL) {
			(void)snprintf(profile, sizeof profile, "%.*s", (int)(colon - slots), slots);
			(void)snprintf(slot, sizeof slot, "%.*s", (int)(slots + n - colon - 1), colon + 1);
		}
		if (!doors_know(profile, rp_slot_from_word(slot)))
			return rp_fail(err, RP_E_USAGE, "\"%.*s\" is no PROFILE:SLOT", (int)n, slots);
		slots += n + (slots[n] == ',' ? 1 : 0);
	}
	return RP_OK;
}

struct group_job {
	const char *by;
	const struct row_group *g;
};

static rp_code group_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct group_job *j = arg;
	struct row_group row = *j->g;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	if (rc == RP_OK)
		rc = store_run(tx, ST_GROUP_PUT, &row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(tx, &(struct people_act){.act = "group", .by = j->by, .reason = row.name},
				NULL, err);
	return rc;
}

/* They are enforced; what an older version took as free text stays as it is, and is only shown. */
static rp_code check_hours(const char *hours, struct rp_error *err)
{
	struct group_hours g;

	if (hours[0] == '\0' || hours_text_group(hours, &g))
		return RP_OK;
	return rp_fail(err, RP_E_USAGE,
		       "hours: days and times, as in 'mon-sun 6:30-23:00; closed 12-29..01-03' (repind(8))");
}

rp_code issuer_group_put(issuer *i, const char *by, const struct row_group *g, struct rp_error *err)
{
	struct group_job j = {.by = by, .g = g};
	const struct store_opts o = {0};
	rp_code rc = check_name(g->name, err);

	if (rc == RP_OK && strcmp(g->klass, "kiosk") != 0 && strcmp(g->klass, "desk") != 0)
		rc = rp_fail(err, RP_E_USAGE, "a group is of class kiosk or desk");
	if (rc == RP_OK)
		rc = check_slots(g->slots, err);
	if (rc == RP_OK)
		rc = check_hours(g->hours, err);
	return rc == RP_OK ? issuer_work(i, &o, group_work, &j, err) : rc;
}

/* --- terminals --- */

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static void text_freep(char **text)
{
	free(*text);
}

rp_code issuer_terminal_enrol(issuer *i, const char *by, const struct row_terminal *t,
			      char ret_approval[RP_ISSUER_ID], struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *args = NULL;
	RP_AUTO(text_freep) char *text = NULL;
	char hex[65] = "";
	rp_code rc = check_name(t->name, err);

	if (rc != RP_OK)
		return rc;
	if (hex_of(t->fingerprint, sizeof t->fingerprint, hex, sizeof hex))
		args = json_pack("{s:s,s:s,s:s,s:s,s:s}", "fingerprint", hex, "name", t->name, "class",
				 t->klass, "group", t->grp, "office", t->office);
	text = args != NULL ? json_dumps(args, JSON_COMPACT) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_FAULT, "the terminal cannot be written as JSON");
	return issuer_ask(i, by, "terminal", text, ret_approval, err);
}

struct lock_job {
	const char *by, *name, *reason;
	bool locked;
};

static rp_code lock_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct lock_job *j = arg;
	struct row_terminal row = {.locked = j->locked ? 1 : 0};
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN | ROLE_APPROVER, err);

	if (rc == RP_OK)
		rc = text_put(row.name, sizeof row.name, j->name, err);
	if (rc == RP_OK)
		rc = text_put(row.lock_reason, sizeof row.lock_reason, j->locked ? j->reason : "", err);
	if (rc == RP_OK)
		rc = store_run(tx, ST_TERMINAL_LOCK, &row, NULL, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "terminal %s", j->name);
	return log_people(tx,
			  &(struct people_act){.act = j->locked ? "terminal-lock" : "terminal-unlock",
					       .by = j->by,
					       .terminal = j->name,
					       .reason = j->reason},
			  NULL, err);
}

rp_code issuer_terminal_lock(issuer *i, const char *by, const char *name, bool locked, const char *reason,
			     struct rp_error *err)
{
	struct lock_job j = {.by = by, .name = name, .locked = locked, .reason = reason};
	const struct store_opts o = {0};
	rp_code rc = check_name(name, err);

	if (rc == RP_OK && locked && (reason == NULL || reason[0] == '\0'))
		rc = rp_fail(err, RP_E_USAGE, "why is it locked? a reason is missing");
	return rc == RP_OK ? issuer_work(i, &o, lock_work, &j, err) : rc;
}

/* --- operators --- */

struct operator_job {
	const char *by;
	struct row_operator row;
};

static rp_code operator_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct operator_job *j = arg;
	struct row_operator row = j->row;
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN, err);

	row.made_ms = store_now(tx);
	if (rc == RP_OK)
		rc = store_run(tx, ST_OPERATOR_PUT, &row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(
			tx,
			&(struct people_act){
				.act = "operator", .by = j->by, .outcome = row.roles, .reason = row.name},
			NULL, err);
	return rc;
}

static rp_code make_totp(issuer *i, struct row_operator *row, char ret_totp[64], struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	const struct hash_part name = {row->name, strlen(row->name)};
	uint8_t bytes[TOTP_KEY_LEN];
	rp_code rc;

	rp_random(bytes, sizeof bytes);
	rc = rp_secret_from(bytes, sizeof bytes, &key, err);
	rp_wipe(bytes, sizeof bytes);
	if (rc == RP_OK)
		rc = keys_wrap(i->keys, key, &name, row->totp.p, sizeof row->totp.p, &row->totp.len, err);
	if (rc == RP_OK)
		totp_base32(key, ret_totp);
	return rc;
}

static rp_code check_operator(const char *name, const char *roles, const rp_secret *password,
			      struct rp_error *err)
{
	unsigned bits = 0;
	rp_code rc = check_name(name, err);

	if (rc == RP_OK && strcmp(name, CONSOLE) == 0)
		rc = rp_fail(err, RP_E_USAGE, "\"%s\" is nobody's name", CONSOLE);
	if (rc == RP_OK && !roles_read(roles, &bits))
		rc = rp_fail(err, RP_E_USAGE, "roles are clerk, approver, help-desk, auditor, admin");
	if (rc == RP_OK && rp_secret_len(password) < PASSWORD_MIN)
		rc = rp_fail(err, RP_E_INPUT_LENGTH, "a password has at least %d bytes", PASSWORD_MIN);
	return rc;
}

static rp_code ready_operator(issuer *i, struct operator_job *j, const rp_secret *password, char totp[64],
			      struct rp_error *err)
{
	rp_code rc;

	if (!place_take(i))
		return rp_refuse(err, RP_PROBLEM_BUSY, "all places for passwords are taken");
	rc = password_make(password, j->row.password, err);
	place_give(i);
	return rc == RP_OK ? make_totp(i, &j->row, totp, err) : rc;
}

rp_code issuer_operator_put(issuer *i, const char *by, const char *name, const char *roles,
			    const char *office, const rp_secret *password, char ret_totp[64],
			    struct rp_error *err)
{
	struct operator_job j = {.by = by, .row = {.tries_left = SIGN_IN_TRIES}};
	const struct store_opts o = {0};
	char totp[64] = "";
	rp_code rc = check_operator(name, roles, password, err);

	if (rc == RP_OK)
		rc = text_put(j.row.name, sizeof j.row.name, name, err);
	if (rc == RP_OK)
		rc = text_put(j.row.roles, sizeof j.row.roles, roles, err);
	if (rc == RP_OK)
		rc = text_put(j.row.office, sizeof j.row.office, office, err);
	if (rc == RP_OK)
		rc = ready_operator(i, &j, password, totp, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &o, operator_work, &j, err);
	if (rc == RP_OK)
		memcpy(ret_totp, totp, sizeof totp);
	rp_wipe(totp, sizeof totp);
	return rc;
}

/* --- stops --- */

struct stop_job {
	const char *by;
	struct row_stop row;
};

static rp_code stop_work(struct store_tx *tx, void *arg, struct rp_error *err)
{
	const struct stop_job *j = arg;
	struct row_stop row = j->row;
	char what[ROW_TEXT];
	rp_code rc = by_may(tx, j->by, ROLE_ADMIN | ROLE_APPROVER, err);

	row.made_ms = store_now(tx);
	(void)snprintf(what, sizeof what, "door %s, profile %s, group %s",
		       row.door[0] != '\0' ? row.door : "any", row.profile[0] != '\0' ? row.profile : "any",
		       row.grp[0] != '\0' ? row.grp : "any");
	if (rc == RP_OK)
		rc = store_run(tx, ST_STOP_PUT, &row, NULL, err);
	if (rc == RP_OK)
		rc = log_people(tx,
				&(struct people_act){
					.act = "stop", .by = j->by, .outcome = what, .reason = row.reason},
				NULL, err);
	return rc;
}

static rp_code check_stop(const char *door, const char *profile, const char *grp, const char *reason,
			  struct rp_error *err)
{
	const bool any = (door != NULL && door[0] != '\0') || (profile != NULL && profile[0] != '\0') ||
			 (grp != NULL && grp[0] != '\0');

	if (!any)
		return rp_fail(err, RP_E_USAGE, "what is stopped? a door, a profile or a group is missing");
	if (door != NULL && door[0] != '\0' && doors_from_word(door) == DOORS_NONE)
		return rp_fail(err, RP_E_USAGE, "there is no door of this name");
	if (reason == NULL || reason[0] == '\0')
		return rp_fail(err, RP_E_USAGE, "why is it stopped? a reason is missing");
	return RP_OK;
}

rp_code issuer_stop(issuer *i, const char *by, const char *door, const char *profile, const char *grp,
		    const char *reason, char ret_id[RP_ISSUER_ID], struct rp_error *err)
{
	struct stop_job j = {.by = by};
	const struct store_opts o = {0};
	rp_code rc = check_stop(door, profile, grp, reason, err);

	id_new(j.row.id);
	if (rc == RP_OK)
		rc = text_put(j.row.door, sizeof j.row.door, door, err);
	if (rc == RP_OK)
		rc = text_put(j.row.profile, sizeof j.row.profile, profile, err);
	if (rc == RP_OK)
		rc = text_put(j.row.grp, sizeof j.row.grp, grp, err);
	if (rc == RP_OK)
		rc = text_put(j.row.reason, sizeof j.row.reason, reason, err);
	if (rc == RP_OK)
		rc = text_put(j.row.made_by, sizeof j.row.made_by, by, err);
	if (rc == RP_OK)
		rc = issuer_work(i, &o, stop_work, &j, err);
	if (rc == RP_OK)
		(void)snprintf(ret_id, RP_ISSUER_ID, "%s", j.row.id);
	return rc;
}

/* --- recover --- */

rp_code issuer_recover(issuer *i, const char *by, const char *last_checkpoint, struct rp_error *err)
{
	RP_AUTO(json_freep) json_t *args = NULL;
	RP_AUTO(text_freep) char *text = NULL;
	char note[2048], approval[RP_ISSUER_ID];

	if (i->two_people != 0)
		return rp_refuse(err, RP_PROBLEM_FOUR_EYES, "ask for it, and let another one agree");
	if (base64_of(last_checkpoint, strlen(last_checkpoint), note, sizeof note))
		args = json_pack("{s:s}", "checkpoint", note);
	text = args != NULL ? json_dumps(args, JSON_COMPACT) : NULL;
	if (text == NULL)
		return rp_fail(err, RP_E_USAGE, "this is no checkpoint");
	return issuer_ask(i, by, "recover", text, approval, err);
}
