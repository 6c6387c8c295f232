/* SPDX-License-Identifier: Apache-2.0 */
/* A token that goes away at any call, comes back, stays away, or is another one. */
#include "token_rig.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static struct fail_controls fail;
static keys *k;
static uint8_t blob[KEYS_WRAPPED_MAX];
static size_t blob_len;
static const uint8_t id[CARD_ID_LEN] = {1}, zeros[40];
static const struct hash_part row = {id, sizeof id};

static int begin(void **state)
{
	rp_secret *s = NULL;

	(void)state;
	rig_begin(&rig);
	rig_token(&rig, "issuer");
	fail = fail_controls();
	k = rig_open(&rig, FAIL_MODULE, "issuer");
	assert_int_equal(rp_secret_from("twenty-four bytes of key", 24, &s, NULL), RP_OK);
	assert_int_equal(keys_wrap(k, s, &row, blob, sizeof blob, &blob_len, NULL), RP_OK);
	rp_secret_free(s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	keys_close(k);
	rig_end(&rig);
	return 0;
}

/* --- every operation, and the PKCS#11 calls that it is made of --- */

static rp_code do_presence(struct rp_error *err)
{
	const struct keys_card c = {.version = 1};
	uint8_t out[16];

	return keys_presence_mac(k, &c, zeros, zeros, out, err);
}

static rp_code do_cryptogram(struct rp_error *err)
{
	const struct keys_card c = {.version = 1};
	uint8_t out[16];

	return keys_cryptogram(k, &c, zeros, out, err);
}

static rp_code do_card_key(struct rp_error *err)
{
	rp_secret *s = NULL;
	rp_code rc = keys_card_key(k, 1, id, &s, err);

	rp_secret_free(s);
	return rc;
}

static rp_code do_pepper(struct rp_error *err)
{
	const struct hash_part part = {"x", 1};
	uint8_t out[32];

	return keys_pepper(k, 1, &part, 1, out, err);
}

static rp_code do_seal(struct rp_error *err)
{
	uint8_t out[64];

	return keys_seal(k, 1, "x", 1, out, err);
}

static rp_code do_seal_public(struct rp_error *err)
{
	uint8_t out[32];

	return keys_seal_public(k, 1, out, err);
}

static rp_code do_wrap(struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *s = NULL;
	uint8_t out[KEYS_WRAPPED_MAX];
	size_t len;

	assert_int_equal(rp_secret_from("x", 1, &s, NULL), RP_OK);
	return keys_wrap(k, s, &row, out, sizeof out, &len, err);
}

static rp_code do_unwrap(struct rp_error *err)
{
	rp_secret *s = NULL;
	rp_code rc = keys_unwrap(k, blob, blob_len, &row, &s, err);

	rp_secret_free(s);
	return rc;
}

static rp_code do_response(struct rp_error *err)
{
	uint8_t out[8];

	return keys_gids_response(k, blob, blob_len, id, zeros, out, err);
}

static rp_code do_mutual(struct rp_error *err)
{
	uint8_t out[40];

	return keys_gids_mutual(k, blob, blob_len, id, zeros, zeros, out, err);
}

static rp_code do_proves(struct rp_error *err)
{
	bool out;

	return keys_gids_proves(k, blob, blob_len, id, zeros, zeros, zeros, &out, err);
}

static rp_code do_check_values(struct rp_error *err)
{
	char out[1024];

	return keys_check_values(k, out, sizeof out, err);
}

static const struct operation {
	const char *name;
	rp_code (*run)(struct rp_error *);
	const char *calls[8];
} operations[] = {
	{"presence", do_presence, {"C_DeriveKey", "C_SignInit", "C_Sign"}},
	{"cryptogram", do_cryptogram, {"C_DeriveKey", "C_SignInit", "C_Sign"}},
	{"card key", do_card_key, {"C_DeriveKey", "C_GetAttributeValue"}},
	{"pepper", do_pepper, {"C_SignInit", "C_SignUpdate", "C_SignFinal"}},
	{"seal", do_seal, {"C_SignInit", "C_Sign"}},
	{"public key", do_seal_public, {"C_GetAttributeValue"}},
	{"wrap", do_wrap, {"C_EncryptInit", "C_Encrypt"}},
	{"unwrap", do_unwrap, {"C_DecryptInit"}},
	{"response", do_response, {"C_DecryptInit", "C_CreateObject", "C_EncryptInit", "C_Encrypt"}},
	{"mutual", do_mutual, {"C_DecryptInit", "C_CreateObject", "C_EncryptInit", "C_Encrypt"}},
	{"proves", do_proves, {"C_DecryptInit", "C_CreateObject", "C_EncryptInit", "C_Encrypt"}},
	{"check values", do_check_values, {"C_DeriveKey", "C_Sign", "C_SignFinal", "C_GetAttributeValue"}},
};
#define N_OPERATIONS (sizeof operations / sizeof operations[0])

/* The login's session and one to lend; nothing made and forgotten; no handle of another time. */
static void assert_tidy(void)
{
	assert_true(fail.sessions() <= 2);
	assert_int_equal(fail.objects(), 0);
	assert_int_equal(fail.misuses(), 0);
}

static void assert_works(const struct operation *op)
{
	struct rp_error err = RP_ERROR_INIT;

	if (op->run(&err) != RP_OK)
		fail_msg("%s: %s", op->name, err.story);
	assert_tidy();
}

static void goes_and_comes_back(const struct operation *op, const char *call, CK_RV rv)
{
	struct rp_error err = RP_ERROR_INIT;
	const unsigned long starts = fail.starts();

	fail.next(call, rv, 0, 1);
	if (op->run(&err) != RP_E_TOKEN)
		fail_msg("%s went through with %s answering 0x%lX", op->name, call, rv);
	if (strstr(err.story, "the next call tries again") == NULL)
		fail_msg("%s, %s: no remedy in \"%s\"", op->name, call, err.story);
	assert_int_equal(fail.starts(), starts);
	assert_works(op);
	assert_int_equal(fail.starts(), starts + 1);
}

static void a_token_that_goes_at_any_call_is_come_back_to_by_the_next(void **state)
{
	static const CK_RV answers[] = {CKR_DEVICE_REMOVED, CKR_GENERAL_ERROR};

	(void)state;
	for (size_t i = 0; i < N_OPERATIONS; i++) {
		assert_works(&operations[i]);
		for (const char *const *call = operations[i].calls; *call != NULL; call++)
			for (size_t a = 0; a < 2; a++)
				goes_and_comes_back(&operations[i], *call, answers[a]);
	}
}

static void every_answer_of_a_token_that_is_gone_leads_back(void **state)
{
	static const CK_RV answers[] = {
		CKR_DEVICE_REMOVED,	    CKR_TOKEN_NOT_PRESENT,     CKR_TOKEN_NOT_RECOGNIZED,
		CKR_DEVICE_ERROR,	    CKR_GENERAL_ERROR,	       CKR_FUNCTION_FAILED,
		CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,	       CKR_USER_NOT_LOGGED_IN,
		CKR_KEY_HANDLE_INVALID,	    CKR_OBJECT_HANDLE_INVALID, CKR_CRYPTOKI_NOT_INITIALIZED,
		CKR_SLOT_ID_INVALID,	    CKR_VENDOR_DEFINED | 7};

	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
		goes_and_comes_back(&operations[3], "C_SignInit", answers[i]);
}

static void an_answer_about_the_call_alone_restarts_nothing_and_leaves_nothing(void **state)
{
	static const CK_RV answers[] = {CKR_MECHANISM_INVALID, CKR_KEY_FUNCTION_NOT_PERMITTED,
					CKR_DEVICE_MEMORY, CKR_HOST_MEMORY};
	const unsigned long starts = fail.starts();

	(void)state;
	for (size_t i = 0; i < N_OPERATIONS; i++)
		for (const char *const *call = operations[i].calls; *call != NULL; call++)
			for (size_t a = 0; a < 4; a++) {
				struct rp_error err = RP_ERROR_INIT;

				fail.next(*call, answers[a], 0, 1);
				assert_int_equal(operations[i].run(&err),
						 answers[a] == CKR_HOST_MEMORY ? RP_E_NO_MEMORY : RP_E_TOKEN);
				assert_tidy();
				assert_works(&operations[i]);
			}
	assert_int_equal(fail.starts(), starts);
}

static void a_broken_token_is_not_taken_for_a_blob_that_does_not_open(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	/* The decryption, and what is asked to find out. */
	fail.next("C_Decrypt", CKR_GENERAL_ERROR, 0, 2);
	assert_int_equal(do_unwrap(&err), RP_E_TOKEN);
	assert_works(&operations[7]);
	fail.next("C_Decrypt", CKR_GENERAL_ERROR, 0, 1);
	assert_int_equal(do_unwrap(&err), RP_E_FAULT);
	assert_works(&operations[7]);
}

static void a_key_that_cannot_be_destroyed_goes_with_its_session(void **state)
{
	const unsigned long closed = fail.calls("C_CloseSession"), starts = fail.starts();

	(void)state;
	fail.next("C_DestroyObject", CKR_FUNCTION_NOT_SUPPORTED, 0, 1);
	assert_int_equal(do_presence(NULL), RP_OK);
	assert_int_equal(fail.calls("C_CloseSession"), closed + 1);
	assert_tidy();
	assert_works(&operations[0]);
	assert_int_equal(fail.starts(), starts);
}

static void assert_made(bool stays, bool signs, bool encrypts)
{
	assert_int_equal(fail.made(CKA_TOKEN), false);
	assert_int_equal(fail.made(CKA_PRIVATE), true);
	assert_int_equal(fail.made(CKA_SENSITIVE), stays);
	assert_int_equal(fail.made(CKA_EXTRACTABLE), !stays);
	assert_int_equal(fail.made(CKA_SIGN), signs);
	assert_int_equal(fail.made(CKA_VERIFY), false);
	assert_int_equal(fail.made(CKA_ENCRYPT), encrypts);
	assert_int_equal(fail.made(CKA_DECRYPT), false);
	assert_int_equal(fail.made(CKA_DERIVE), false);
	assert_int_equal(fail.made(CKA_WRAP), false);
	assert_int_equal(fail.made(CKA_UNWRAP), false);
}

static void what_is_made_for_a_moment_stays_in_the_token_and_serves_one_use(void **state)
{
	(void)state;
	assert_works(&operations[0]); /* presence */
	assert_made(true, true, false);
	assert_works(&operations[1]); /* cryptogram */
	assert_made(true, true, false);
	assert_works(&operations[8]); /* an admin key */
	assert_made(true, false, true);
	assert_works(&operations[2]); /* Kcard for its personalisation, and only then */
	assert_made(false, false, false);
}

/* --- staying away --- */

static void a_token_that_stays_away_fails_each_call_until_it_is_there(void **state)
{
	static const char *const calls[] = {
		"C_Initialize",	     "C_GetSlotList", "C_OpenSession",	    "C_Login",
		"C_FindObjectsInit", "C_FindObjects", "C_GetAttributeValue"};

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		fail.next("C_SignInit", CKR_DEVICE_REMOVED, 0, 1);
		assert_int_equal(do_pepper(NULL), RP_E_TOKEN);
		fail.next(calls[i], CKR_DEVICE_ERROR, 0, 3);
		for (int n = 0; n < 3; n++) {
			struct rp_error err = RP_ERROR_INIT;

			if (do_pepper(&err) != RP_E_TOKEN || err.story[0] == '\0')
				fail_msg("%s: call %d: \"%s\"", calls[i], n, err.story);
		}
		assert_works(&operations[3]);
	}
}

static void a_pin_that_is_refused_is_never_tried_again(void **state)
{
	keys *was = k;
	struct rp_error err = RP_ERROR_INIT;
	unsigned long logins;

	(void)state;
	k = rig_open(&rig, FAIL_MODULE, "issuer");
	fail.next("C_SignInit", CKR_DEVICE_REMOVED, 0, 1);
	assert_int_equal(do_pepper(NULL), RP_E_TOKEN);
	fail.next("C_Login", CKR_PIN_INCORRECT, 0, 1);
	assert_int_equal(do_pepper(&err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "is not tried again"));
	logins = fail.calls("C_Login");
	for (int i = 0; i < 5; i++)
		assert_int_equal(do_pepper(&err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "was refused"));
	assert_int_equal(fail.calls("C_Login"), logins);
	keys_close(k);
	k = was;
	assert_works(&operations[3]); /* the module was restarted under it */
}

/* --- another place, another token --- */

static void path_in(char *ret, const char *name)
{
	(void)snprintf(ret, 128, "%s/%s", rig.folder, name);
}

static void swap_folders(void)
{
	char here[128], away[128], third[128];

	path_in(here, "tokens");
	path_in(away, "tokens-2");
	path_in(third, "tokens-3");
	assert_int_equal(rename(here, third), 0);
	assert_int_equal(rename(away, here), 0);
	assert_int_equal(rename(third, away), 0);
}

/* In a process of its own: this one has the module in use. */
static void make_token_elsewhere(void)
{
	pid_t pid = fork();
	int status = 0;

	assert_true(pid >= 0);
	if (pid == 0) {
		assert_non_null(freopen("/dev/null", "w", stdout));
		(void)execlp("softhsm2-util", "softhsm2-util", "--init-token", "--free", "--label", "issuer",
			     "--pin", RIG_PIN, "--so-pin", RIG_SO_PIN, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void lose_it(void)
{
	fail.next("C_SignInit", CKR_TOKEN_NOT_PRESENT, 0, 1);
	assert_int_equal(do_pepper(NULL), RP_E_TOKEN);
}

static void another_token_of_the_same_name_is_not_taken_for_ours(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	char away[128];

	(void)state;
	path_in(away, "tokens-2");
	assert_int_equal(mkdir(away, 0700), 0);
	lose_it();
	swap_folders();
	assert_int_equal(do_pepper(&err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "has no token \"issuer\": connect it, restore it"));
	make_token_elsewhere();
	assert_int_equal(do_pepper(&err), RP_E_TOKEN);
	assert_non_null(strstr(err.story, "is another one than before"));
	swap_folders();
	assert_works(&operations[3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_that_goes_at_any_call_is_come_back_to_by_the_next),
		cmocka_unit_test(every_answer_of_a_token_that_is_gone_leads_back),
		cmocka_unit_test(an_answer_about_the_call_alone_restarts_nothing_and_leaves_nothing),
		cmocka_unit_test(a_broken_token_is_not_taken_for_a_blob_that_does_not_open),
		cmocka_unit_test(a_key_that_cannot_be_destroyed_goes_with_its_session),
		cmocka_unit_test(what_is_made_for_a_moment_stays_in_the_token_and_serves_one_use),
		cmocka_unit_test(a_token_that_stays_away_fails_each_call_until_it_is_there),
		cmocka_unit_test(a_pin_that_is_refused_is_never_tried_again),
		cmocka_unit_test(another_token_of_the_same_name_is_not_taken_for_ours),
	};

	return cmocka_run_group_tests_name("a token that goes away", tests, begin, end);
}
