/* SPDX-License-Identifier: Apache-2.0 */
#include "dummy.h"
#include "vcard/fault.h"

static struct faults *script(const char *text)
{
	struct rp_error err = RP_ERROR_INIT;
	struct faults *f = NULL;

	if (faults_parse(text, &f, &err) != RP_OK)
		fail_msg("%s", err.story);
	return f;
}

/* A card with its script, and what came of the last command. */
struct play {
	struct vcard *c;
	struct faults *f;
	uint8_t *rsp;
	size_t len;
	unsigned delay_ms;
};

static struct play play_of(const char *text)
{
	return (struct play){.c = dummy_card(NULL), .f = script(text), .rsp = malloc(VCARD_RESPONSE_MAX)};
}

static void play_end(struct play *p)
{
	vcard_free(p->c);
	faults_free(p->f);
	free(p->rsp);
}

static enum fault_result send_hex(struct play *p, const char *hex)
{
	uint8_t cmd[64];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	assert_non_null(p->rsp);
	return fault_transmit(p->f, p->c, cmd, len, p->rsp, VCARD_RESPONSE_MAX, &p->len, &p->delay_ms);
}

/* The command is answered, and with this. */
static void answers(struct play *p, const char *hex, const char *expected)
{
	char got[128];

	assert_int_equal(send_hex(p, hex), FAULT_ANSWER);
	assert_true(hex_of(p->rsp, p->len, got, sizeof got));
	assert_string_equal(got, expected);
}

static unsigned tries(const struct play *p, const char *id)
{
	return vcard_pin(p->c, id)->tries;
}

#define QUERY "00200081"
#define IS_VERIFIED "00CA008101"

static void without_a_script_all_goes_well(void **state)
{
	struct play p = play_of("");

	(void)state;
	answers(&p, QUERY, "63C5");
	faults_free(p.f);
	p.f = NULL;
	answers(&p, QUERY, "63C5");
	assert_int_equal(p.delay_ms, 0);
	play_end(&p);
	faults_free(NULL);
}

static void cut_before_loses_the_command(void **state)
{
	struct play p = play_of("apdu 2 cut-before");

	(void)state;
	answers(&p, RIGHT_SIGN, "9000");
	assert_int_equal(send_hex(&p, WRONG_SIGN), FAULT_CUT);
	assert_int_equal(p.len, 0);
	assert_int_equal(tries(&p, "sign"), 5);
	answers(&p, IS_VERIFIED, "009000"); /* power went */
	answers(&p, WRONG_SIGN, "63C4");    /* a rule serves once */
	play_end(&p);
}

static void cut_after_loses_the_answer(void **state)
{
	struct play p = play_of("ins 20 #2 cut-after\nins 24 cut-after\n");

	(void)state;
	answers(&p, RIGHT_SIGN, "9000");
	assert_int_equal(send_hex(&p, WRONG_SIGN), FAULT_CUT);
	assert_int_equal(p.len, 0);
	assert_int_equal(tries(&p, "sign"), 4);
	assert_int_equal(send_hex(&p, "002400810431313131"), FAULT_CUT);
	assert_int_equal(tries(&p, "sign"), 5);
	assert_memory_equal(vcard_pin(p.c, "sign")->value, "1111", 4);
	answers(&p, IS_VERIFIED, "009000");
	play_end(&p);
}

static void status_words_lie_with_and_without_execution(void **state)
{
	struct play p = play_of("ins 20 sw 6983\nins 20 #2 instead 9000\n");

	(void)state;
	answers(&p, WRONG_SIGN, "6983");
	assert_int_equal(tries(&p, "sign"), 4);
	answers(&p, WRONG_SIGN, "9000");
	assert_int_equal(tries(&p, "sign"), 4);
	answers(&p, WRONG_SIGN, "63C3");
	play_end(&p);
}

static void replies_have_any_form(void **state)
{
	struct play p = play_of("apdu 1 reply 6F00AABB\napdu 2 empty\napdu 3 short\napdu 4 long 8\n"
				"apdu 5 long 1\napdu 6 long 0\napdu 7 long 65538\n");

	(void)state;
	answers(&p, WRONG_SIGN, "6F00AABB");
	assert_int_equal(tries(&p, "sign"), 4);
	answers(&p, WRONG_SIGN, "");
	assert_int_equal(tries(&p, "sign"), 3);
	answers(&p, WRONG_SIGN, "63");
	answers(&p, WRONG_SIGN, "EEEEEEEEEEEE63C1");
	assert_int_equal(send_hex(&p, QUERY), FAULT_ANSWER);
	assert_int_equal(p.len, 1);
	answers(&p, QUERY, "");
	assert_int_equal(send_hex(&p, QUERY), FAULT_ANSWER);
	assert_int_equal(p.len, 65538);
	assert_memory_equal(p.rsp + 65536, "\x63\xC1", 2);
	play_end(&p);
}

static void a_long_reply_stays_in_its_buffer(void **state)
{
	struct play p = play_of("apdu 1 long 100\napdu 2 reply 010203040506\n");
	const uint8_t cmd[] = {0x00, 0x20, 0x00, 0x81};
	uint8_t rsp[6];

	(void)state;
	memset(rsp, 0x55, sizeof rsp);
	assert_int_equal(fault_transmit(p.f, p.c, cmd, sizeof cmd, rsp, 5, &p.len, &p.delay_ms),
			 FAULT_ANSWER);
	assert_int_equal(p.len, 5);
	assert_memory_equal(rsp, "\xEE\xEE\xEE\x63\xC5\x55", 6);
	assert_int_equal(fault_transmit(p.f, p.c, cmd, sizeof cmd, rsp, 5, &p.len, &p.delay_ms),
			 FAULT_ANSWER);
	assert_int_equal(p.len, 5);
	assert_int_equal(rsp[5], 0x55);
	play_end(&p);
}

static void delays_add_up_and_go_with_others(void **state)
{
	struct play p =
		play_of("apdu 1 delay 500\nins 20 delay 20\nins 20 sw 6F00\napdu 1 sw 6A80\napdu 2 mute\n");

	(void)state;
	answers(&p, WRONG_SIGN, "6F00"); /* the first in the script */
	assert_int_equal(p.delay_ms, 520);
	assert_int_equal(tries(&p, "sign"), 4);
	assert_int_equal(send_hex(&p, WRONG_SIGN), FAULT_MUTE);
	assert_int_equal(p.delay_ms, 0);
	assert_int_equal(tries(&p, "sign"), 4);
	play_end(&p);
}

static void a_removed_card_did_nothing(void **state)
{
	struct play p = play_of("apdu 2 remove");

	(void)state;
	answers(&p, RIGHT_SIGN, "9000");
	assert_int_equal(send_hex(&p, WRONG_SIGN), FAULT_REMOVED);
	assert_int_equal(tries(&p, "sign"), 5);
	assert_false(vcard_pin(p.c, "sign")->verified);
	play_end(&p);
}

static void grab_spends_a_try_of_the_first_open_pin(void **state)
{
	struct play p = play_of("ins CA grab\nins CA #2 grab\n");

	(void)state;
	answers(&p, RIGHT_SIGN, "9000");
	answers(&p, IS_VERIFIED, "009000");
	assert_int_equal(tries(&p, "sign"), 4);
	vcard_pin(p.c, "sign")->tries = 0;
	answers(&p, IS_VERIFIED, "009000");
	assert_int_equal(tries(&p, "sign"), 0);
	assert_int_equal(tries(&p, "auth"), 2);
	play_end(&p);
}

static void what_is_too_short_for_an_ins_matches_none(void **state)
{
	struct play p = play_of("ins 00 sw 1234\napdu 2 sw 5678");

	(void)state;
	answers(&p, "00", "6700");
	answers(&p, "", "5678");
	answers(&p, "00000000", "1234");
	play_end(&p);
}

static void comments_and_blank_lines_are_nothing(void **state)
{
	struct play p = play_of(
		"# a comment\n#2 is one too\n\n   \t \r\n  # and this\n"
		"apdu 1 sw 6A80 # why\r\n\tins\t20  #2\tsw 6a81\t#why\n# the end without a line feed");

	(void)state;
	answers(&p, QUERY, "6A80");
	answers(&p, QUERY, "6A81");
	answers(&p, QUERY, "63C5");
	play_end(&p);
}

static void bad_scripts_name_their_line(void **state)
{
	static const char *const bad[] = {
		"apdu",
		"apdu 1",
		"apdu 0 mute",
		"apdu -1 mute",
		"apdu x mute",
		"apdu 1000001 mute",
		"apdu 1x mute",
		"apdu 99999999999999999999 mute",
		"apdu 1 nothing",
		"apdu 1 Mute",
		"apdu 1 mute now",
		"mute",
		"ins 20",
		"ins 2 mute",
		"ins 200 mute",
		"ins xx mute",
		"ins 20 #0 mute",
		"ins 20 # mute",
		"ins 20 #x mute",
		"ins 20 #2",
		"ins 20 2 mute",
		"apdu 1 #2 mute",
		"apdu 1 sw",
		"apdu 1 sw 90",
		"apdu 1 sw 90000",
		"apdu 1 sw 90xx",
		"apdu 1 instead",
		"apdu 1 reply",
		"apdu 1 reply 9",
		"apdu 1 reply 90 00",
		"apdu 1 long",
		"apdu 1 long 65539",
		"apdu 1 long -1",
		"apdu 1 delay",
		"apdu 1 delay 1s",
		"apdu 1 delay 3600001",
		"apdu 1 cut",
		"card 1 mute",
		"apdu 1 mute #2",
	};
	struct rp_error err = RP_ERROR_INIT;
	struct faults *f = NULL;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		(void)snprintf(text, sizeof text, "apdu 1 mute\n# fine\n%s\napdu 2 mute\n", bad[i]);
		if (faults_parse(text, &f, &err) != RP_E_CONFIG || f != NULL)
			fail_msg("took \"%s\"", bad[i]);
		if (strstr(err.story, "line 3 ") == NULL || strstr(err.story, bad[i]) == NULL)
			fail_msg("\"%s\": \"%s\"", bad[i], err.story);
	}
}

static void scripts_have_an_end(void **state)
{
	static const char line[] = "apdu 1 mute\n";
	const size_t each = sizeof line - 1;
	char *text = calloc(1, 257 * each + 1);
	struct rp_error err = RP_ERROR_INIT;
	struct faults *f = NULL;
	size_t i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 256; i++)
		memcpy(text + i * each, line, each);
	faults_free(script(text));
	memcpy(text + 256 * each, line, each);
	assert_int_equal(faults_parse(text, &f, &err), RP_E_CONFIG);
	memset(text, 'a', 1500);
	text[1500] = '\0';
	assert_int_equal(faults_parse(text, &f, &err), RP_E_CONFIG);
	memcpy(text, "apdu 1 reply ", 13);
	assert_int_equal(faults_parse(text, &f, &err), RP_E_CONFIG); /* 743 bytes and a half */
	assert_null(f);
	free(text);
}

/* --- the diary --- */

static void a_line_tells_what_became_of_the_tries(void **state)
{
	struct vcard *c = dummy_card("auth=");
	const uint8_t cmd[] = {0x00, 0x20, 0x00, 0x81, 0x01, 0x31}, rsp[] = {0x63, 0xC4};
	char before[64], line[256];

	(void)state;
	vcard_tries(c, before, sizeof before);
	assert_string_equal(before, "sign=5");
	vcard_pin(c, "sign")->tries = 4;
	vcard_diary_line(c, 12, cmd, sizeof cmd, rsp, sizeof rsp, before, line, sizeof line);
	assert_string_equal(line, "12 002000810131 63C4 | sign=5 | sign=4");
	vcard_diary_line(c, 13, cmd, 0, NULL, 7, before, line, sizeof line);
	assert_string_equal(line, "13 - - | sign=5 | sign=4");
	vcard_free(c);
}

static void lines_and_tries_end_where_their_buffer_does(void **state)
{
	struct vcard *c = dummy_card(NULL);
	const uint8_t cmd[40] = {0x00, 0x20};
	char whole[256], line[256];
	size_t cap;

	(void)state;
	vcard_diary_line(c, 1, cmd, sizeof cmd, cmd, 2, "sign=5 auth=3", whole, sizeof whole);
	for (cap = 1; cap <= strlen(whole) + 1; cap++) {
		memset(line, 0x55, sizeof line);
		vcard_diary_line(c, 1, cmd, sizeof cmd, cmd, 2, "sign=5 auth=3", line, cap);
		assert_true(strlen(line) < cap);
		assert_int_equal(line[cap], 0x55);
		memset(line, 0x55, sizeof line);
		vcard_tries(c, line, cap);
		assert_true(strlen(line) < cap);
		assert_int_equal(line[cap], 0x55);
	}
	vcard_tries(c, line, sizeof line);
	assert_string_equal(line, "sign=5 auth=3");
	line[0] = 'x';
	vcard_tries(c, line, 0);
	vcard_diary_line(c, 1, cmd, 1, cmd, 1, "", line, 0);
	assert_int_equal(line[0], 'x');
	vcard_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_script_all_goes_well),
		cmocka_unit_test(cut_before_loses_the_command),
		cmocka_unit_test(cut_after_loses_the_answer),
		cmocka_unit_test(status_words_lie_with_and_without_execution),
		cmocka_unit_test(replies_have_any_form),
		cmocka_unit_test(a_long_reply_stays_in_its_buffer),
		cmocka_unit_test(delays_add_up_and_go_with_others),
		cmocka_unit_test(a_removed_card_did_nothing),
		cmocka_unit_test(grab_spends_a_try_of_the_first_open_pin),
		cmocka_unit_test(what_is_too_short_for_an_ins_matches_none),
		cmocka_unit_test(comments_and_blank_lines_are_nothing),
		cmocka_unit_test(bad_scripts_name_their_line),
		cmocka_unit_test(scripts_have_an_end),
		cmocka_unit_test(a_line_tells_what_became_of_the_tries),
		cmocka_unit_test(lines_and_tries_end_where_their_buffer_does),
	};

	return cmocka_run_group_tests_name("vcard faults", tests, NULL, NULL);
}
