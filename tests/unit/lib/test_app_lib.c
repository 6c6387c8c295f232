/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The app on a phone: two virtual cards at once, the phone's certificates and the card that they came
 * from, and a played issuer that speaks of the phone. Which PIN goes where, and who pays for a wrong one.
 */
#include "reset_rig.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct pair {
	struct rig phone, card;
	struct rp_issuer_port port;
	char lines[1024]; /* that the phone signed */
	bool grant_has_both, registered;
};

static struct pair *now; /* the port's functions are the played issuer's, and have its arg */

static rp_code sign(void *arg, const char *lines, size_t len, struct rp_device *ret, struct rp_error *err)
{
	(void)arg, (void)err;
	assert_true(len < sizeof now->lines);
	memcpy(now->lines, lines, len);
	now->lines[len] = '\0';
	*ret = (struct rp_device){.key_len = 1, .signature_len = 1};
	return RP_OK;
}

static rp_code device(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
		      char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	(void)arg, (void)err;
	assert_string_equal(p->profile, "mynumber-mobile");
	assert_true(e->device != NULL && e->proof != NULL && e->proof->slot == RP_SLOT_SIGN);
	now->registered = true;
	(void)snprintf(ret_receipt, RP_ISSUER_ID, "receipt-9");
	return RP_OK;
}

static rp_code grant(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
		     struct rp_grant *ret, struct rp_error *err)
{
	assert_string_equal(e->door, "app");
	now->grant_has_both = e->device != NULL && e->proof != NULL;
	return now->phone.p.port.grant(arg, p, e, ret, err);
}

static void begin(struct pair *p)
{
	*p = (struct pair){0};
	start(&p->phone, "mynumber-mobile");
	start(&p->card, "mynumber");
	p->port = p->phone.p.port;
	p->port.terminal = "AB";
	p->port.sign = sign;
	p->port.device = device;
	p->port.grant = grant;
	now = p;
}

static void end(struct pair *p)
{
	stop(&p->phone);
	stop(&p->card);
}

static rp_code set(struct pair *p, rp_slot slot, const char *current, bool last_ok, const char *fresh)
{
	const struct rp_job job = {.slot = slot, .shown = &p->phone.shown};
	rp_secret *pin = current != NULL ? entry_of("mynumber", RP_SLOT_SIGN, RP_ENTRY_CURRENT, current)
					 : NULL;
	rp_secret *new = entry_of("mynumber-mobile", slot, RP_ENTRY_NEW, fresh);
	const struct rp_source from = {
		.card = p->card.card,
		.job = {.slot = RP_SLOT_SIGN, .shown = &p->card.shown, .last_try_ok = last_ok},
		.current = pin};
	rp_code rc;

	p->phone.err = (struct rp_error)RP_ERROR_INIT;
	rc = rp_issuer_reset_phone(p->phone.card, &p->port, &job, pin != NULL ? &from : NULL, new,
				   &p->phone.done, &p->phone.err);
	rp_secret_free(pin);
	rp_secret_free(new);
	return rc;
}

static bool phone_untouched(const struct pair *p)
{
	return holds(&p->phone, "sign", "ABC123") && vreader_count(&p->phone.v, 0x2C) == 0 &&
	       play_count(&p->phone.p, PLAY_GRANT) == 0;
}

static void the_cards_pin_proves_at_the_card_and_the_phone_gets_the_new_one(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", false, "NEWPIN9"), RP_OK);
	assert_true(holds(&p.phone, "sign", "NEWPIN9") && holds(&p.card, "sign", "ABC123"));
	assert_int_equal(vreader_count_data(&p.phone.v, 0x20), 0);
	assert_int_equal(vreader_count_data(&p.card.v, 0x20), 1);
	assert_true(p.grant_has_both && p.phone.done.reported);
	assert_non_null(strstr(p.lines, "purpose reset\n"));
	assert_non_null(strstr(p.lines, "terminal AB\n"));
	assert_non_null(strstr(p.lines, "profile mynumber-mobile\n"));
	assert_non_null(strstr(p.lines, "slot sign\n"));
	assert_true(nobody_is_logged_in(&p.phone) && nobody_is_logged_in(&p.card));
	end(&p);
}

static void the_phones_key_alone_sets_the_other_one(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	assert_int_equal(set(&p, RP_SLOT_AUTH, NULL, false, "7391"), RP_OK);
	assert_true(holds(&p.phone, "auth", "7391"));
	assert_int_equal(p.card.v.n, 0);
	assert_non_null(strstr(p.lines, "slot auth\n"));
	end(&p);
}

static void a_wrong_entry_costs_a_try_of_the_card_and_is_told_as_its(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	assert_int_equal(set(&p, RP_SLOT_SIGN, "WRONG1", false, "NEWPIN9"), RP_E_PIN_WRONG);
	assert_true(p.phone.err.of_source);
	assert_int_equal(p.phone.err.tries_left, 4);
	assert_int_equal(p.phone.err.tries_spent, 1);
	assert_int_equal(vreader_tries(&p.card.v, "sign"), 4);
	assert_int_equal(vreader_all_tries(&p.phone.v), p.phone.before);
	assert_true(phone_untouched(&p) && p.lines[0] == '\0');
	end(&p);
}

static void the_cards_last_try_and_other_tries_than_shown_stop_it(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	vcard_pin(p.card.v.card, "sign")->tries = 1;
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", false, "NEWPIN9"), RP_E_TRIES_CHANGED);
	refresh(&p.card);
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", false, "NEWPIN9"), RP_E_LAST_TRY);
	assert_true(p.phone.err.of_source);
	assert_int_equal(vreader_count_data(&p.card.v, 0x20), 0);
	assert_true(phone_untouched(&p));
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", true, "NEWPIN9"), RP_OK);
	end(&p);
}

static void no_entry_goes_to_the_card_before_the_issuer_has_taken_the_phones_mac(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	p.phone.p.fails = PLAY_PRESENCE;
	p.phone.p.fails_at = 1;
	p.phone.p.fails_with = RP_E_ISSUER_AWAY;
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", false, "NEWPIN9"), RP_E_ISSUER_AWAY);
	assert_int_equal(p.card.v.n, 0);
	assert_true(phone_untouched(&p));
	end(&p);
}

static void who_is_no_phone_sends_nothing(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	p.port.sign = NULL;
	assert_int_equal(set(&p, RP_SLOT_SIGN, "ABC123", false, "NEWPIN9"), RP_E_NOT_OFFERED);
	assert_int_equal(set(&p, RP_SLOT_AUTH, NULL, false, "7391"), RP_E_NOT_OFFERED);
	assert_int_equal(p.phone.v.n + p.card.v.n, 0);
	end(&p);
}

static void a_phone_is_registered_by_the_card(void **state)
{
	struct pair p;
	const struct rp_job job = {.slot = RP_SLOT_SIGN, .shown = &p.phone.shown};
	rp_secret *pin = entry_of("mynumber", RP_SLOT_SIGN, RP_ENTRY_CURRENT, "ABC123");
	struct rp_source from;

	(void)state;
	begin(&p);
	from = (struct rp_source){
		.card = p.card.card, .job = {.slot = RP_SLOT_SIGN, .shown = &p.card.shown}, .current = pin};
	assert_int_equal(
		rp_issuer_register(p.phone.card, &p.port, &job, &from, p.phone.receipt, &p.phone.err), RP_OK);
	assert_true(p.registered);
	assert_string_equal(p.phone.receipt, "receipt-9");
	assert_non_null(strstr(p.lines, "purpose device\n"));
	assert_non_null(strstr(p.lines, "slot -\n"));
	assert_true(phone_untouched(&p));
	rp_secret_free(pin);
	end(&p);
}

static rp_code change_auth(struct rig *r)
{
	const struct rp_job job = {.slot = RP_SLOT_AUTH, .shown = &r->shown};
	rp_secret *old = entry_of("mynumber-mobile", RP_SLOT_AUTH, RP_ENTRY_CURRENT, "1234");
	rp_secret *new = entry_of("mynumber-mobile", RP_SLOT_AUTH, RP_ENTRY_NEW, "7391");
	rp_code rc = rp_pin_change(r->card, &job, old, new, &r->out, &r->err);

	rp_secret_free(old);
	rp_secret_free(new);
	return rc;
}

static void the_app_alone_changes_and_never_what_could_be_a_real_phone(void **state)
{
	struct rig r;

	(void)state;
	start(&r, "mynumber-mobile");
	assert_int_equal(change_auth(&r), RP_E_NOT_OFFERED);
	assert_int_equal(r.v.n, 0);
	rp_ctx_app(r.ctx);
	assert_int_equal(change_auth(&r), RP_OK);
	assert_true(holds(&r, "auth", "7391"));
	stop(&r);
	start_on(&r, vreader_make("mynumber-mobile", NULL, false));
	rp_ctx_app(r.ctx);
	assert_int_equal(change_auth(&r), RP_E_NOT_OFFERED);
	assert_int_equal(ours_sent(&r), 0);
	stop(&r);
}

static void a_key_is_its_owners_alone(void **state)
{
	char dir[] = "/tmp/repin-key-XXXXXX", path[64];
	struct rp_device signed_by = {0}, again = {0};
	rp_device_key *key = NULL;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/phone.pem", dir);
	assert_int_equal(rp_device_key_make(path, NULL), RP_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rp_device_key_make(path, NULL), RP_E_CONFIG);
	assert_int_equal(rp_device_key_open(path, &key, NULL), RP_OK);
	assert_int_equal(strlen(rp_device_key_terminal(key)), 64);
	assert_int_equal(rp_device_key_sign(key, "lines\n", 6, &signed_by, NULL), RP_OK);
	assert_int_equal(rp_device_key_sign(key, "lines\n", 6, &again, NULL), RP_OK);
	assert_int_equal(signed_by.key_len, 91);
	assert_memory_equal(signed_by.key, again.key, 91);
	assert_true(signed_by.signature_len >= 64 && signed_by.signature_len <= RP_DEVICE_SIG_MAX);
	rp_device_key_close(key);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(rp_device_key_open(path, &key, NULL), RP_E_CONFIG);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 40), 0);
	assert_int_equal(rp_device_key_open(path, &key, NULL), RP_E_CONFIG);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rp_device_key_open(path, &key, NULL), RP_E_CONFIG);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cards_pin_proves_at_the_card_and_the_phone_gets_the_new_one),
		cmocka_unit_test(the_phones_key_alone_sets_the_other_one),
		cmocka_unit_test(a_wrong_entry_costs_a_try_of_the_card_and_is_told_as_its),
		cmocka_unit_test(the_cards_last_try_and_other_tries_than_shown_stop_it),
		cmocka_unit_test(no_entry_goes_to_the_card_before_the_issuer_has_taken_the_phones_mac),
		cmocka_unit_test(who_is_no_phone_sends_nothing),
		cmocka_unit_test(a_phone_is_registered_by_the_card),
		cmocka_unit_test(the_app_alone_changes_and_never_what_could_be_a_real_phone),
		cmocka_unit_test(a_key_is_its_owners_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
