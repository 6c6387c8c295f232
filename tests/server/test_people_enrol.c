/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment of one card and of many, a card's status, its key, its letters. */
#include "server/people_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "issuer/lists.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct irig rig;
static struct person ada, bob, clerk;
static struct rp_error err;

static void open_with(unsigned two_people)
{
	struct issuer_conf conf = irig_conf(&rig);

	conf.two_people = two_people;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	irig_open(&rig, &conf);
	ada = person_make(&rig, "ada", "admin", "");
	bob = person_make(&rig, "bob", "admin,approver", "");
	clerk = person_make(&rig, "clerk", "clerk", "inagi");
}

static int setup(void **state)
{
	(void)state;
	open_with(1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	person_clear(&ada);
	person_clear(&bob);
	person_clear(&clerk);
	irig_close(&rig);
	return 0;
}

static struct row_card card_row(const char *profile, const char *number)
{
	struct row_card row = {0};

	assert_true(hash_card_id(IRIG_NAME, profile, number, row.card_id));
	if (!irig_get(&rig, ST_CARD_BY_ID, &row))
		row.status[0] = '\0';
	return row;
}

/* --- enrolment --- */

static void a_card_is_enrolled_once_with_its_certificates_and_code(void **state)
{
	struct vcard *c = irig_card(&rig, "hicos", "TP00000000000001");
	struct row_card_key key = {.slot = RP_SLOT_PIN};
	struct row_user_code code = {0};

	(void)state;
	irig_enrol(&rig, c);
	const struct row_card row = card_row("hicos", "TP00000000000001");
	assert_string_equal(row.status, "active");
	assert_int_equal(row.key_version, 1);
	memcpy(key.card_id, row.card_id, sizeof key.card_id);
	assert_true(irig_get(&rig, ST_KEY_GET, &key));
	assert_true(key.not_after_ms > key.enrolled_ms);
	memcpy(code.card_id, row.card_id, sizeof code.card_id);
	assert_true(irig_get(&rig, ST_USER_CODE_GET, &code));
	assert_int_equal(code.tries_left, 3);
	assert_int_equal(irig_logged(&rig, "enrol", "ok"), 1);
	const struct issuer_card again = {.profile = "hicos", .number = c->number};
	assert_int_equal(issuer_enrol(rig.i, "console", &again, &err), RP_E_CONFLICT);
	assert_int_equal(irig_logged(&rig, "enrol", "ok"), 1);
	vcard_free(c);
}

static void a_certificate_of_nobodys_is_refused_and_nothing_is_enrolled(void **state)
{
	struct vcard *c = irig_card(&rig, "mynumber", "123456789012345");
	const struct vkey *key = irig_key(c, RP_SLOT_SIGN);
	uint8_t *spoilt = malloc(key->cert_len);

	(void)state;
	assert_non_null(spoilt);
	memcpy(spoilt, key->cert_der, key->cert_len);
	spoilt[key->cert_len - 1] ^= 1; /* of the signature */
	struct issuer_card card = {.profile = "mynumber", .number = c->number, .n_certs = 1};
	card.certs[0] = (struct issuer_cert){.slot = RP_SLOT_SIGN, .der = spoilt, .len = key->cert_len};
	irig_refused(issuer_enrol(rig.i, "console", &card, &err), &err, RP_PROBLEM_CERT_INVALID);
	assert_string_equal(card_row("mynumber", c->number).status, "");
	irig_revoke(&rig, key, 400 * DAY_MS);
	card.certs[0].der = key->cert_der;
	irig_refused(issuer_enrol(rig.i, "console", &card, &err), &err, RP_PROBLEM_CERT_REVOKED);
	irig_revoke(&rig, NULL, 400 * DAY_MS);
	irig_ok(issuer_enrol(rig.i, "console", &card, &err), &err);
	free(spoilt);
	vcard_free(c);
}

static void new_certificates_take_the_place_of_the_old_and_end_what_was_open(void **state)
{
	struct vcard *old = irig_card(&rig, "mynumber", "123456789012345");
	struct vcard *fresh = irig_card(&rig, "hicos", "TP00000000000001"); /* another key */
	const struct vkey *key = irig_key(fresh, RP_SLOT_PIN);
	struct row_card_key before = {.slot = RP_SLOT_SIGN}, after, other = {.slot = RP_SLOT_AUTH}, same;
	struct row_case row = {.id = "A", .slot = RP_SLOT_AUTH, .door = "kiosk", .state = "ready"};
	struct issuer_card card = {.profile = "mynumber", .number = old->number};

	(void)state;
	irig_refused(issuer_card_renew(rig.i, "ada",
				       &(struct issuer_card){.profile = "piv",
							     .number = "01",
							     .n_certs = 1,
							     .certs = {{.slot = RP_SLOT_PIN,
									.der = key->cert_der,
									.len = key->cert_len}}},
				       &err),
		     &err, RP_PROBLEM_NOT_FOUND);
	irig_enrol(&rig, old);
	assert_true(hash_card_id(IRIG_NAME, "mynumber", old->number, before.card_id));
	memcpy(other.card_id, before.card_id, sizeof other.card_id);
	memcpy(row.card_id, before.card_id, sizeof row.card_id);
	row.until_ms = INT64_MAX / 2;
	irig_run(&rig, ST_CASE_INSERT, &row);
	after = before;
	same = other;
	assert_true(irig_get(&rig, ST_KEY_GET, &before));
	assert_true(irig_get(&rig, ST_KEY_GET, &other));
	assert_int_equal(issuer_card_renew(rig.i, "ada", &card, &err), RP_E_USAGE);
	card.n_certs = 1;
	card.certs[0] =
		(struct issuer_cert){.slot = RP_SLOT_SIGN, .der = key->cert_der, .len = key->cert_len};
	irig_refused(issuer_card_renew(rig.i, "clerk", &card, &err), &err, RP_PROBLEM_ROLE);
	irig_ok(issuer_card_renew(rig.i, "ada", &card, &err), &err);
	assert_true(irig_get(&rig, ST_KEY_GET, &after));
	assert_true(irig_get(&rig, ST_KEY_GET, &same));
	assert_memory_not_equal(before.key_hash, after.key_hash, 32);
	assert_memory_equal(other.key_hash, same.key_hash, 32);
	assert_true(irig_get(&rig, ST_CASE_GET, &row));
	assert_string_equal(row.state, "cancelled");
	assert_int_equal(irig_logged(&rig, "renew", "ok"), 1);
	vcard_free(old);
	vcard_free(fresh);
}

static void what_is_no_card_is_told(void **state)
{
	static const struct issuer_card none[] = {
		{.profile = "passport", .number = "1"},
		{.profile = "mynumber", .number = ""},
		{.profile = "mynumber", .number = "12\n3"},
		{.profile = "mynumber", .number = "1", .municipality = "1234"},
		{.profile = "mynumber", .number = "12345678901234567890123456789012345678901234567890"},
	};

	(void)state;
	for (size_t k = 0; k < sizeof none / sizeof none[0]; k++)
		assert_int_equal(issuer_enrol(rig.i, "console", &none[k], &err), RP_E_USAGE);
}

static void only_administrators_enrol(void **state)
{
	const struct issuer_card c = {.profile = "piv", .number = "01"};

	(void)state;
	irig_refused(issuer_enrol(rig.i, "clerk", &c, &err), &err, RP_PROBLEM_ROLE);
	irig_refused(issuer_enrol(rig.i, "nobody", &c, &err), &err, RP_PROBLEM_ROLE);
	irig_ok(issuer_enrol(rig.i, "ada", &c, &err), &err);
}

/* --- many --- */

struct told {
	unsigned calls, refused;
	char last[256];
};

static void tell(void *arg, const struct issuer_many *m, const char *refused)
{
	struct told *t = arg;

	t->calls++;
	assert_true(m->bytes <= m->bytes_all);
	if (refused == NULL)
		return;
	t->refused++;
	(void)snprintf(t->last, sizeof t->last, "%s", refused);
}

static void enrol_text(const char *text, struct issuer_many *m, struct told *t)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/cards.jsonl", rig.folder);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	*t = (struct told){0};
	irig_ok(issuer_enrol_file(rig.i, "console", path, tell, t, m, &err), &err);
	(void)unlink(path);
}

static void a_line_that_is_refused_is_told_and_the_others_are_enrolled(void **state)
{
	struct issuer_many m = {0};
	struct told t;

	(void)state;
	enrol_text("{\"profile\":\"piv\",\"number\":\"01\"}\n"
		   "{\"profile\":\"piv\",\"number\":\"01\"}\n" /* twice */
		   "\n"
		   "{\"profile\":\"piv\"}\n"
		   "{\"profile\":\"piv\",\"number\":\"02\",\"pin\":\"1234\"}\n" /* nobody wants a PIN */
		   "no JSON\n"
		   "{\"profile\":\"piv\",\"number\":\"03\",\"certificates\":{\"pin\":\"AAAA\"}}\n"
		   "{\"profile\":\"piv\",\"number\":\"04\",\"certificates\":{\"door\":\"AAAA\"}}\n"
		   "{\"profile\":\"hicos\",\"number\":\"05\",\"user_code\":\"short\"}\n"
		   "{\"profile\":\"piv\",\"number\":\"06\"}", /* the last one without its end */
		   &m, &t);
	assert_int_equal(m.done, 2);
	assert_int_equal(m.refused, 7);
	assert_int_equal(t.refused, 7);
	assert_string_equal(card_row("piv", "01").status, "active");
	assert_string_equal(card_row("piv", "06").status, "active");
	assert_string_equal(card_row("piv", "02").status, "");
	/* The one of the database's is told when its transaction is over. */
	assert_string_equal(t.last, "line 2: this card is enrolled already");
}

static void a_refused_line_never_tells_a_secret(void **state)
{
	struct issuer_many m = {0};
	struct told t;

	(void)state;
	enrol_text("{\"profile\":\"hicos\",\"number\":\"05\",\"user_code\":\"Secret!99\"}\n", &m, &t);
	assert_int_equal(t.refused, 1);
	assert_null(strstr(t.last, "Secret"));
}

static void a_database_that_goes_away_ends_it_and_says_where(void **state)
{
	char path[128];
	struct issuer_many m = {0};
	FILE *f;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/cards.jsonl", rig.folder);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int n = 0; n < 1200; n++)
		assert_true(fprintf(f, "{\"profile\":\"piv\",\"number\":\"%04d\"}\n", n) > 0);
	assert_int_equal(fclose(f), 0);
	between.work_fails = 2;
	assert_int_equal(issuer_enrol_file(rig.i, "console", path, NULL, NULL, &m, &err), RP_E_STORE_AWAY);
	assert_int_equal(m.done, 500);
	assert_non_null(strstr(err.story, "lines 501 to 1000"));
	assert_string_equal(card_row("piv", "0499").status, "active");
	assert_string_equal(card_row("piv", "0500").status, "");
	(void)unlink(path);
}

/* --- a card's life --- */

static void a_card_that_is_not_active_loses_its_reservation(void **state)
{
	struct vcard *c = irig_card(&rig, "mynumber", "123456789012345");
	struct row_case row = {.id = "A", .slot = RP_SLOT_SIGN, .door = "kiosk", .state = "ready"};

	(void)state;
	irig_enrol(&rig, c);
	assert_true(hash_card_id(IRIG_NAME, "mynumber", c->number, row.card_id));
	row.until_ms = INT64_MAX / 2;
	irig_run(&rig, ST_CASE_INSERT, &row);
	irig_refused(issuer_card_status(rig.i, "clerk", "mynumber", c->number, "suspended", "lost", &err),
		     &err, RP_PROBLEM_ROLE);
	irig_ok(issuer_card_status(rig.i, "ada", "mynumber", c->number, "suspended", "lost", &err), &err);
	assert_true(irig_get(&rig, ST_CASE_GET, &row));
	assert_string_equal(row.state, "cancelled");
	assert_int_equal(irig_logged(&rig, "card-status", "suspended"), 1);
	irig_ok(issuer_card_status(rig.i, "ada", "mynumber", c->number, "active", "found", &err), &err);
	irig_ok(issuer_card_status(rig.i, "ada", "mynumber", c->number, "revoked", "dead", &err), &err);
	/* For ever. */
	irig_refused(issuer_card_status(rig.i, "ada", "mynumber", c->number, "active", "", &err), &err,
		     RP_PROBLEM_CARD_REVOKED);
	assert_int_equal(issuer_card_status(rig.i, "ada", "mynumber", c->number, "sleeping", "", &err),
			 RP_E_USAGE);
	vcard_free(c);
}

static void a_cards_key_is_the_one_of_the_vector_of_its_token_and_is_logged(void **state)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	RP_AUTO(rp_secret_freep) rp_secret *again = NULL;

	(void)state;
	irig_refused(issuer_card_key(rig.i, "clerk", "mynumber", "123456789012345", "plain", &key, &err),
		     &err, RP_PROBLEM_ROLE);
	assert_null(key);
	irig_ok(issuer_card_key(rig.i, "ada", "mynumber", "123456789012345", "plain", &key, &err), &err);
	assert_int_equal(rp_secret_len(key), 16);
	assert_int_equal(irig_logged(&rig, "card-key", "ok"), 1);
	irig_ok(issuer_card_key(rig.i, "console", "mynumber", "123456789012345", "plain", &again, &err),
		&err);
	assert_true(rp_secret_equal(key, again));
	/* What cannot be logged is not given. */
	rp_secret_freep(&again);
	between.work_fails = 1;
	assert_int_equal(issuer_card_key(rig.i, "ada", "mynumber", "123456789012345", "plain", &again, &err),
			 RP_E_STORE_AWAY);
	assert_null(again);
}

static void a_letter_goes_out_once_a_week_for_each_card(void **state)
{
	struct vcard *c = irig_card(&rig, "hicos", "TP00000000000001");
	struct row_one_time_code row = {.purpose = "user-code-reset"};
	char first[16] = "", second[16] = "";

	(void)state;
	irig_enrol(&rig, c);
	irig_ok(issuer_user_code_letter(rig.i, "clerk", "hicos", c->number, first, &err), &err);
	assert_int_equal(strlen(first), 11);
	irig_refused(issuer_user_code_letter(rig.i, "ada", "hicos", c->number, second, &err), &err,
		     RP_PROBLEM_LETTER_LIMIT);
	assert_string_equal(second, "");
	rig.ahead_ms = 6 * DAY_MS;
	irig_refused(issuer_user_code_letter(rig.i, "ada", "hicos", c->number, second, &err), &err,
		     RP_PROBLEM_LETTER_LIMIT);
	rig.ahead_ms = 7 * DAY_MS + 60000;
	irig_ok(issuer_user_code_letter(rig.i, "ada", "hicos", c->number, second, &err), &err);
	assert_string_not_equal(first, second);
	assert_true(hash_card_id(IRIG_NAME, "hicos", c->number, row.card_id));
	assert_true(irig_get(&rig, ST_OTC_GET, &row));
	assert_int_equal(row.until_ms - row.issued_ms, 14 * DAY_MS);
	assert_int_equal(irig_noticed(&rig, "code"), 2);
	irig_refused(issuer_user_code_letter(rig.i, "ada", "piv", "01", second, &err), &err, RP_PROBLEM_DOOR);
	vcard_free(c);
}

static int begin(void **state)
{
	(void)state;
	irig_begin(&rig);
	return 0;
}

static int end(void **state)
{
	(void)state;
	irig_end(&rig);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_card_is_enrolled_once_with_its_certificates_and_code),
		TEST(a_certificate_of_nobodys_is_refused_and_nothing_is_enrolled),
		TEST(new_certificates_take_the_place_of_the_old_and_end_what_was_open),
		TEST(what_is_no_card_is_told),
		TEST(only_administrators_enrol),
		TEST(a_line_that_is_refused_is_told_and_the_others_are_enrolled),
		TEST(a_refused_line_never_tells_a_secret),
		TEST(a_database_that_goes_away_ends_it_and_says_where),
		TEST(a_card_that_is_not_active_loses_its_reservation),
		TEST(a_cards_key_is_the_one_of_the_vector_of_its_token_and_is_logged),
		TEST(a_letter_goes_out_once_a_week_for_each_card),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
