/* SPDX-License-Identifier: Apache-2.0 */
#include "dummy.h"

#include <errno.h>

/* --- the command parser --- */

static bool parse_hex(const char *hex, struct vcmd *ret)
{
	static uint8_t bytes[300];
	size_t len = 0;

	assert_true(hex_read(hex, bytes, sizeof bytes, &len));
	return vcmd_parse(bytes, len, ret);
}

static void the_eight_cases_are_read(void **state)
{
	static const struct {
		const char *hex;
		size_t lc, le;
	} good[] = {
		{"00200080", 0, 0},   /* 1 */
		{"00B0000004", 0, 4}, /* 2 short */
		{"00B0000000", 0, 256},
		{"0020008002AABB", 2, 0},    /* 3 short */
		{"00A4040002AABB10", 2, 16}, /* 4 short */
		{"00A4040002AABB00", 2, 256},
		{"00B00000000100", 0, 256}, /* 2 extended */
		{"00B00000000000", 0, 65536},
		{"00200080000002AABB", 2, 0},	    /* 3 extended */
		{"00A40400000002AABB0102", 2, 258}, /* 4 extended */
		{"00A40400000002AABB0000", 2, 65536},
	};
	struct vcmd c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!parse_hex(good[i].hex, &c))
			fail_msg("refused %s", good[i].hex);
		assert_int_equal(c.lc, good[i].lc);
		assert_int_equal(c.le, good[i].le);
		if (c.lc > 0)
			assert_memory_equal(c.data, "\xAA\xBB", 2);
	}
	assert_true(parse_hex("8C24010110112233445566778899AABBCCDDEEFF00", &c));
	assert_true(vcmd_is(&c, 0x8C, 0x24, 0x01, 0x01));
	assert_false(vcmd_is(&c, 0x8C, 0x24, 0x01, 0x02));
}

static void what_is_no_command_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"0020",
		"002000",		/* no header */
		"0020008003AABB",	/* one short of the data */
		"0020008001AABBCC",	/* one too many behind data and Le */
		"002000800000",		/* half a length */
		"00200080000000AA",	/* extended without data, but with something */
		"00200080000003AABB",	/* one short */
		"00200080000002AABBCC", /* Le of one byte behind extended data */
		"00200080000002AABBCCDDEE",
		"0020008000FFFFAABB", /* huge */
	};
	struct vcmd c = {.lc = 77};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (parse_hex(bad[i], &c))
			fail_msg("took %s", bad[i]);
	assert_int_equal(c.lc, 77); /* untouched */
}

static void a_command_of_65535_bytes_of_data_is_read(void **state)
{
	uint8_t *cmd = calloc(1, 7 + 65535 + 2);
	struct vcmd c;

	(void)state;
	assert_non_null(cmd);
	memcpy(cmd, "\x00\x10\x00\x00\x00\xFF\xFF", 7);
	assert_true(vcmd_parse(cmd, 7 + 65535, &c));
	assert_int_equal(c.lc, 65535);
	assert_int_equal(c.le, 0);
	assert_true(vcmd_parse(cmd, 7 + 65535 + 2, &c));
	assert_int_equal(c.le, 65536);
	assert_false(vcmd_parse(cmd, 7 + 65535 - 1, &c));
	assert_false(vcmd_parse(cmd, 7 + 65535 + 1, &c));
	free(cmd);
}

/* --- a card --- */

static void a_card_answers_what_its_family_says(void **state)
{
	struct vcard *c = dummy_card(NULL);
	uint8_t data[300];
	size_t len = 0;

	(void)state;
	assert_int_equal(c->app, 1); /* its family's reset was called */
	assert_int_equal(dummy_send(c, "00B0000000", data, &len), 0x9000);
	assert_int_equal(len, strlen(DUMMY_TEXT));
	assert_memory_equal(data, DUMMY_TEXT, len);
	assert_int_equal(dummy_send(c, "00B0000204", data, &len), 0x9000);
	assert_int_equal(len, 4);
	assert_memory_equal(data, "file", 4);
	assert_int_equal(dummy_send(c, "00B0001804", data, &len), 0x6B00); /* at its end */
	assert_int_equal(dummy_send(c, "00B07FFF00", NULL, NULL), 0x6B00);
	assert_int_equal(dummy_send(c, "00200080000000AA", NULL, NULL), 0x6700);
	assert_int_equal(dummy_send(c, "", NULL, NULL), 0x6700);
	assert_int_equal(dummy_send(c, "00FF0000", NULL, NULL), 0x6D00);
	vcard_free(c);
	vcard_free(NULL);
}

static void an_answer_never_leaves_its_buffer(void **state)
{
	const uint8_t cmd[] = {0x00, 0xB0, 0x00, 0x00, 0x00};
	struct vcard *c = dummy_card(NULL);
	uint8_t rsp[2 + 24 + 1];

	(void)state;
	memset(rsp, 0x55, sizeof rsp);
	assert_int_equal(vcard_transmit(c, cmd, sizeof cmd, rsp, 2 + 24), 26);
	assert_int_equal(rsp[26], 0x55);
	assert_int_equal(vcard_transmit(c, cmd, sizeof cmd, rsp, 2 + 23), 2); /* does not fit */
	assert_int_equal(rsp[0], 0x67);
	assert_int_equal(vcard_transmit(c, cmd, sizeof cmd, rsp, 2), 2);
	assert_int_equal(vcard_transmit(c, cmd, sizeof cmd, rsp, 1), 0);
	vcard_free(c);
}

static void files_have_numbers_of_their_own(void **state)
{
	struct vcard *c = dummy_card(NULL);
	struct rp_error err;
	struct vrsp rsp = {.cap = 0};
	uint32_t i;

	(void)state;
	assert_int_equal(vcard_add_file(c, 1, "x", 1, &err), RP_E_FAULT);
	assert_int_equal(vcard_add_file(c, 2, NULL, 0, &err), RP_OK);
	assert_int_equal(vfile_read(vcard_file(c, 2), 0, 256, &rsp), 0x9000);
	assert_int_equal(vfile_read(vcard_file(c, 3), 0, 256, &rsp), 0x6A82);
	for (i = 3; i <= VCARD_FILES_MAX; i++)
		assert_int_equal(vcard_add_file(c, i, "x", 1, &err), RP_OK);
	assert_int_equal(vcard_add_file(c, i, "x", 1, &err), RP_E_FAULT);
	vcard_free(c);
}

/* --- what a new card is made from --- */

static void pins_of_the_list_go_over_the_defaults(void **state)
{
	struct vcard *c = dummy_card("auth=9876,text=,user-code=other");
	char buf[VCARD_PIN_MAX + 1];

	(void)state;
	assert_memory_equal(vcard_pin(c, "sign")->value, "ABC123", 6);
	assert_memory_equal(vcard_pin(c, "auth")->value, "9876", 4);
	assert_int_equal(vcard_pin(c, "auth")->len, 4);
	assert_true(vcard_pin(c, "auth")->set);
	assert_false(vcard_pin(c, "text")->set);
	assert_false(vcard_pin(c, "hidden")->set);
	assert_null(vcard_pin(c, "pin"));
	assert_null(vcard_wanted_pin(c, "text", buf, sizeof buf));
	assert_string_equal(vcard_wanted_pin(c, "user-code", buf, sizeof buf),
			    "Code12"); /* the list is gone now */
	assert_null(vcard_wanted_pin(c, "user-code", buf, 6));
	vcard_free(c);

	c = dummy_card("sign=,auth=a=b c");
	assert_false(vcard_pin(c, "sign")->set);
	assert_memory_equal(vcard_pin(c, "auth")->value, "a=b c", 5);
	assert_int_equal(vcard_pin(c, "auth")->len, 5);
	vcard_free(c);
}

static void make_with(const char *pins, rp_code expected, const char *story)
{
	const struct vcard_spec spec = {.family = "dummy", .pins = pins};
	struct vcard *c = NULL;
	struct rp_error err = RP_ERROR_INIT;

	if (vcard_make(&spec, &c, &err) != expected)
		fail_msg("\"%s\": %s", pins, err.story);
	assert_null(c);
	if (strstr(err.story, story) == NULL)
		fail_msg("\"%s\" says \"%s\", not \"%s\"", pins, err.story, story);
}

static void bad_lists_of_pins_are_refused(void **state)
{
	char huge[VCARD_PIN_MAX + 16];

	(void)state;
	make_with("", RP_E_USAGE, "slot=value");
	make_with("sign", RP_E_USAGE, "slot=value");
	make_with("=1234", RP_E_USAGE, "slot=value");
	make_with("auth=1234,", RP_E_USAGE, "slot=value");
	make_with(",auth=1234", RP_E_USAGE, "slot=value");
	make_with("nope=1234", RP_E_USAGE, "no PIN called \"nope\"");
	make_with("Sign=1234", RP_E_USAGE, "no PIN called \"Sign\"");
	make_with("auth=1234,auth=2222", RP_E_USAGE, "twice");
	make_with("auth=1234,sign=A,auth=2222", RP_E_USAGE, "twice");
	make_with("puk=12345678", RP_E_USAGE, "a dummy card has no PIN called \"puk\"");
	(void)memset(huge, '1', sizeof huge);
	memcpy(huge, "auth=", 5);
	huge[5 + VCARD_PIN_MAX + 1] = '\0';
	make_with(huge, RP_E_USAGE, "at most 128");
}

static void a_card_of_no_family_cannot_be_made(void **state)
{
	struct vcard_spec spec = {.family = "nothing"};
	char number[49];
	struct vcard *c = NULL;
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	spec.family = NULL;
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	spec.family = "dummy";
	memset(number, '1', sizeof number);
	number[48] = '\0';
	spec.number = number;
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	spec.number = "12\n3";
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	spec.number = "1\xFF";
	assert_int_equal(vcard_make(&spec, &c, &err), RP_E_USAGE);
	spec.number = number;
	number[47] = '\0';
	assert_int_equal(vcard_make(&spec, &c, &err), RP_OK);
	assert_string_equal(c->number, number);
	vcard_free(c);
}

/* --- counters --- */

static int renames, fail_rename_at;
static struct vcard *watched;
static uint8_t tries_at_rename[4];
static bool verified_at_rename[4];

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);

/* Sees the card at the very moment when a state becomes the file. */
int __wrap_rename(const char *from, const char *to)
{
	struct rp_error err = RP_ERROR_INIT;
	struct vcard *seen = NULL;

	if (watched == NULL)
		return __real_rename(from, to);
	if (vcard_load(from, &seen, &err) != RP_OK)
		fail_msg("%s", err.story);
	if (renames < 4) {
		tries_at_rename[renames] = vcard_pin(seen, "sign")->tries;
		verified_at_rename[renames] = vcard_pin(watched, "sign")->verified;
	}
	vcard_free(seen);
	renames++;
	if (renames == fail_rename_at) {
		errno = EIO;
		return -1;
	}
	return __real_rename(from, to);
}

static struct vcard *kept_card(const char *name)
{
	struct vcard *c = dummy_card(NULL);
	struct rp_error err = RP_ERROR_INIT;

	watched = NULL;
	renames = fail_rename_at = 0;
	if (vcard_keep(c, dummy_path(name), &err) != RP_OK)
		fail_msg("%s", err.story);
	c->saves = 0;
	watched = c;
	return c;
}

static unsigned tries_in_file(const struct vcard *c)
{
	struct vcard *seen = NULL;
	unsigned tries;

	if (vcard_load(c->path, &seen, NULL) != RP_OK)
		fail_msg("the file is no card");
	tries = vcard_pin(seen, "sign")->tries;
	vcard_free(seen);
	return tries;
}

static void a_wrong_pin_is_counted_in_the_file_before_it_is_compared(void **state)
{
	struct vcard *c = kept_card("wrong");

	(void)state;
	assert_int_equal(dummy_send(c, WRONG_SIGN, NULL, NULL), 0x63C4);
	assert_int_equal(renames, 1);
	assert_int_equal(c->saves, 1);
	assert_int_equal(tries_at_rename[0], 4);
	assert_int_equal(tries_in_file(c), 4);
	vcard_free(c);
	watched = NULL;
}

static void a_right_pin_is_counted_first_and_filled_afterwards(void **state)
{
	struct vcard *c = kept_card("right");

	(void)state;
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x9000);
	assert_int_equal(renames, 2);
	assert_int_equal(tries_at_rename[0], 4);
	assert_false(verified_at_rename[0]);
	assert_int_equal(tries_at_rename[1], 5);
	assert_false(verified_at_rename[1]); /* not before the file has it */
	assert_true(vcard_pin(c, "sign")->verified);
	assert_int_equal(tries_in_file(c), 5);
	vcard_free(c);
	watched = NULL;
}

static void a_pin_that_cannot_be_counted_is_not_compared(void **state)
{
	struct vcard *c = kept_card("locked-out");
	uint8_t data[8];
	size_t len = 0;

	(void)state;
	fail_rename_at = 1;
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x6581);
	assert_int_equal(renames, 1);
	assert_false(vcard_pin(c, "sign")->verified);
	assert_int_equal(vcard_pin(c, "sign")->tries, 5);
	assert_int_equal(tries_in_file(c), 5);
	/* it heals by itself, and nothing was lost or won */
	assert_int_equal(dummy_send(c, "00CA008101", data, &len), 0x9000);
	assert_int_equal(data[0], 0);
	assert_int_equal(dummy_send(c, "00200081", NULL, NULL), 0x63C5);
	vcard_free(c);
	watched = NULL;
}

static void a_right_pin_that_cannot_be_filled_stays_counted(void **state)
{
	struct vcard *c = kept_card("half");

	(void)state;
	fail_rename_at = 2;
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x6581);
	assert_false(vcard_pin(c, "sign")->verified);
	assert_int_equal(vcard_pin(c, "sign")->tries, 4);
	assert_int_equal(tries_in_file(c), 4);
	vcard_free(c);
	watched = NULL;
}

static void a_card_that_cannot_write_does_nothing_until_it_can(void **state)
{
	struct vcard *c = kept_card("folder-gone");
	char away[128];

	(void)state;
	watched = NULL;
	(void)snprintf(away, sizeof away, "%s.away", dummy_dir);
	assert_int_equal(rename(dummy_dir, away), 0);
	assert_int_equal(vpin_check(c, vcard_pin(c, "sign"), (const uint8_t *)"ABC123", 6), VCHECK_BLOCKED);
	assert_int_equal(dummy_send(c, "00B0000000", NULL, NULL), 0x6581);
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x6581);
	assert_int_equal(dummy_send(c, "0024008104414141AA", NULL, NULL), 0x6581);
	assert_memory_equal(vcard_pin(c, "sign")->value, "ABC123", 6);
	assert_int_equal(rename(away, dummy_dir), 0);
	assert_int_equal(dummy_send(c, "00B0000000", NULL, NULL), 0x9000);
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x9000);
	vcard_free(c);
}

static void the_last_try_locks_also_for_the_right_pin(void **state)
{
	struct vcard *c = dummy_card(NULL);
	struct vpin *p = vcard_pin(c, "sign");
	int i;

	(void)state;
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x9000);
	for (i = 4; i >= 0; i--) {
		assert_int_equal(dummy_send(c, WRONG_SIGN, NULL, NULL), 0x63C0 | i);
		assert_false(p->verified); /* a wrong one ends the right of an earlier one */
	}
	c->saves = 0;
	assert_int_equal(dummy_send(c, WRONG_SIGN, NULL, NULL), 0x6983);
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x6983);
	assert_int_equal(c->saves, 0);
	assert_int_equal(p->tries, 0);
	assert_int_equal(vcard_pin(c, "auth")->tries, 3);
	vcard_free(c);
}

static void only_the_whole_value_is_right(void **state)
{
	struct vcard *c = dummy_card(NULL);
	struct vpin *p = vcard_pin(c, "sign");
	uint8_t huge[300] = "ABC123";

	(void)state;
	assert_int_equal(vpin_check(c, p, (const uint8_t *)"ABC12", 5), VCHECK_WRONG);
	assert_int_equal(vpin_check(c, p, (const uint8_t *)"ABC1233", 7), VCHECK_WRONG);
	assert_int_equal(vpin_check(c, p, huge, sizeof huge), VCHECK_WRONG);
	assert_int_equal(p->tries, 2);
	assert_int_equal(vpin_check(c, p, huge, 7), VCHECK_WRONG); /* with its NUL */
	assert_int_equal(vpin_check(c, p, huge, 6), VCHECK_OK);
	assert_int_equal(p->tries, 5);
	assert_int_equal(vpin_check(c, p, NULL, 0), VCHECK_WRONG);
	assert_int_equal(vpin_check(c, vcard_pin(c, "text"), huge, 0), VCHECK_BLOCKED); /* not on the card */
	assert_int_equal(vpin_check(c, NULL, huge, 6), VCHECK_BLOCKED);
	vcard_free(c);
}

static void setting_is_one_save_or_nothing(void **state)
{
	struct vcard *c = kept_card("set");
	struct vpin *p = vcard_pin(c, "sign");
	uint8_t value[VCARD_PIN_MAX + 1];

	(void)state;
	memset(value, 'x', sizeof value);
	p->tries = 1;
	assert_true(vpin_set(c, p, value, VCARD_PIN_MAX, 1));
	assert_int_equal(c->saves, 1);
	assert_int_equal(p->tries, 5);
	assert_int_equal(p->resets, 1);
	assert_int_equal(vpin_check(c, p, value, VCARD_PIN_MAX), VCHECK_OK);

	fail_rename_at = renames + 1;
	p->tries = 2;
	assert_false(vpin_set(c, p, value, 4, 1));
	assert_int_equal(p->len, VCARD_PIN_MAX);
	assert_int_equal(p->tries, 2);
	assert_int_equal(p->resets, 1);
	assert_true(vcard_save(c));

	c->saves = 0;
	assert_false(vpin_set(c, p, value, VCARD_PIN_MAX + 1, 0));
	assert_false(vpin_set(c, p, value, 0, 0));
	assert_false(vpin_set(c, NULL, value, 4, 0));
	p->resets = UINT16_MAX;
	assert_false(vpin_set(c, p, value, 4, 1));
	assert_int_equal(c->saves, 0);
	watched = NULL;

	p = vcard_pin(c, "text");
	assert_true(vpin_set(c, p, value, 4, 0)); /* from now on the card has it */
	assert_true(p->set);
	vcard_free(c);
}

static void reset_ends_rights_and_keeps_counters(void **state)
{
	struct vcard *c = dummy_card(NULL);

	(void)state;
	assert_int_equal(dummy_send(c, RIGHT_SIGN, NULL, NULL), 0x9000);
	vcard_pin(c, "auth")->tries = 1;
	c->app = 5;
	c->file = 6;
	c->reset.pending = c->reset.granted = true;
	vcard_reset(c);
	assert_false(vcard_pin(c, "sign")->verified);
	assert_int_equal(vcard_pin(c, "auth")->tries, 1);
	assert_int_equal(c->app, 1);
	assert_int_equal(c->file, 0);
	assert_false(c->reset.pending || c->reset.granted);
	c->reset.pending = true;
	assert_int_equal(dummy_send(c, "00", NULL, NULL), 0x6700);
	assert_false(c->reset.pending); /* "any other command", even one that is none */
	vcard_free(c);
}

static void status_words_tell_the_tries(void **state)
{
	const struct vpin p = {.tries = 9};

	(void)state;
	assert_int_equal(vpin_sw(&p, VCHECK_OK, 0x6984), 0x9000);
	assert_int_equal(vpin_sw(&p, VCHECK_WRONG, 0x6984), 0x63C9);
	assert_int_equal(vpin_sw(&p, VCHECK_BLOCKED, 0x6984), 0x6984);
	assert_true(v_equal("abc", "abc", 3));
	assert_false(v_equal("abc", "abd", 3));
}

static void a_reset_key_makes_the_card_id(void **state)
{
	static const uint8_t key[16] = {1, 2, 3};
	const struct vcard_spec spec = {.family = "dummy", .reset_key = key, .issuer = "me", .number = "42"};
	struct vcard *c = NULL, *plain = dummy_card(NULL);
	uint8_t id[16];

	(void)state;
	assert_int_equal(vcard_make(&spec, &c, NULL), RP_OK);
	vreset_card_id("me", "dummy", "42", id);
	assert_true(c->has_reset);
	assert_memory_equal(c->card_id, id, 16);
	assert_memory_equal(c->reset_key, key, 16);
	assert_false(plain->has_reset);
	assert_string_equal(plain->issuer, "test");
	vcard_free(c);
	vcard_free(plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_eight_cases_are_read),
		cmocka_unit_test(what_is_no_command_is_refused),
		cmocka_unit_test(a_command_of_65535_bytes_of_data_is_read),
		cmocka_unit_test(a_card_answers_what_its_family_says),
		cmocka_unit_test(an_answer_never_leaves_its_buffer),
		cmocka_unit_test(files_have_numbers_of_their_own),
		cmocka_unit_test(pins_of_the_list_go_over_the_defaults),
		cmocka_unit_test(bad_lists_of_pins_are_refused),
		cmocka_unit_test(a_card_of_no_family_cannot_be_made),
		cmocka_unit_test(a_wrong_pin_is_counted_in_the_file_before_it_is_compared),
		cmocka_unit_test(a_right_pin_is_counted_first_and_filled_afterwards),
		cmocka_unit_test(a_pin_that_cannot_be_counted_is_not_compared),
		cmocka_unit_test(a_right_pin_that_cannot_be_filled_stays_counted),
		cmocka_unit_test(a_card_that_cannot_write_does_nothing_until_it_can),
		cmocka_unit_test(the_last_try_locks_also_for_the_right_pin),
		cmocka_unit_test(only_the_whole_value_is_right),
		cmocka_unit_test(setting_is_one_save_or_nothing),
		cmocka_unit_test(reset_ends_rights_and_keeps_counters),
		cmocka_unit_test(status_words_tell_the_tries),
		cmocka_unit_test(a_reset_key_makes_the_card_id),
	};

	return cmocka_run_group_tests_name("vcard core", tests, dummy_enter, dummy_leave);
}
