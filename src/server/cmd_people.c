/* SPDX-License-Identifier: Apache-2.0 */
/* operator add, list; approve; stop, stop lift, stop list; anchors; clock */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/bytes.h"
#include "issuer/lists.h"
#include "server/files.h"
#include "server/repind.h"

#define PASSWORD_CHARS 20

/* --- operators --- */

/* The URI that authenticators take. Source: Google Authenticator, "Key URI Format". */
static int totp_uri(char *ret, size_t cap, const char *issuer_name, const char *name, const char *secret)
{
	return snprintf(ret, cap, "otpauth://totp/%s:%s?secret=%s&issuer=%s", issuer_name, name, secret,
			issuer_name);
}

static rp_code put_files(const char *dir, const char *name, const rp_secret *password, const char *uri,
			 struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *totp = NULL;
	char path[SETTINGS_PATH];
	rp_code rc = rp_secret_from(uri, strlen(uri), &totp, err);

	if (rc == RP_OK && snprintf(path, sizeof path, "%s/%s.password", dir, name) >= (int)sizeof path)
		rc = rp_fail(err, RP_E_USAGE, "the directory's path is too long");
	if (rc == RP_OK)
		rc = files_put_secret(path, password, err);
	if (rc != RP_OK)
		return rc;
	(void)snprintf(path, sizeof path, "%s/%s.totp", dir, name);
	return files_put_secret(path, totp, err);
}

rp_code operator_put(struct app *a, const struct new_operator *o, struct rp_error *err)
{
	char secret[64] = "", uri[256] = "";
	rp_code rc = issuer_operator_put(a->i, a->by, o->name, o->roles, o->office, o->password, secret, err);

	if (rc == RP_OK && totp_uri(uri, sizeof uri, a->set->name, o->name, secret) >= (int)sizeof uri)
		rc = rp_fail(err, RP_E_USAGE, "the names are too long for an authenticator's address");
	if (rc == RP_OK && o->dir != NULL)
		rc = put_files(o->dir, o->name, o->password, uri, err);
	else if (rc == RP_OK)
		(void)printf("%s\n", uri);
	rp_wipe(secret, sizeof secret);
	rp_wipe(uri, sizeof uri);
	return rc;
}

rp_code operator_generate(struct app *a, struct new_operator *o, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *password = NULL;
	rp_code rc;

	if (mkdir(o->dir, 0700) != 0 && errno != EEXIST)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be made: %s", o->dir, strerror(errno));
	rc = files_random_text(PASSWORD_CHARS, &password, err);
	o->password = password;
	if (rc == RP_OK)
		rc = operator_put(a, o, err);
	o->password = NULL;
	return rc;
}

/* --card PROFILE:NUMBER, each one of the operator's own. */
static rp_code put_own_cards(struct app *a, const char *name, struct rp_error *err)
{
	rp_code rc = RP_OK;

	for (size_t k = 0; rc == RP_OK && k < a->args.n_many; k++) {
		const char *value = a->args.many[k].value, *colon = strchr(value, ':');
		char profile[24] = "";

		if (a->args.many[k].opt != OPT_CARD)
			continue;
		if (colon == NULL)
			return rp_fail(err, RP_E_USAGE, "--card PROFILE:NUMBER");
		(void)snprintf(profile, sizeof profile, "%.*s", (int)(colon - value), value);
		rc = issuer_operator_card(a->i, a->by, name, profile, colon + 1, err);
	}
	return rc;
}

rp_code cmd_operator_add(struct app *a, struct rp_error *err)
{
	struct new_operator o = {.name = a->args.arg[0],
				 .roles = a->args.value[OPT_ROLES],
				 .office = app_text(a, OPT_OFFICE, ""),
				 .dir = a->args.value[OPT_GENERATE]};
	rp_code rc;

	if (o.roles == NULL)
		return rp_fail(err, RP_E_USAGE, "--roles is missing");
	/* With --by the secrets are those of whoever does it, so the new password is made. */
	if (a->args.value[OPT_BY] != NULL && o.dir == NULL)
		return rp_fail(err, RP_E_USAGE, "with --by the new password is made: --generate DIR");
	rc = app_open_by(a, err);
	if (rc == RP_OK && o.dir != NULL)
		rc = operator_generate(a, &o, err);
	else if (rc == RP_OK) {
		rc = ask_secret(&a->secrets, SECRET_PASSWORD, "New password", true, &o.password, err);
		if (rc == RP_OK)
			rc = operator_put(a, &o, err);
	}
	if (rc == RP_OK)
		rc = put_own_cards(a, o.name, err);
	if (rc == RP_OK && o.dir != NULL)
		(void)printf("%s can sign in with %s/%s.password and %s/%s.totp\n", o.name, o.dir, o.name,
			     o.dir, o.name);
	return rc;
}

static void say_time(int64_t ms, char ret[32])
{
	const time_t t = (time_t)(ms / 1000);
	struct tm tm;

	(void)snprintf(ret, 32, "%s", "-");
	if (ms != 0 && gmtime_r(&t, &tm) != NULL)
		(void)strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static rp_code say_operator(void *arg, const void *row, struct rp_error *err)
{
	const struct row_operator *o = row;
	char at[32];

	(void)arg;
	(void)err;
	say_time(o->tries_ms, at);
	(void)printf("%s\t%s\t%s\t%s\ttries %" PRId64 ", last %s\n", o->name, o->roles, o->office,
		     o->disabled != 0 ? "disabled" : "active", o->tries_left, at);
	return RP_OK;
}

rp_code cmd_operator_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	return rc == RP_OK ? issuer_list(a->i, LIST_OPERATORS, say_operator, NULL, err) : rc;
}

/* --- approve --- */

static rp_code say_approval(void *arg, const void *row, struct rp_error *err)
{
	const struct row_approval *p = row;
	char until[32];

	(void)err;
	*(bool *)arg = true;
	say_time(p->until_ms, until);
	(void)printf("%s\t%s\tasked by %s\tuntil %s\t%s\n", p->id, p->act, p->asked_by, until, p->args);
	return RP_OK;
}

static rp_code say_waiting(struct app *a, struct rp_error *err)
{
	bool any = false;
	const rp_code rc = issuer_list(a->i, LIST_APPROVALS, say_approval, &any, err);

	if (rc == RP_OK && !any)
		(void)printf("nothing waits for a second person\n");
	return rc;
}

rp_code cmd_approve(struct app *a, struct rp_error *err)
{
	rp_code rc;

	(void)snprintf(a->by, sizeof a->by, "console");
	/* The anchors themselves may be what is to be agreed to. */
	rc = app_open_unchecked(a, err);
	if (rc == RP_OK && a->args.value[OPT_BY] != NULL)
		rc = app_sign_in(a, a->args.value[OPT_BY], err);
	if (rc == RP_OK && a->args.n_arg == 0)
		return say_waiting(a, err);
	for (size_t k = 0; rc == RP_OK && k < a->args.n_arg; k++) {
		rc = issuer_agree(a->i, a->by, a->args.arg[k], err);
		if (rc == RP_OK)
			(void)printf("%s is done\n", a->args.arg[k]);
	}
	return rc;
}

/* --- stops --- */

rp_code cmd_stop(struct app *a, struct rp_error *err)
{
	char id[RP_ISSUER_ID] = "";
	rp_code rc = app_open_by(a, err);

	if (rc == RP_OK)
		rc = issuer_stop(a->i, a->by, app_text(a, OPT_DOOR, ""), app_text(a, OPT_PROFILE, ""),
				 app_text(a, OPT_GROUP, ""), a->args.value[OPT_REASON], id, err);
	if (rc == RP_OK)
		(void)printf("stopped; two people lift it: repind stop lift %s\n", id);
	return rc;
}

rp_code cmd_stop_lift(struct app *a, struct rp_error *err)
{
	char approval[RP_ISSUER_ID] = "", args[128];
	rp_code rc;

	if (strspn(a->args.arg[0], "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != strlen(a->args.arg[0]) ||
	    snprintf(args, sizeof args, "{\"id\":\"%s\"}", a->args.arg[0]) >= (int)sizeof args)
		return rp_fail(err, RP_E_USAGE, "%s is no number of a stop", a->args.arg[0]);
	rc = app_open_by(a, err);
	if (rc == RP_OK)
		rc = issuer_ask(a->i, a->by, "lift-stop", args, approval, err);
	if (rc == RP_OK)
		app_say_approval(approval, "the stop is lifted");
	return rc;
}

static rp_code say_stop(void *arg, const void *row, struct rp_error *err)
{
	const struct row_stop *s = row;
	char at[32];

	(void)arg;
	(void)err;
	say_time(s->made_ms, at);
	(void)printf("%s\tdoor %s\tprofile %s\tgroup %s\t%s, by %s\t%s\n", s->id,
		     s->door[0] != '\0' ? s->door : "any", s->profile[0] != '\0' ? s->profile : "any",
		     s->grp[0] != '\0' ? s->grp : "any", at, s->made_by, s->reason);
	return RP_OK;
}

rp_code cmd_stop_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	return rc == RP_OK ? issuer_list(a->i, LIST_STOPS, say_stop, NULL, err) : rc;
}

/* --- anchors --- */

rp_code cmd_anchors(struct app *a, struct rp_error *err)
{
	char approval[RP_ISSUER_ID] = "", hex[65] = "", args[128];
	uint8_t hash[SHA256_LEN];
	rp_code rc;

	(void)snprintf(a->by, sizeof a->by, "console");
	rc = app_open_unchecked(a, err);
	if (rc == RP_OK && a->args.value[OPT_BY] != NULL)
		rc = app_sign_in(a, a->args.value[OPT_BY], err);
	if (rc == RP_OK)
		rc = app_anchors_hash(a, hash, err);
	if (rc == RP_OK && !hex_of(hash, sizeof hash, hex, sizeof hex))
		rc = rp_fail(err, RP_E_FAULT, "the hash of the anchors cannot be written");
	if (rc != RP_OK)
		return rc;
	(void)printf("%s has SHA-256 %s\n", a->set->anchors, hex);
	(void)snprintf(args, sizeof args, "{\"sha256\":\"%s\"}", hex);
	rc = issuer_ask(a->i, a->by, "anchors", args, approval, err);
	if (rc == RP_OK)
		app_say_approval(approval, "these anchors are agreed to");
	return rc;
}

/* --- clock --- */

rp_code cmd_clock(struct app *a, struct rp_error *err)
{
	char approval[RP_ISSUER_ID] = "", args[64];
	struct timespec now;
	rp_code rc = app_open_by(a, err);

	if (rc == RP_OK && clock_gettime(CLOCK_REALTIME, &now) != 0)
		rc = rp_fail(err, RP_E_FAULT, "this machine has no clock");
	if (rc != RP_OK)
		return rc;
	(void)snprintf(args, sizeof args, "{\"now_ms\":%lld}", (long long)now.tv_sec * 1000);
	rc = issuer_ask(a->i, a->by, "clock", args, approval, err);
	if (rc == RP_OK)
		app_say_approval(approval, "the time is that of this machine");
	return rc;
}
