/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: configuration, token, database and log; the files and who answers are checked beside it. */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "issuer/lists.h"
#include "issuer/log.h"
#include "server/doctor.h"

#define SQLITE "sqlite:"
#define CLOCKS_APART_MS 5000

void doctor_found(struct doctor *d, const char *id, enum doctor_level level, rp_code code, const char *next,
		  const char *fmt, ...)
{
	static const char *const mark[] = {"+ ok", "! note", "x PROBLEM"};
	char message[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	d->notes += level == DOCTOR_NOTE;
	d->problems += level == DOCTOR_PROBLEM;
	if (level == DOCTOR_PROBLEM && d->first == RP_OK)
		d->first = code;
	(void)printf("%-9s  %-12s  %s\n", mark[level], id, message);
	if (next != NULL)
		(void)printf("%25s%s\n", "", next);
}

/* --- configuration --- */

static bool check_conf(struct doctor *d)
{
	struct rp_error err = RP_ERROR_INIT;
	const rp_code rc = settings_read(app_text(d->a, OPT_CONFIG, "/etc/repin/repind.conf"), &d->a->set,
					 &err);

	if (rc != RP_OK) {
		doctor_found(d, "config", DOCTOR_PROBLEM, rc,
			     "Mend the key that is named; repind.conf(5) has them all. Nothing else can be "
			     "checked before.",
			     "%s", err.story);
		return false;
	}
	doctor_ok(d, "config", "%s: every key is known, none is missing", d->a->set->path);
	if (!d->a->set->two_people)
		doctor_found(d, "two-people", DOCTOR_NOTE, RP_OK,
			     "Set two-people = yes before real cards are enrolled.",
			     "one person is enough for acts that need two");
	return true;
}

/* Another user finds other things: the token's PIN is its owner's alone. */
static void check_user(struct doctor *d)
{
	const struct passwd *owner;
	struct stat st;

	if (stat(d->a->set->path, &st) != 0 || st.st_uid == geteuid())
		return;
	owner = getpwuid(st.st_uid);
	doctor_found(d, "user", DOCTOR_NOTE, RP_OK,
		     "Run it as the user that serves: sudo -u USER repind doctor.",
		     "%s belongs to %s, and you are somebody else", d->a->set->path,
		     owner != NULL ? owner->pw_name : "another user");
}

/* --- token --- */

static bool check_token(struct doctor *d)
{
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc = token_use_as_is(d->a->set, &err);

	if (rc != RP_OK) {
		doctor_found(d, "token", DOCTOR_PROBLEM, rc,
			     "The next start of the server, or 'repind operator list', writes it anew.", "%s",
			     err.story);
		return false;
	}
	rc = app_keys(d->a, &err);
	if (rc != RP_OK) {
		doctor_found(
			d, "token", DOCTOR_PROBLEM, rc,
			"Look at pkcs11-module, pkcs11-token and pkcs11-pin-file, and whether this user may "
			"use the token. Without its keys no card can be reset: bring back the token's "
			"backup.",
			"%s", err.story);
		return false;
	}
	doctor_ok(d, "token", "token %s opens, and has its keys", d->a->set->token);
	return true;
}

/* --- database --- */

/* Opening would make a file that is not there. */
static bool file_is_there(struct doctor *d)
{
	const char *url = d->a->set->database;
	const size_t scheme = strlen(SQLITE);

	if (strncmp(url, SQLITE, scheme) != 0 || access(url + scheme, F_OK) == 0)
		return true;
	doctor_found(d, "database", DOCTOR_PROBLEM, RP_E_STORE_AWAY,
		     "Look at 'database' in repind.conf; a lost file comes back from its backup, and then "
		     "'repind recover'.",
		     "%s: %s", url + scheme, strerror(errno));
	return false;
}

static bool check_schema(struct doctor *d, const struct store_health *h)
{
	if (h->schema == h->wanted) {
		doctor_ok(d, "schema", "step %" PRId64 ", which is this program's", h->schema);
		return true;
	}
	doctor_found(d, "schema", DOCTOR_PROBLEM, RP_E_STORE,
		     h->schema > h->wanted ? "This program is too old for it: install the newer one again."
					   : "Make a backup, then run 'repind migrate'.",
		     "the database is at step %" PRId64 ", this program at %" PRId64, h->schema, h->wanted);
	return false;
}

static void check_standby(struct doctor *d, const struct store_health *h)
{
	if (!d->a->set->ha) {
		if (store_is_postgres(d->a->s))
			doctor_found(d, "standby", DOCTOR_NOTE, RP_OK,
				     "With a synchronous standby, set ha = yes: then no act is lost with "
				     "this machine.",
				     "none is asked for");
		return;
	}
	if (h->standby)
		doctor_ok(d, "standby", "a synchronous standby is connected");
	else
		doctor_found(
			d, "standby", DOCTOR_PROBLEM, RP_E_STORE,
			"Look at pg_stat_replication: sync_state must be 'sync' or 'quorum'. Until then the "
			"server is not ready.",
			"ha = yes, and no synchronous standby is connected");
}

static void check_clock(struct doctor *d, const struct store_health *h)
{
	struct timespec now;
	int64_t here_ms, apart_ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	here_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	apart_ms = llabs(here_ms - h->clock_ms);
	if (h->behind_ms > 0)
		doctor_found(
			d, "clock", h->behind_ms > 60000 ? DOCTOR_PROBLEM : DOCTOR_NOTE, RP_E_STORE,
			"Set the clock right (NTP). If it ran ahead before and is right now: 'repind clock', "
			"by two people.",
			"the database's clock is %" PRId64 " s behind the last time in the log",
			(h->behind_ms + 999) / 1000);
	else if (apart_ms > CLOCKS_APART_MS)
		doctor_found(
			d, "clock", DOCTOR_NOTE, RP_OK,
			"Set both by NTP: one-time passwords and reservations go by the database's clock.",
			"this machine's clock and the database's are %" PRId64 " s apart", apart_ms / 1000);
	else
		doctor_ok(d, "clock", "not behind the last time in the log");
}

static bool check_database(struct doctor *d)
{
	struct rp_error err = RP_ERROR_INIT;
	struct store_health h = {0};
	rp_code rc;

	if (!file_is_there(d))
		return false;
	rc = app_store(d->a, &err);
	if (rc == RP_OK)
		rc = store_look(d->a->s, &h, &err);
	if (rc != RP_OK) {
		doctor_found(d, "database", DOCTOR_PROBLEM, rc,
			     "Look whether the database runs, and at 'database' in repind.conf; a password "
			     "belongs into ~/.pgpass of the user that serves.",
			     "%s", err.story);
		return false;
	}
	doctor_ok(d, "database", "%s answers", store_is_postgres(d->a->s) ? "PostgreSQL" : "SQLite");
	check_standby(d, &h);
	if (!check_schema(d, &h))
		return false;
	check_clock(d, &h);
	return true;
}

/* --- what needs both --- */

static void check_seal(struct doctor *d)
{
	struct rp_error err = RP_ERROR_INIT;
	int64_t waits_ms = 0;
	const rp_code rc = issuer_seal_waits(d->a->i, &waits_ms, &err);

	if (rc != RP_OK)
		doctor_found(d, "log", DOCTOR_PROBLEM, rc, "Look at the database.", "%s", err.story);
	else if (waits_ms > 10000)
		doctor_found(d, "log", DOCTOR_PROBLEM, RP_E_STORE,
			     "A running server seals each second: start 'repind serve', or look for "
			     "'round.failed' in what it writes.",
			     "an entry has been waiting for its seal for %" PRId64 " s", waits_ms / 1000);
	else
		doctor_ok(d, "log", "sealed up to now ('repind audit verify' reads it all)");
}

static void check_issuer(struct doctor *d)
{
	struct rp_error err = RP_ERROR_INIT;
	uint8_t anchors[SHA256_LEN];
	rp_code rc = app_open_unchecked(d->a, &err);

	if (rc != RP_OK) {
		doctor_found(d, "issuer", DOCTOR_PROBLEM, rc,
			     "Mend what is named in repind.conf, and look again.", "%s", err.story);
		return;
	}
	rc = log_check_keys(d->a->i, &err);
	if (rc == RP_OK)
		doctor_ok(d, "keys", "the token's check values are those of the log's first entry");
	else
		doctor_found(
			d, "keys", DOCTOR_PROBLEM, rc,
			"Token and database belong together: bring back the backup of the one that is wrong, "
			"and never make new keys in its place.",
			"%s", err.story);
	rc = app_anchors_hash(d->a, anchors, &err);
	if (rc == RP_OK)
		rc = issuer_anchors_look(d->a->i, anchors, &err);
	if (rc == RP_OK)
		doctor_ok(d, "anchors", "%s is the file that two people agreed to", d->a->set->anchors);
	else
		doctor_found(
			d, "anchors", DOCTOR_PROBLEM, rc,
			"If the change is right: 'repind anchors', by two people. If nobody knows of it, "
			"somebody else wrote the file: find out who.",
			"%s", err.story);
	check_seal(d);
}

rp_code cmd_doctor(struct app *a, struct rp_error *err)
{
	struct doctor d = {.a = a, .now = (int64_t)time(NULL)};

	if (check_conf(&d)) {
		check_user(&d);
		doctor_offices(&d);
		doctor_permissions(&d);
		doctor_certificates(&d);
		doctor_programs(&d);
		doctor_authority(&d);
		doctor_pages(&d);
		doctor_disk(&d);

		const bool token = check_token(&d), database = check_database(&d);

		if (token && database)
			check_issuer(&d);
		doctor_service(&d);
	}
	if (d.problems > 0)
		return rp_fail(err, d.first, "%u of the checks found a problem; begin with the first",
			       d.problems);
	(void)printf("All is well%s. Nothing was changed.\n", d.notes > 0 ? ", but for the notes" : "");
	return RP_OK;
}
