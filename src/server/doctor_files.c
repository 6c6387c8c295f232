/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the check-up that look at files: offices, permissions, certificates, programs, room. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "http/files.h"
#include "rules/hours.h"
#include "server/ca.h"
#include "server/doctor.h"

#define DAY INT64_C(86400)
#define OFFICE_DAYS 60 /* how far ahead an office's calendar has to be known */
#define CERTIFICATE_DAYS 30
#define ROOM_NOTE_MB 1024
#define ROOM_LEAST_MB 100
#define SQLITE "sqlite:"

static const char *date_text(struct date day, char ret[16])
{
	(void)snprintf(ret, 16, "%04d-%02d-%02d", day.year, day.month, day.day);
	return ret;
}

/* --- offices --- */

static bool follows_days(const struct calendar *c, struct date until, struct date *ret_last)
{
	if (c->n_own_days == 0)
		return true;
	*ret_last = c->own_days[c->n_own_days - 1].date;
	return date_compare(*ret_last, until) >= 0;
}

static unsigned check_calendar(struct doctor *d, const struct office *o, struct date today)
{
	const struct date until = date_add_days(today, OFFICE_DAYS);
	struct date last = until;
	char text[16];

	if (o->when->closed_on_holidays && !holidays_cover(until)) {
		doctor_found(d, "offices", DOCTOR_PROBLEM, RP_E_CONFIG,
			     "Update Repin: the table of national holidays is part of it.",
			     "%s: the national holidays of %d are not known, so its hours are not either",
			     o->id, until.year);
		return 1;
	}
	if (follows_days(o->when, until, &last))
		return 0;
	doctor_found(d, "offices", DOCTOR_NOTE, RP_OK,
		     "Add the coming days to its office file, then 'repind office add'.",
		     "%s: the last day with hours of its own is %s", o->id, date_text(last, text));
	return 1;
}

void doctor_offices(struct doctor *d)
{
	const struct date today = datetime_from_unix(d->now, JAPAN_OFFSET_MIN).date;
	struct rp_error err = RP_ERROR_INIT;
	const rp_code rc = offices_load(d->a->set->dir, &err);
	unsigned found = 0;

	if (rc != RP_OK) {
		doctor_found(d, "offices", DOCTOR_PROBLEM, rc,
			     "'repind office check FILE' tells each finding with its line and what to do.",
			     "%s", err.story);
		return;
	}
	for (size_t k = 0; k < offices()->n; k++)
		found += check_calendar(d, &offices()->at[k], today);
	if (found == 0)
		doctor_ok(d, "offices", "%zu, without errors, known for the next %d days", offices()->n,
			  OFFICE_DAYS);
}

/* --- permissions --- */

static unsigned too_open(struct doctor *d, const char *path, mode_t not_these, const char *who)
{
	char next[SETTINGS_PATH + 64];
	struct stat st;

	if (path[0] == '\0' || stat(path, &st) != 0)
		return 0; /* whoever needs the file says that it is not there */
	if ((st.st_mode & not_these) == 0)
		return 0;
	(void)snprintf(next, sizeof next, "Run: chmod %s %s", not_these == 077 ? "go-rwx" : "go-w", path);
	doctor_found(d, "permissions", DOCTOR_PROBLEM, RP_E_CONFIG, next, "%s %s (mode %03o)", path, who,
		     (unsigned)(st.st_mode & 0777));
	return 1;
}

/* `init --no-questions` puts passwords there; they are for the operators, and for nobody after that. */
static unsigned left_over(struct doctor *d)
{
	char path[SETTINGS_PATH + 16];

	(void)snprintf(path, sizeof path, "%s/operators", d->a->set->dir);
	if (access(path, F_OK) != 0)
		return 0;
	doctor_found(d, "permissions", DOCTOR_NOTE, RP_OK,
		     "Give each operator their own two files, then delete the folder.",
		     "%s still holds passwords and secrets of operators", path);
	return 1;
}

void doctor_permissions(struct doctor *d)
{
	const struct settings *s = d->a->set;
	const size_t scheme = strlen(SQLITE);
	const char *database = strncmp(s->database, SQLITE, scheme) == 0 ? s->database + scheme : "";
	const char *const secret[] = {s->pin_file, s->tls_key, s->terminal_ca_key, s->revocation_config,
				      database};
	const char *const open[] = {s->path,
				    s->dir,
				    s->anchors,
				    s->crl,
				    s->terminal_ca,
				    s->terminal_crl,
				    s->tls_certificate,
				    s->notice_program,
				    s->revocation_program};
	unsigned found = 0;

	for (size_t k = 0; k < sizeof secret / sizeof secret[0]; k++)
		found += too_open(d, secret[k], 077, "can be read or changed by others than its owner");
	for (size_t k = 0; k < sizeof open / sizeof open[0]; k++)
		found += too_open(d, open[k], 022, "can be changed by others than its owner");
	found += left_over(d);
	if (found == 0)
		doctor_ok(d, "permissions",
			  "secrets are their owner's alone, and nobody else can change the rest");
}

/* --- certificates --- */

struct paper {
	const char *key, *path; /* of repind.conf */
	bool crl;
	const char *next;
};

static void check_paper(struct doctor *d, const struct paper *p)
{
	struct rp_error err = RP_ERROR_INIT;
	struct ca_span span;
	int64_t days;
	char text[16];
	rp_code rc;

	if (p->path[0] == '\0')
		return;
	rc = ca_span_of(p->path, p->crl, &span, &err);
	if (rc != RP_OK) {
		doctor_found(d, p->key, DOCTOR_PROBLEM, rc,
			     "Put the file there, or mend its name in repind.conf.", "%s", err.story);
		return;
	}
	days = (span.until - d->now) / DAY;
	(void)date_text(datetime_from_unix(span.until, 0).date, text);
	if (span.from > d->now)
		doctor_found(d, p->key, DOCTOR_PROBLEM, RP_E_CONFIG, "Look at this machine's clock first.",
			     "%s is not valid yet", p->path);
	else if (span.until <= d->now)
		doctor_found(d, p->key, DOCTOR_PROBLEM, RP_E_CONFIG, p->next, "%s ended on %s", p->path,
			     text);
	/* Lists are short-lived: what is normal for one is told by its authority, not here. */
	else if (!p->crl && days < CERTIFICATE_DAYS)
		doctor_found(d, p->key, DOCTOR_NOTE, RP_OK, p->next, "%s ends on %s, in %" PRId64 " days",
			     p->path, text, days);
	else if (span.until == INT64_MAX)
		doctor_ok(d, p->key, "%s has no end", p->path);
	else
		doctor_ok(d, p->key, "%s is valid until %s (%" PRId64 " days)", p->path, text, days);
}

static void check_pair(struct doctor *d)
{
	RP_AUTO(ca_freep) struct ca *pair = NULL;
	struct rp_error err = RP_ERROR_INIT;
	const rp_code rc = ca_open(d->a->set->tls_certificate, d->a->set->tls_key, &pair, &err);

	if (rc != RP_OK)
		doctor_found(d, "tls-key", DOCTOR_PROBLEM, rc,
			     "tls-certificate and tls-key must be of one pair, the server's own certificate "
			     "first.",
			     "%s", err.story);
}

void doctor_certificates(struct doctor *d)
{
	const struct settings *s = d->a->set;
	const struct paper papers[] = {
		{"tls", s->tls_certificate, false,
		 "Put a new certificate and its key in their places, then restart the server."},
		{"terminal-ca", s->terminal_ca, false,
		 "Terminals need certificates of a new authority before it ends: 'repind terminal enrol'."},
		{"terminal-crl", s->terminal_crl, true, "Fetch the newest list of the terminals' authority."},
		{"crl", s->crl, true,
		 "Fetch the newest lists of the cards' authorities: with old ones no card is reset."},
	};

	for (size_t k = 0; k < sizeof papers / sizeof papers[0]; k++)
		check_paper(d, &papers[k]);
	check_pair(d);
	if (s->crl[0] == '\0')
		doctor_found(d, "crl", DOCTOR_NOTE, RP_OK,
			     "Name the file of their revocation lists as 'crl'.",
			     "there is none: no card counts as revoked by its authority");
}

/* --- programs, pages, room --- */

static void check_program(struct doctor *d, const char *key, const char *path)
{
	if (path[0] == '\0')
		return;
	if (access(path, X_OK) == 0)
		doctor_ok(d, key, "%s can be run", path);
	else
		doctor_found(d, key, DOCTOR_PROBLEM, RP_E_CONFIG,
			     "Install it, make it executable (chmod a+x), or mend its name in repind.conf.",
			     "%s: %s", path, strerror(errno));
}

void doctor_programs(struct doctor *d)
{
	check_program(d, "notices", d->a->set->notice_program);
	check_program(d, "revocation", d->a->set->revocation_program);
	if (d->a->set->notice_program[0] == '\0')
		doctor_found(d, "notices", DOCTOR_NOTE, RP_OK, "Set notice-program: repind.conf(5).",
			     "no holder is told of what was done with their card");
	if (d->a->set->revocation_program[0] == '\0')
		doctor_found(d, "revocation", DOCTOR_NOTE, RP_OK,
			     "Set revocation-program, where dead cards are revoked from here.",
			     "a revocation that two people agreed to stays unsent");
}

void doctor_pages(struct doctor *d)
{
	char found[SETTINGS_PATH] = "", page[SETTINGS_PATH + 16];
	const char *dir = d->a->set->pages;

	if (dir[0] == '\0' && files_place(found, sizeof found))
		dir = found;
	(void)snprintf(page, sizeof page, "%s/console.html", dir);
	if (dir[0] != '\0' && access(page, R_OK) == 0)
		doctor_ok(d, "pages", "console and receipt are served from %s", dir);
	else
		doctor_found(d, "pages", DOCTOR_NOTE, RP_OK,
			     "Set 'pages' to the folder of the pages, share/repin/web of the installation.",
			     "the pages of console and receipt are not found; everything else is served");
}

static void check_room(struct doctor *d, const char *dir)
{
	struct statvfs room;
	uint64_t mb;

	if (statvfs(dir, &room) != 0)
		return;
	mb = (uint64_t)room.f_bavail * room.f_frsize / (1024 * 1024);
	if (mb >= ROOM_NOTE_MB)
		doctor_ok(d, "room", "%" PRIu64 " MB are free at %s", mb, dir);
	else
		doctor_found(
			d, "room", mb < ROOM_LEAST_MB ? DOCTOR_PROBLEM : DOCTOR_NOTE, RP_E_STORE,
			"Make room: a full disk stops every act. 'repind forget' tells what may be deleted.",
			"%" PRIu64 " MB are free at %s", mb, dir);
}

void doctor_disk(struct doctor *d)
{
	const char *url = d->a->set->database;
	char dir[SETTINGS_PATH];
	char *slash;

	check_room(d, d->a->set->dir);
	if (strncmp(url, SQLITE, strlen(SQLITE)) != 0)
		return;
	(void)snprintf(dir, sizeof dir, "%s", url + strlen(SQLITE));
	slash = strrchr(dir, '/');
	if (slash != NULL && slash != dir)
		*slash = '\0';
	if (strcmp(dir, d->a->set->dir) != 0)
		check_room(d, dir);
}
