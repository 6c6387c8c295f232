/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger's files: what they hold, that they stay small, and that no trouble with them (broken
 * ones, full disks, other processes) is the user's.
 */
#include "ledger_rig.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>

/* --- what they hold --- */

static void a_file_names_nobody(void **state)
{
	char path[160], text[LEDGER_TEXT_MAX];
	struct stat st;
	struct bench b;

	(void)state;
	start(&b, vreader_make("aosign", NULL, false));
	assert_true(b.shown.holder[0] != '\0');
	assert_int_equal(change(&b, RP_SLOT_PIN, "wrong123", "newPin99", false), RP_E_PIN_WRONG);
	assert_int_equal(change(&b, RP_SLOT_PIN, "12345678", "newPin99", false), RP_E_TRIES_CHANGED);
	refresh(&b);
	assert_int_equal(change(&b, RP_SLOT_PIN, "12345678", "newPin99", false), RP_OK);
	path_of_only(path, sizeof path);
	assert_true(slurp(path, text, sizeof text) > 0);
	assert_null(strstr(text, b.shown.number));
	assert_null(strstr(path, b.shown.number));
	assert_null(strstr(text, b.shown.holder));
	assert_null(strstr(text, "newPin99"));
	assert_null(strstr(text, "wrong123"));
	assert_non_null(strstr(text, "card aosign "));
	assert_non_null(strstr(text, "pin-wrong"));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	put_away(&b);
}

static void a_short_number_leaves_no_tail(void **state)
{
	char path[160], text[LEDGER_TEXT_MAX];
	struct bench b;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	keep_ledger(&b);
	(void)snprintf(b.shown.number, sizeof b.shown.number, "%s", "1234567");
	{
		struct said s;

		assert_int_equal(rp_ledger_note(b.ctx, &b.shown, s.news, &s.n, &b.err), RP_OK);
	}
	path_of_only(path, sizeof path);
	(void)slurp(path, text, sizeof text);
	assert_non_null(strstr(text, "card mynumber -\n"));
	put_away(&b);
}

static void looking_often_writes_nothing(void **state)
{
	char path[160];
	struct stat before, after;
	struct bench b;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	path_of_only(path, sizeof path);
	assert_int_equal(stat(path, &before), 0);
	for (int i = 0; i < 50; i++)
		(void)note(&b);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino); /* each write would be another file */
	put_away(&b);
}

static void folding_keeps_the_span(void **state)
{
	static struct ledger l;
	struct rp_pin_facts pin = {.slot = RP_SLOT_SIGN,
				   .state = RP_PIN_READY,
				   .tries_left = 5,
				   .ref_tries = {5, -1},
				   .n_refs = 1};

	(void)state;
	l = (struct ledger){.profile = "mynumber"};
	assert_true(ledger_look(&l, &pin, 1000));
	assert_false(ledger_look(&l, &pin, 1000 + LEDGER_REFRESH_S));
	assert_true(ledger_look(&l, &pin, 1001 + LEDGER_REFRESH_S));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.line[0].first_s, 1000);
	assert_int_equal(l.line[0].last_s, 1001 + LEDGER_REFRESH_S);
	/* a clock that went ten years back heals */
	assert_true(ledger_look(&l, &pin, 5));
	assert_int_equal(l.line[0].first_s, 5);
	assert_int_equal(l.line[0].last_s, 5);
	/* what is not known is not noted */
	pin.ref_tries[0] = pin.tries_left = RP_TRIES_UNKNOWN;
	assert_false(ledger_look(&l, &pin, 9000));
	pin.state = RP_PIN_UNKNOWN;
	assert_false(ledger_look(&l, &pin, 9000));
	assert_int_equal(l.n, 1);
}

static void a_ledger_stays_small_and_forgets_no_pin(void **state)
{
	static struct ledger l, again;
	static char text[LEDGER_TEXT_MAX], twice[LEDGER_TEXT_MAX];
	struct rp_pin_facts quiet = {.slot = RP_SLOT_JUKI,
				     .state = RP_PIN_READY,
				     .tries_left = 3,
				     .ref_tries = {3, 3},
				     .n_refs = 2};
	struct rp_pin_facts pin = {.slot = RP_SLOT_SIGN, .state = RP_PIN_READY, .n_refs = 1};
	struct rp_ledger_news news;

	(void)state;
	l = (struct ledger){.profile = "mynumber", .tail = "2345"};
	assert_true(ledger_look(&l, &quiet, 1));
	for (int i = 0; i < 1000; i++) {
		pin.tries_left = pin.ref_tries[0] = 1 + i % 5;
		assert_true(ledger_look(&l, &pin, 2000000000 + i));
	}
	assert_int_equal(l.n, LEDGER_LINES);
	assert_int_equal(l.line[0].slot, RP_SLOT_JUKI);
	assert_int_equal(l.line[LEDGER_LINES - 1].last_s, 2000000000 + 999);
	assert_true(ledger_write(&l, text, sizeof text));
	assert_true(ledger_read(text, &again));
	assert_true(ledger_write(&again, twice, sizeof twice));
	assert_string_equal(text, twice);
	quiet.ref_tries[1] = 1;
	(void)ledger_look(&l, &quiet, 2000000000 + 2000);
	ledger_conclude(&l, RP_SLOT_JUKI, &news);
	assert_int_equal(news.tries, 2);
}

/* The longest words there are, on every line. */
static void the_longest_ledger_fits_its_buffer(void **state)
{
	static struct ledger l;
	static char text[LEDGER_TEXT_MAX];

	(void)state;
	l = (struct ledger){.profile = "mynumber-mobile-and-mor", .tail = "2345", .n = LEDGER_LINES};
	for (size_t i = 0; i < l.n; i++)
		l.line[i] = (struct rp_ledger_line){.slot = RP_SLOT_USER_CODE,
						    .why = RP_LEDGER_RESOLVE,
						    .first_s = 253402300799,
						    .last_s = 253402300799,
						    .state = RP_PIN_UNKNOWN,
						    .ref_tries = {15, 15},
						    .n_refs = 2,
						    .result = RP_E_ISSUER_AWAY,
						    .tries_spent = 1,
						    .job = "01234567"};
	assert_true(ledger_write(&l, text, sizeof text));
	assert_false(ledger_write(&l, text, 1000));
}

static void a_machine_does_not_gather_cards_for_ever(void **state)
{
	struct bench b;
	struct said s;

	(void)state;
	look(&b, vreader_make("mynumber", NULL, false));
	keep_ledger(&b);
	for (int i = 0; i < LEDGER_CARDS + 20; i++) {
		(void)snprintf(b.shown.number, sizeof b.shown.number, "%015d", i);
		assert_int_equal(rp_ledger_note(b.ctx, &b.shown, s.news, &s.n, &b.err), RP_OK);
	}
	assert_int_equal(files_below("ledger"), LEDGER_CARDS);
	put_away(&b);
}

/* --- files that are not as they should be --- */

static const char *const broken[] = {
	"x",
	"repin-ledger 2\ncard mynumber 2345\n",
	"repin-ledger 1\n",
	"repin-ledger 1\ncard mynumber\n",
	"repin-ledger 1\ncard mynumber 23456\n",
	"repin-ledger 1\ncard MYNUMBER 2345\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready 5 - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready 5 - - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready 5 - - - -",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign  ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 - sign ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook - 2 sign ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready 16 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready -1 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready +5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sgin ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign readi 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\npeek 1 2 sign ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 253402300800 sign ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 99999999999999999999999 sign ready 5 - - - -\n",
	"repin-ledger 1\ncard mynumber 2345\nlook 1 2 sign ready 5 - - - 0000000A\n",
	"repin-ledger 1\ncard mynumber 2345\nchange 1 2 sign ready 5 - 0 ok -\n",
	"repin-ledger 1\ncard mynumber 2345\nchange 1 2 sign ready 5 - 2 ok 0000000A\n",
	"repin-ledger 1\ncard mynumber 2345\nchange 1 2 sign ready 5 - 0 okay 0000000A\n",
	"repin-ledger 1\ncard mynumber 2345\nchange 1 2 sign ready 5 - 0 ok 000000A\n",
};

static void a_broken_file_says_nothing_and_begins_anew(void **state)
{
	char path[160], aside[176], text[LEDGER_TEXT_MAX];
	struct bench b;
	struct said s;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	path_of_only(path, sizeof path);
	(void)snprintf(aside, sizeof aside, "%s.broken", path);
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		put_file(path, broken[i], strlen(broken[i]));
		others_use(&b, "sign", (uint8_t)(1 + i % 4));
		if (note(&b).n != 0)
			fail_msg("case %zu said something:\n%s", i, broken[i]);
		assert_true(slurp(path, text, sizeof text) > 0);
		if (strncmp(text, "repin-ledger 1\ncard mynumber 2345\nlook ", 39) != 0)
			fail_msg("case %zu did not begin anew:\n%s", i, text);
		(void)slurp(aside, text, sizeof text);
		assert_string_equal(text, broken[0]); /* the first one is kept, once */
	}
	put_file(path, "repin-ledger 1\0card", 19);
	assert_int_equal(note(&b).n, 0);
	/* and it works again */
	others_use(&b, "auth", 2);
	s = note(&b);
	assert_said(&s, RP_SLOT_AUTH, RP_LEDGER_USED, 1, false);
	put_away(&b);
}

/* Any bytes at all: read as a ledger that can be written, or refused. */
static void no_bytes_upset_the_reader(void **state)
{
	static const char whole[] = "repin-ledger 1\ncard mynumber 2345\n"
				    "look 1763000000 1763086400 sign ready 5 - - - -\n"
				    "look 1763000000 1763086400 juki ready 3 3 - - -\n"
				    "change 1763086500 - sign unknown - - - - 0A1B2C3D\n"
				    "change 1763086500 1763086501 sign ready 4 - 1 pin-wrong 0A1B2C3D\n";
	static struct ledger l;
	static char text[LEDGER_TEXT_MAX];
	unsigned seed = 20261122, read = 0;

	(void)state;
	for (int round = 0; round < 50000; round++) {
		char broken_text[sizeof whole];
		struct rp_ledger_news news;

		(void)snprintf(broken_text, sizeof broken_text, "%s", whole);
		for (unsigned i = 0; i < 1 + (unsigned)round % 3; i++) {
			seed = seed * 1103515245u + 12345u;
			broken_text[(seed >> 16) % (sizeof whole - 1)] = (char)(seed >> 8);
		}
		if (!ledger_read(broken_text, &l))
			continue;
		read++;
		ledger_conclude(&l, RP_SLOT_SIGN, &news);
		assert_true(news.tries >= 0 && news.tries <= 15);
		assert_true(ledger_write(&l, text, sizeof text));
	}
	assert_true(read > 100);
}

static void a_link_a_folder_and_a_flood_are_no_ledgers(void **state)
{
	char path[160];
	struct bench b;
	struct stat st;

	(void)state;
	start(&b, vreader_make("mynumber", NULL, false));
	path_of_only(path, sizeof path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(note(&b).n, 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(note(&b).n, 0); /* one is kept aside already, so this one stays in the way */
	assert_int_equal(rmdir(path), 0);
	{
		char *flood = calloc(1, 400000);

		assert_non_null(flood);
		memset(flood, 'x', 400000);
		put_file(path, flood, 400000);
		free(flood);
	}
	assert_int_equal(note(&b).n, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 4096);
	put_away(&b);
}

/* --- disks that do not work; each in a process of its own, which says by its status --- */

static void in_a_child(void (*run)(void))
{
	int status = -1;

	(void)fflush(NULL);
	if (fork() == 0) {
		run();
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

#define MUST(what)                                                                                           \
	do                                                                                                   \
		if (!(what)) {                                                                               \
			(void)fprintf(stderr, "# not so: %s\n", #what);                                      \
			_exit(1);                                                                            \
		}                                                                                            \
	while (0)

static struct bench shared;

static void no_room(void)
{
	const struct rlimit none = {0, 0};
	struct said s = {.n = 99};

	(void)signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &none) == 0);
	others_use(&shared, "sign", 3);
	for (int i = 0; i < 2; i++) {
		refresh(&shared);
		MUST(rp_ledger_note(shared.ctx, &shared.shown, s.news, &s.n, &shared.err) == RP_OK);
		MUST(s.n == 1 && s.news[0].tries == 2);
	}
	MUST(files_below("ledger") == 1); /* and nothing half written beside it */
}

static void a_full_disk_is_not_the_users_trouble(void **state)
{
	struct said s;

	(void)state;
	start(&shared, vreader_make("mynumber", NULL, false));
	in_a_child(no_room);
	others_use(&shared, "sign", 3);
	s = note(&shared);
	assert_said(&s, RP_SLOT_SIGN, RP_LEDGER_USED, 2, false);
	put_away(&shared);
}

/* The journal would stop a job on such a disk; the ledger alone does not, and forgets rather than accuse. */
static void no_room_for_a_job(void)
{
	const struct rlimit none = {0, 0};
	const struct pin_row row = {.slot = RP_SLOT_SIGN, .n_refs = 1};
	const struct job j = {.kind = JOB_CHANGE, .row = &row, .shown = &shared.shown};
	struct rp_error wrong = RP_ERROR_INIT;
	struct ledger_seen seen;

	(void)signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &none) == 0);
	wrong.slot = RP_SLOT_SIGN;
	wrong.tries_spent = 1;
	wrong.tries_left = 4;
	ledger_job_begins(shared.ctx, &j, &seen);
	MUST(seen.on && !seen.begun);
	ledger_job_ends(shared.ctx, &j, &seen, RP_E_PIN_WRONG, NULL, &wrong);
}

static void a_job_that_could_not_be_noted_is_not_blamed_on_others(void **state)
{
	(void)state;
	start(&shared, vreader_make("mynumber", NULL, false));
	in_a_child(no_room_for_a_job);
	others_use(&shared, "sign", 4); /* it was ours */
	assert_int_equal(note(&shared).n, 0);
	put_away(&shared);
}

static void become_nobody(void)
{
	if (geteuid() != 0)
		return;
	MUST(setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
}

static void nothing_may_be_written(void)
{
	struct said s = {.n = 99};

	become_nobody();
	keep_ledger(&shared);
	others_use(&shared, "sign", 3);
	refresh(&shared);
	MUST(rp_ledger_note(shared.ctx, &shared.shown, s.news, &s.n, &shared.err) == RP_OK);
	MUST(s.n == 1 && s.news[0].tries == 2);
	MUST(rp_notes_check(shared.ctx, (char[STATE_PATH_MAX]){0}, STATE_PATH_MAX, &shared.err) ==
	     RP_E_JOURNAL);
}

static void a_place_to_read_only_still_tells(void **state)
{
	char command[256];

	(void)state;
	start(&shared, vreader_make("mynumber", NULL, false));
	(void)snprintf(command, sizeof command, "%s %s && chmod -R a-w %s",
		       geteuid() == 0 ? "chown -R 65534" : "true", dir, dir);
	assert_int_equal(system(command), 0);
	in_a_child(nothing_may_be_written);
	(void)snprintf(command, sizeof command, "chmod -R u+w %s", dir);
	assert_int_equal(system(command), 0);
	put_away(&shared);
}

/* --- several processes at once --- */

#define PROCESSES 4
#define ROUNDS 20

static void many_jobs(void)
{
	const struct pin_row row = {.slot = RP_SLOT_SIGN, .n_refs = 1};
	const struct job j = {.kind = JOB_CHANGE, .row = &row, .shown = &shared.shown};
	struct rp_error wrong = RP_ERROR_INIT;
	struct ledger_seen seen;
	struct said s;

	wrong.slot = RP_SLOT_SIGN;
	for (int i = 0; i < ROUNDS; i++) {
		MUST(rp_ledger_note(shared.ctx, &shared.shown, s.news, &s.n, NULL) == RP_OK);
		ledger_job_begins(shared.ctx, &j, &seen);
		MUST(seen.begun);
		ledger_job_ends(shared.ctx, &j, &seen, RP_E_CANCELLED, NULL, &wrong);
	}
}

static void processes_at_once_lose_nothing(void **state)
{
	static struct rp_ledger_line lines[LEDGER_LINES];
	struct rp_ledger_card card;
	size_t n = 0, ended = 0;

	(void)state;
	start(&shared, vreader_make("mynumber", NULL, false));
	(void)fflush(NULL);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			many_jobs();
			_exit(0);
		}
	for (int i = 0; i < PROCESSES; i++) {
		int status = -1;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(rp_ledger_cards(shared.ctx, &shared.shown, &card, 1, &n, &shared.err), RP_OK);
	assert_int_equal(n, 1);
	assert_int_equal(rp_ledger_list(shared.ctx, card.card, lines, LEDGER_LINES, &n, &shared.err), RP_OK);
	for (size_t i = 0; i < n; i++)
		ended += lines[i].why == RP_LEDGER_CHANGE && lines[i].last_s != 0;
	assert_int_equal(ended, PROCESSES * ROUNDS);
	assert_int_equal(files_below("ledger"), 1);
	put_away(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_names_nobody),
		TEST(a_short_number_leaves_no_tail),
		TEST(looking_often_writes_nothing),
		TEST(folding_keeps_the_span),
		TEST(a_ledger_stays_small_and_forgets_no_pin),
		TEST(the_longest_ledger_fits_its_buffer),
		TEST(a_machine_does_not_gather_cards_for_ever),
		TEST(a_broken_file_says_nothing_and_begins_anew),
		TEST(no_bytes_upset_the_reader),
		TEST(a_link_a_folder_and_a_flood_are_no_ledgers),
		TEST(a_full_disk_is_not_the_users_trouble),
		TEST(a_job_that_could_not_be_noted_is_not_blamed_on_others),
		TEST(a_place_to_read_only_still_tells),
		TEST(processes_at_once_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
