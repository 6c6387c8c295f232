/* SPDX-License-Identifier: Apache-2.0 */
/* A counter for tests: an office with its desks and people, on an hour of a day when it is open. */
#ifndef REPIN_TESTS_COUNTER_KIT_H
#define REPIN_TESTS_COUNTER_KIT_H

#include "server/people_kit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "issuer/counter.h"
#include "issuer/counter_table.h"
#include "issuer/lists.h"
#include "rules/hours.h"

#define CARD "123456789012345"
#define DAY INT64_C(86400)

static struct irig rig;
static struct person clerk, second, boss, helper;
static struct vcard *my;
static uint8_t desk[32], far_desk[32], kiosk[32];
static uint8_t sessions[4][32];
static struct issuer_peer at_desk, by_second, by_boss, by_helper;
static struct rp_error err;
static json_t *said;
static char app[64];
static int signed_in; /* steps of the one-time passwords that were used */

/* --- time: an hour of an open day --- */

static int64_t now_s(void)
{
	return (int64_t)time(NULL) + rig.ahead_ms / 1000;
}

/* The first day from now on when the main office is open at ten, then that hour and minute of it. */
static inline void go_to(int hour, int minute)
{
	const struct office *o = &offices()->at[0];
	struct datetime t = datetime_from_unix(now_s(), JAPAN_OFFSET_MIN);

	do {
		t.date = date_add_days(t.date, 1);
		t.minute = AT(10, 0);
	} while (!office_open_at(o, t).open || office_open_at(o, t).own_day != NULL);
	rig.ahead_ms = ((int64_t)date_to_days(t.date) * DAY + ((int64_t)hour * 60 + minute) * 60 -
			(int64_t)JAPAN_OFFSET_MIN * 60 - (int64_t)time(NULL)) *
		       1000;
}

static inline void sign_in_all(void)
{
	person_session(&rig, &at_desk, &clerk, 0, sessions[0]);
	person_session(&rig, &at_desk, &second, 0, sessions[1]);
	person_session(&rig, &at_desk, &boss, 0, sessions[2]);
	person_session(&rig, &at_desk, &helper, 0, sessions[3]);
	at_desk.session = sessions[0];
	by_second = by_boss = by_helper = at_desk;
	by_second.session = sessions[1];
	by_boss.session = sessions[2];
	by_helper.session = sessions[3];
}

static inline void begin_with(const char *four_eyes)
{
	struct issuer_conf conf;

	err = (struct rp_error)RP_ERROR_INIT;
	memset(&between, 0, sizeof between);
	memset(&at_desk, 0, sizeof at_desk);
	signed_in = 0;
	rig.ahead_ms = 0;
	conf = irig_conf(&rig);
	conf.four_eyes = four_eyes;
	irig_open(&rig, &conf);
	irig_terminal(&rig, "desk-1", "desk", "mynumber:text,mynumber:sign", "inagi", desk);
	irig_terminal(&rig, "desk-9", "desk", "mynumber:text", "inagi-hirao", far_desk);
	irig_terminal(&rig, "kiosk-1", "kiosk", "mynumber:sign", "", kiosk);
	clerk = person_make(&rig, "clerk", "clerk", "inagi");
	second = person_make(&rig, "second", "clerk", "inagi");
	boss = person_make(&rig, "boss", "approver", "inagi");
	helper = person_make(&rig, "helper", "help-desk", "inagi");
	go_to(10, 0);
	at_desk = (struct issuer_peer){.fingerprint = desk, .source = "192.0.2.1"};
	sign_in_all();
	my = irig_card(&rig, "mynumber", CARD);
	irig_enrol(&rig, my);
}

static inline int setup(void **state)
{
	(void)state;
	begin_with(NULL);
	return 0;
}

static inline int setup_two(void **state)
{
	(void)state;
	begin_with("inagi-hirao,inagi");
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	json_decref(said);
	said = NULL;
	person_clear(&clerk);
	person_clear(&second);
	person_clear(&boss);
	person_clear(&helper);
	vcard_free(my);
	irig_close(&rig);
	return 0;
}

/* --- calls --- */

/* The text by its address: which argument is computed first is not said. */
static inline rp_code heard(rp_code rc, char **text)
{
	json_decref(said);
	said = rc == RP_OK ? json_loads(*text, 0, NULL) : NULL;
	free(*text);
	*text = NULL;
	if (rc == RP_OK)
		assert_non_null(said);
	return rc;
}

static inline const char *word(const char *name)
{
	const char *text = json_string_value(json_object_get(said, name));

	return text != NULL ? text : "";
}

static inline rp_code open_as(const struct issuer_peer *who, const char *number, enum applicant a,
			      enum counter_act act, const char *override)
{
	const struct counter_opening o = {.profile = "mynumber",
					  .number = number,
					  .applicant = a,
					  .wishes = {{RP_SLOT_TEXT, act}},
					  .n_wishes = 1,
					  .override = override};
	char *text = NULL;
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = heard(counter_open(rig.i, who, irig_new_key(), &o, &text, &err), &text);
	if (rc == RP_OK)
		(void)snprintf(app, sizeof app, "%s", word("id"));
	return rc;
}

/* A sheet as the API's JSON has it. */
static inline rp_code enter_as(const struct issuer_peer *who, const char *json)
{
	struct counter_sheet *s = calloc(1, sizeof *s);
	json_t *j = json_loads(json, 0, NULL);
	char *text = NULL;
	struct jin in;
	rp_code rc;

	assert_non_null(s);
	assert_non_null(j);
	json_in(&in, j);
	counter_sheet_read(&in, s);
	if (!jin_done(&in))
		fail_msg("%s: %s", json, in.what);
	err = (struct rp_error)RP_ERROR_INIT;
	rc = heard(counter_sheet(rig.i, who, irig_new_key(), app, s, &text, &err), &text);
	json_decref(j);
	free(s);
	return rc;
}

static inline void enter(const char *json)
{
	irig_ok(enter_as(&at_desk, json), &err);
}

static inline rp_code decide_as(const struct issuer_peer *who, enum counter_decision what)
{
	char *text = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	return heard(counter_decide(rig.i, who, irig_new_key(), app, what, "seen and compared", &text, &err),
		     &text);
}

static inline rp_code agree_as(const struct issuer_peer *who, bool agreed)
{
	char *text = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	return heard(counter_agree(rig.i, who, irig_new_key(), app, agreed, &text, &err), &text);
}

static inline rp_code show_as(const struct issuer_peer *who)
{
	char *text = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	return heard(counter_show(rig.i, who, app, &text, &err), &text);
}

static inline rp_code letter_as(const struct issuer_peer *who, char ret_code[16])
{
	char *text = NULL;

	err = (struct rp_error)RP_ERROR_INIT;
	return heard(counter_letter(rig.i, who, irig_new_key(), app, ret_code, &text, &err), &text);
}

static inline rp_code answer_as(const struct issuer_peer *who, const char *code)
{
	rp_secret *secret = irig_secret(code);
	char *text = NULL;
	rp_code rc;

	err = (struct rp_error)RP_ERROR_INIT;
	rc = heard(counter_answer(rig.i, who, irig_new_key(), app, secret, &text, &err), &text);
	rp_secret_free(secret);
	return rc;
}

static inline rp_code grant_as(const struct issuer_peer *who, const char *case_id, struct rp_grant *ret)
{
	struct issuer_peer peer = *who;
	const struct rp_evidence e = {.door = "counter", .case_id = case_id};
	struct rp_presence p;

	peer.session = NULL; /* the customer's page has none */
	err = (struct rp_error)RP_ERROR_INIT;
	irig_show(&rig, my, RP_SLOT_TEXT, &p);
	return issuer_grant(rig.i, &peer, irig_new_key(), &p, &e, ret, &err);
}

#define LICENCE                                                                                              \
	"{\"kind\":\"driver-license\",\"whose\":\"%s\",\"name\":true,\"birth\":true,"                        \
	"\"valid_to\":\"2099-01-01\"}"
#define GOOD_SELF                                                                                            \
	"{\"facts\":{\"holder_age\":40,\"card_present\":true,\"registered_here\":\"yes\"},\"documents\":["   \
	"{\"kind\":\"health-insurance\",\"whose\":\"holder\",\"name\":true,\"address\":true,"                \
	"\"valid_to\":\"2099-01-01\"}]}"

static inline int begin(void **state)
{
	(void)state;
	irig_begin(&rig);
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	irig_end(&rig);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
