/* SPDX-License-Identifier: Apache-2.0 */
/* terminal enrol, lock, unlock, list; group set, list; office list */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "issuer/lists.h"
#include "server/ca.h"
#include "server/files.h"
#include "server/repind.h"

/* --- terminal enrol --- */

/* NAME.pem and NAME.key, made in a directory that is made if missing. */
struct made {
	char cert[SETTINGS_PATH], key[SETTINGS_PATH];
	bool there;
};

static rp_code make_certificate(struct app *a, const char *name, const char *dir, struct made *m,
				uint8_t ret[SHA256_LEN], struct rp_error *err)
{
	RP_AUTO(ca_freep) struct ca *ca = NULL;
	rp_code rc;

	if (a->set->terminal_ca_key[0] == '\0')
		return rp_fail(err, RP_E_CONFIG,
			       "terminal-ca-key is not configured: give the terminal's certificate "
			       "with --certificate FILE");
	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return rp_fail(err, RP_E_CONFIG, "%s cannot be made: %s", dir, strerror(errno));
	if (snprintf(m->cert, sizeof m->cert, "%s/%s.pem", dir, name) >= (int)sizeof m->cert ||
	    snprintf(m->key, sizeof m->key, "%s/%s.key", dir, name) >= (int)sizeof m->key)
		return rp_fail(err, RP_E_USAGE, "--out is too long");
	rc = ca_open(a->set->terminal_ca, a->set->terminal_ca_key, &ca, err);
	if (rc == RP_OK)
		rc = ca_issue_terminal(ca, name, m->cert, m->key, ret, err);
	m->there = rc == RP_OK;
	return rc;
}

static rp_code certificate(struct app *a, const char *name, struct made *m, uint8_t ret[SHA256_LEN],
			   struct rp_error *err)
{
	const char *file = a->args.value[OPT_CERTIFICATE];

	if (file != NULL)
		return ca_terminal_fingerprint(file, a->set->terminal_ca, ret, err);
	if (a->args.value[OPT_OUT] == NULL)
		return rp_fail(err, RP_E_USAGE,
			       "--out DIR for a new key and certificate, or "
			       "--certificate FILE for one that is there");
	return make_certificate(a, name, a->args.value[OPT_OUT], m, ret, err);
}

/* A key of a terminal that was not enrolled is of no use, and would be in the way of the next try. */
static void unmake(const struct made *m)
{
	if (!m->there)
		return;
	(void)remove(m->cert);
	(void)remove(m->key);
}

rp_code cmd_terminal_enrol(struct app *a, struct rp_error *err)
{
	const char *name = a->args.arg[0];
	struct row_terminal t = {0};
	struct made made = {.there = false};
	char approval[RP_ISSUER_ID] = "";
	rp_code rc = app_field(a, OPT_CLASS, true, t.klass, err);

	if (rc == RP_OK)
		rc = app_field(a, OPT_GROUP, false, t.grp, err);
	if (rc == RP_OK)
		rc = app_field(a, OPT_OFFICE, false, t.office, err);
	if (rc == RP_OK && (snprintf(t.name, sizeof t.name, "%s", name) >= (int)sizeof t.name ||
			    strchr(name, '/') != NULL || name[0] == '.'))
		rc = rp_fail(err, RP_E_USAGE, "%s is no name for a terminal", name);
	if (rc == RP_OK)
		rc = app_open_by(a, err);
	if (rc == RP_OK)
		rc = certificate(a, name, &made, t.fingerprint, err);
	if (rc == RP_OK)
		rc = issuer_terminal_enrol(a->i, a->by, &t, approval, err);
	if (rc == RP_OK)
		app_say_approval(approval, "the terminal is enrolled");
	else
		unmake(&made);
	return rc;
}

static rp_code lock(struct app *a, bool locked, struct rp_error *err)
{
	rp_code rc = app_open_by(a, err);

	if (rc == RP_OK)
		rc = issuer_terminal_lock(a->i, a->by, a->args.arg[0], locked, a->args.value[OPT_REASON],
					  err);
	if (rc == RP_OK)
		(void)printf("%s is %s\n", a->args.arg[0], locked ? "locked" : "not locked");
	return rc;
}

rp_code cmd_terminal_lock(struct app *a, struct rp_error *err)
{
	return lock(a, true, err);
}

rp_code cmd_terminal_unlock(struct app *a, struct rp_error *err)
{
	return lock(a, false, err);
}

static rp_code say_terminal(void *arg, const void *row, struct rp_error *err)
{
	const struct row_terminal *t = row;
	char hex[65] = "";

	(void)arg;
	if (!hex_of(t->fingerprint, sizeof t->fingerprint, hex, sizeof hex))
		return rp_fail(err, RP_E_FAULT, "a fingerprint cannot be written");
	(void)printf("%s\t%s\t%s\t%s\t%s\t%s\n", t->name, t->klass, t->grp, t->office,
		     t->locked != 0 ? "locked" : "active", hex);
	return RP_OK;
}

rp_code cmd_terminal_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	return rc == RP_OK ? issuer_list(a->i, LIST_TERMINALS, say_terminal, NULL, err) : rc;
}

/* --- groups --- */

rp_code cmd_group_set(struct app *a, struct rp_error *err)
{
	struct row_group g = {.listed = a->args.value[OPT_LISTED] != NULL ? 1 : 0};
	rp_code rc = app_field(a, OPT_CLASS, true, g.klass, err);

	if (rc == RP_OK)
		rc = app_field(a, OPT_SLOTS, true, g.slots, err);
	if (rc == RP_OK)
		rc = app_field(a, OPT_OPERATED_BY, false, g.operator_name, err);
	if (rc == RP_OK)
		rc = app_field(a, OPT_PLACES, false, g.places, err);
	if (rc == RP_OK)
		rc = app_field(a, OPT_HOURS, false, g.hours, err);
	if (rc == RP_OK && snprintf(g.name, sizeof g.name, "%s", a->args.arg[0]) >= (int)sizeof g.name)
		rc = rp_fail(err, RP_E_USAGE, "the name is too long");
	if (rc == RP_OK)
		rc = app_open_by(a, err);
	if (rc == RP_OK)
		rc = issuer_group_put(a->i, a->by, &g, err);
	if (rc == RP_OK)
		(void)printf("the group %s is set\n", g.name);
	return rc;
}

static rp_code say_group(void *arg, const void *row, struct rp_error *err)
{
	const struct row_group *g = row;

	(void)arg;
	(void)err;
	(void)printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", g->name, g->klass, g->slots, g->operator_name, g->places,
		     g->hours, g->listed != 0 ? "listed" : "");
	return RP_OK;
}

rp_code cmd_group_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	return rc == RP_OK ? issuer_list(a->i, LIST_GROUPS, say_group, NULL, err) : rc;
}

/* --- offices --- */

static void say_office(void *arg, const char *id, const char *municipality, const char *name_en,
		       const char *name_ja)
{
	(void)arg;
	(void)printf("%s\t%s\t%s\t%s\n", id, municipality, name_en, name_ja);
}

rp_code cmd_office_list(struct app *a, struct rp_error *err)
{
	rp_code rc = app_settings(a, err);

	if (rc == RP_OK)
		issuer_offices(say_office, NULL);
	return rc;
}
