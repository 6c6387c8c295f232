/* SPDX-License-Identifier: Apache-2.0 */
/* A dead card: who asks, who agrees, until when it is taken back, and how it is sent until the CA answers. */
#include "server/people_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "issuer/revoke.h"

#define MINUTE_MS INT64_C(60000)

static struct irig rig;
static struct vcard *card;
static struct rp_error err;
static char program[96];
static struct person helper, approver, both;

static int setup(void **state)
{
	struct issuer_conf conf = irig_conf(&rig);

	(void)state;
	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	conf.two_people = 1;
	irig_open(&rig, &conf);
	card = irig_card(&rig, "aosign", "4000000000000001");
	irig_enrol(&rig, card);
	helper = person_make(&rig, "helper", "help-desk", "inagi");
	approver = person_make(&rig, "approver", "approver", "inagi");
	both = person_make(&rig, "both", "help-desk,approver", "inagi");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	person_clear(&helper);
	person_clear(&approver);
	person_clear(&both);
	vcard_free(card);
	irig_close(&rig);
	return 0;
}

static struct issuer_revocation wanted(const char *reason)
{
	const struct vkey *key = irig_key(card, RP_SLOT_PIN);
	struct issuer_revocation r = {.profile = "aosign",
				      .number = card->number,
				      .reason = reason,
				      .identified_by = "called back",
				      .n_certs = 1};

	r.certs[0] = (struct issuer_cert){.slot = RP_SLOT_PIN, .der = key->cert_der, .len = key->cert_len};
	return r;
}

static rp_code ask_as(const char *by, const struct issuer_revocation *r, struct issuer_revoking *ret)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_revoke_ask(rig.i, by, r, ret, &err);
}

static void asked(struct issuer_revoking *ret)
{
	const struct issuer_revocation r = wanted("dead");

	irig_ok(ask_as("helper", &r, ret), &err);
	assert_string_equal(ret->state, "asked");
}

static rp_code agree(const char *by, const char *id)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_revoke_approve(rig.i, by, id, &err);
}

static rp_code take_back(const char *id)
{
	err = (struct rp_error)RP_ERROR_INIT;
	return issuer_revoke_withdraw(rig.i, "helper", id, &err);
}

struct seen {
	const char *id;
	char state[16];
	int64_t tries;
};

static void look(void *arg, const struct row_revocation *r, const struct row_card *c)
{
	struct seen *s = arg;

	(void)c;
	if (strcmp(r->id, s->id) != 0)
		return;
	memcpy(s->state, r->state, sizeof s->state);
	s->tries = r->tries;
}

static void is(const char *id, const char *state, int64_t tries)
{
	struct seen s = {.id = id};

	irig_ok(issuer_revoke_list(rig.i, look, &s, &err), &err);
	assert_string_equal(s.state, state);
	assert_int_equal(s.tries, tries);
}

/* The program writes each act and the request that it got into `heard`; makes "cmVx", and answers so. */
static void write_program(int send_status, const char *more)
{
	FILE *f;

	(void)snprintf(program, sizeof program, "%s/program", rig.folder);
	f = fopen(program, "w");
	assert_non_null(f);
	assert_true(fprintf(f,
			    "#!/bin/sh\nread -r request\necho \"$1 $2 $3 $request\" >>%s/heard\n%s\n"
			    "[ \"$1\" = send ] && exit %d\necho cmVx$$\n",
			    rig.folder, more, send_status) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(program, 0700), 0);
}

static void round_now(void)
{
	const struct revoke_conf c = {
		.program = program, .config = "a b;c", .timeout_ms = 5000, .wait_ms = MINUTE_MS};

	err = (struct rp_error)RP_ERROR_INIT;
	irig_ok(issuer_revoke_round(rig.i, &c, &err), &err);
}

/* How many lines begin so; *ret_last the last of them. */
static unsigned heard(const char *begin, char ret_last[256])
{
	char path[96], line[256];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/heard", rig.folder);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, begin, strlen(begin)) == 0) {
			memcpy(ret_last, line, sizeof line);
			n++;
		}
	if (f != NULL)
		(void)fclose(f);
	return n;
}

static void forget_heard(void)
{
	char path[96];

	(void)snprintf(path, sizeof path, "%s/heard", rig.folder);
	(void)remove(path);
}

static void status_is(const char *status)
{
	struct row_card row = {0};

	assert_true(hash_card_id(IRIG_NAME, "aosign", card->number, row.card_id));
	assert_true(irig_get(&rig, ST_CARD_BY_ID, &row));
	assert_string_equal(row.status, status);
}

/* --- people --- */

static void one_asks_and_an_approver_who_is_another_agrees(void **state)
{
	struct issuer_revocation r = wanted("wish");
	struct issuer_revoking one, two;

	(void)state;
	irig_refused(ask_as("approver", &r, &one), &err, RP_PROBLEM_ROLE);
	irig_refused(ask_as("nobody", &r, &one), &err, RP_PROBLEM_ROLE);
	irig_ok(ask_as("both", &r, &one), &err);
	irig_refused(ask_as("helper", &r, &two), &err, RP_PROBLEM_CASE_STATE);
	irig_refused(agree("both", one.id), &err, RP_PROBLEM_FOUR_EYES);
	irig_refused(agree("helper", one.id), &err, RP_PROBLEM_ROLE);
	irig_refused(agree("approver", "NOTHING"), &err, RP_PROBLEM_NOT_FOUND);
	irig_ok(agree("approver", one.id), &err);
	irig_refused(agree("approver", one.id), &err, RP_PROBLEM_CASE_STATE);
	is(one.id, "approved", 0);
	assert_int_equal(irig_logged(&rig, "revoke-ask", "wish"), 1);
	assert_int_equal(irig_logged(&rig, "revoke-approve", "ok"), 1);
	status_is("active");
}

static void nobody_revokes_their_own_card(void **state)
{
	struct issuer_revocation r = wanted("dead");
	struct row_operator_card own = {0};
	struct issuer_revoking one;

	(void)state;
	assert_true(hash_card_id(IRIG_NAME, "aosign", card->number, own.card_id));
	(void)snprintf(own.name, sizeof own.name, "helper");
	irig_run(&rig, ST_OPERATOR_CARD_PUT, &own);
	(void)snprintf(own.name, sizeof own.name, "approver");
	irig_run(&rig, ST_OPERATOR_CARD_PUT, &own);
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_OWN_CARD);
	irig_ok(ask_as("both", &r, &one), &err);
	irig_refused(agree("approver", one.id), &err, RP_PROBLEM_OWN_CARD);
}

static void a_lost_letter_is_taken_only_when_the_loss_is_certain(void **state)
{
	struct issuer_revocation r = wanted("letter-lost");
	struct issuer_revoking one;

	(void)state;
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_LOSS_NOT_CERTAIN);
	r.loss_certain = true;
	irig_ok(ask_as("helper", &r, &one), &err);
}

static void what_is_asked_must_be_whole(void **state)
{
	struct issuer_revocation r = wanted("stolen");
	struct vcard *other = irig_card(&rig, "aosign", "4000000000000002");
	struct issuer_revoking one;

	(void)state;
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_MALFORMED);
	r = wanted("dead");
	r.identified_by = "";
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_MALFORMED);
	r = wanted("dead");
	r.n_certs = 0;
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_EVIDENCE_MISSING);
	r = wanted("dead");
	r.certs[0].der = irig_key(other, RP_SLOT_PIN)->cert_der;
	r.certs[0].len = irig_key(other, RP_SLOT_PIN)->cert_len;
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_KEY_UNKNOWN);
	r = wanted("dead");
	r.number = "4000000000000009";
	irig_refused(ask_as("helper", &r, &one), &err, RP_PROBLEM_NOT_FOUND);
	assert_int_equal(irig_logged(&rig, "revoke-ask", NULL), 0);
	vcard_free(other);
}

static void it_is_taken_back_until_it_is_sent_and_never_after(void **state)
{
	struct issuer_revoking one;

	(void)state;
	forget_heard();
	write_program(1, "");
	asked(&one);
	irig_ok(take_back(one.id), &err);
	is(one.id, "withdrawn", 0);
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	irig_ok(take_back(one.id), &err);
	round_now();
	is(one.id, "withdrawn", 0);
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	round_now();
	is(one.id, "sent", 1);
	irig_refused(take_back(one.id), &err, RP_PROBLEM_REVOCATION_SENT);
	assert_non_null(strstr(err.story, "a letter found again does not make the card usable"));
}

/* --- the round --- */

static void the_same_request_goes_again_until_the_ca_confirms(void **state)
{
	const struct issuer_revocation again = wanted("dead");
	char first[256] = "", last[256] = "";
	struct issuer_revoking one;

	(void)state;
	forget_heard();
	write_program(1, "");
	asked(&one);
	round_now();
	assert_int_equal(heard("", last), 0); /* nobody has agreed */
	irig_ok(agree("approver", one.id), &err);
	round_now();
	assert_int_equal(heard("make a b;c dead", first), 1);
	assert_int_equal(heard("send a b;c dead cmVx", first), 1);
	round_now();
	assert_int_equal(heard("send", last), 1); /* not before its time */
	/* A day without the CA: 1, 2, 4 … minutes, then every hour. */
	for (int k = 0; k < 24 * 60; k++) {
		rig.ahead_ms += MINUTE_MS;
		round_now();
	}
	assert_in_range(heard("send", last), 28, 31);
	assert_string_equal(first, last);
	assert_int_equal(heard("make", first), 1);
	status_is("active");
	write_program(0, "");
	rig.ahead_ms += 60 * MINUTE_MS;
	round_now();
	status_is("revoked");
	assert_int_equal(irig_logged(&rig, "revoked", "dead"), 1);
	assert_int_equal(irig_noticed(&rig, "revoked"), 1);
	rig.ahead_ms += 60 * MINUTE_MS;
	round_now();
	assert_int_equal(irig_logged(&rig, "revoked", "dead"), 1);
	irig_refused(take_back(one.id), &err, RP_PROBLEM_REVOCATION_SENT);
	irig_refused(ask_as("helper", &again, &one), &err, RP_PROBLEM_CARD_REVOKED);
}

static void a_request_that_the_ca_takes_no_more_is_made_anew(void **state)
{
	char last[256] = "";
	struct issuer_revoking one;

	(void)state;
	forget_heard();
	write_program(4, "");
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	round_now();
	is(one.id, "sent", 1);
	rig.ahead_ms += 2 * MINUTE_MS;
	write_program(0, "");
	round_now();
	assert_int_equal(heard("make", last), 2);
	is(one.id, "confirmed", 2);
}

static void what_the_ca_refuses_for_good_ends_and_can_be_asked_again(void **state)
{
	struct issuer_revoking one;

	(void)state;
	write_program(3, "");
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	round_now();
	is(one.id, "refused", 1);
	status_is("active");
	assert_int_equal(irig_logged(&rig, "revoke-refused", "dead"), 1);
	asked(&one);
}

static void a_program_that_cannot_make_it_or_hangs_is_tried_again(void **state)
{
	const struct revoke_conf hangs = {
		.program = program, .config = "x", .timeout_ms = 200, .wait_ms = 1000};
	const struct revoke_conf none = {.timeout_ms = 200, .wait_ms = 1000};
	struct issuer_revoking one;

	(void)state;
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	irig_ok(issuer_revoke_round(rig.i, &none, &err), &err);
	is(one.id, "approved", 0);
	write_program(0, "exit 9");
	round_now();
	is(one.id, "approved", 1);
	rig.ahead_ms += 10 * MINUTE_MS;
	write_program(0, "sleep 30");
	irig_ok(issuer_revoke_round(rig.i, &hangs, &err), &err);
	is(one.id, "approved", 2);
	rig.ahead_ms += 10 * MINUTE_MS;
	write_program(0, "");
	round_now();
	is(one.id, "confirmed", 3);
}

/* --- afterwards --- */

static void the_receipt_tells_how_far_it_is_and_nothing_of_the_holder(void **state)
{
	struct issuer_revoking one;
	char *json = NULL;

	(void)state;
	write_program(0, "");
	asked(&one);
	irig_ok(issuer_receipt(rig.i, one.receipt, &json, &err), &err);
	assert_non_null(strstr(json, "\"revocation\":\"asked\""));
	free(json);
	irig_ok(agree("approver", one.id), &err);
	round_now();
	irig_ok(issuer_receipt(rig.i, one.receipt, &json, &err), &err);
	assert_non_null(strstr(json, "\"revocation\":\"confirmed\""));
	assert_null(strstr(json, card->number));
	free(json);
}

static void the_new_card_takes_the_place_of_the_revoked_one_once(void **state)
{
	struct vcard *next = irig_card(&rig, "aosign", "4000000000000002");
	const struct vkey *key = irig_key(next, RP_SLOT_PIN);
	struct issuer_card c = {.profile = "aosign",
				.number = next->number,
				.municipality = "",
				.replaces_profile = "aosign",
				.replaces_number = card->number,
				.n_certs = 1};
	struct row_card row = {0};
	struct issuer_revoking one;
	uint8_t next_id[CARD_ID_LEN];

	(void)state;
	c.certs[0] = (struct issuer_cert){.slot = RP_SLOT_PIN, .der = key->cert_der, .len = key->cert_len};
	assert_int_equal(issuer_enrol(rig.i, "console", &c, &err), RP_E_CONFLICT);
	write_program(0, "");
	asked(&one);
	irig_ok(agree("approver", one.id), &err);
	round_now();
	irig_ok(issuer_enrol(rig.i, "console", &c, &err), &err);
	assert_true(hash_card_id(IRIG_NAME, "aosign", card->number, row.card_id));
	assert_true(hash_card_id(IRIG_NAME, "aosign", next->number, next_id));
	assert_true(irig_get(&rig, ST_CARD_BY_ID, &row));
	assert_memory_equal(row.replaced_by, next_id, sizeof next_id);
	c.number = "4000000000000003";
	assert_int_equal(issuer_enrol(rig.i, "console", &c, &err), RP_E_CONFLICT);
	vcard_free(next);
}

/* Every state and event: what the table has, written out once more. */
static void the_table_leads_on_and_never_back(void **state)
{
	static const char *const ways[] = {"asked>approved", "asked>withdrawn", "approved>withdrawn",
					   "approved>sent",  "sent>sent",	"sent>confirmed",
					   "sent>refused"};
	char way[40];
	size_t n = 0;

	(void)state;
	for (enum revoke_state s = 0; s < REVOKE_STATES_N; s++)
		for (enum revoke_event e = 0; e < REVOKE_EVENTS_N; e++) {
			bool found = false;

			if (revoke_next(s, e) == REVOKE_STATES_N)
				continue;
			(void)snprintf(way, sizeof way, "%s>%s", revoke_state_word(s),
				       revoke_state_word(revoke_next(s, e)));
			for (size_t k = 0; k < 7; k++)
				found = found || strcmp(ways[k], way) == 0;
			assert_true(found);
			n++;
		}
	assert_int_equal(n, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(one_asks_and_an_approver_who_is_another_agrees),
		TEST(nobody_revokes_their_own_card),
		TEST(a_lost_letter_is_taken_only_when_the_loss_is_certain),
		TEST(what_is_asked_must_be_whole),
		TEST(it_is_taken_back_until_it_is_sent_and_never_after),
		TEST(the_same_request_goes_again_until_the_ca_confirms),
		TEST(a_request_that_the_ca_takes_no_more_is_made_anew),
		TEST(what_the_ca_refuses_for_good_ends_and_can_be_asked_again),
		TEST(a_program_that_cannot_make_it_or_hangs_is_tried_again),
		TEST(the_receipt_tells_how_far_it_is_and_nothing_of_the_holder),
		TEST(the_new_card_takes_the_place_of_the_revoked_one_once),
		cmocka_unit_test(the_table_leads_on_and_never_back),
	};
	int failed;

	irig_begin(&rig);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	irig_end(&rig);
	return failed;
}
