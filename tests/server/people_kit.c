/* SPDX-License-Identifier: Apache-2.0 */
#include "server/people_kit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "issuer/totp.h"

/* The other way round than totp_base32, in the plainest form. */
static rp_secret *key_of_base32(const char *text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint8_t key[20] = {0};
	rp_secret *s = NULL;

	assert_int_equal(strlen(text), 32);
	for (unsigned bit = 0; bit < 160; bit++) {
		const char *at = strchr(alphabet, text[bit / 5]);

		assert_non_null(at);
		if (((unsigned)(at - alphabet) >> (4 - bit % 5) & 1) != 0)
			key[bit / 8] = (uint8_t)(key[bit / 8] | 0x80 >> bit % 8);
	}
	assert_int_equal(rp_secret_from(key, sizeof key, &s, NULL), RP_OK);
	return s;
}

struct person person_make(struct irig *r, const char *name, const char *roles, const char *office)
{
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *password = irig_secret(PASSWORD);
	char totp[64] = "";

	irig_ok(issuer_operator_put(r->i, "console", name, roles, office, password, totp, &err), &err);
	rp_secret_free(password);
	return (struct person){.name = name, .key = key_of_base32(totp)};
}

void person_clear(struct person *p)
{
	rp_secret_freep(&p->key);
}

uint64_t person_step(const struct irig *r)
{
	return (uint64_t)(time(NULL) + r->ahead_ms / 1000) / 30;
}

void person_code(const struct irig *r, const struct person *p, int off, char ret[9])
{
	const uint64_t step = person_step(r);

	assert_int_equal(
		totp_code(p->key, off < 0 ? step - (uint64_t)-off : step + (uint64_t)off, 6, ret, NULL),
		RP_OK);
}

rp_code person_try(struct irig *r, const struct issuer_peer *who, const char *name, const char *password,
		   const char *code, char ret_token[48], struct rp_error *err)
{
	rp_secret *secret = irig_secret(password);
	int64_t until = 0;
	rp_code rc;

	*err = (struct rp_error)RP_ERROR_INIT;
	rc = issuer_sign_in(r->i, who, name, secret, code, ret_token, &until, err);
	rp_secret_free(secret);
	return rc;
}

void person_session(struct irig *r, const struct issuer_peer *who, const struct person *p, int off,
		    uint8_t ret_hash[32])
{
	struct rp_error err = RP_ERROR_INIT;
	char token[48] = "", code[9] = "";

	person_code(r, p, off, code);
	irig_ok(person_try(r, who, p->name, PASSWORD, code, token, &err), &err);
	hash_sha256(&(struct hash_part){token, strlen(token)}, 1, ret_hash);
}
