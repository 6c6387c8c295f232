/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer of a dialogue: it says yes with numbers that can be written down beforehand. */
#ifndef REPIN_TESTS_SCRIPT_ISSUER_H
#define REPIN_TESTS_SCRIPT_ISSUER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "repin/issuer.h"
#include <cmocka.h>

struct script_issuer {
	struct rp_issuer_port port;
	const char *refuses; /* "presence", "grant" or "reserve"; NULL: nothing */
	unsigned n_nonces;
};

static rp_code answer(const struct script_issuer *i, const char *what, struct rp_error *err)
{
	if (i->refuses != NULL && strcmp(i->refuses, what) == 0)
		return rp_refuse(err, RP_PROBLEM_STOPPED, "in this dialogue");
	return RP_OK;
}

static void count_up(uint8_t *ret, size_t len, uint8_t from)
{
	for (size_t i = 0; i < len; i++)
		ret[i] = (uint8_t)(from + i);
}

/* 10 11 … 1F, then 20 21 … 2F, … */
static rp_code script_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	struct script_issuer *i = arg;

	(void)err;
	count_up(ret, 16, (uint8_t)(0x10 * ++i->n_nonces));
	return RP_OK;
}

static rp_code script_presence(void *arg, const struct rp_presence *p, struct rp_issuer_facts *ret,
			       struct rp_error *err)
{
	assert_int_equal(p->key, 1);
	*ret = (struct rp_issuer_facts){.card_status = "active"};
	return answer(arg, "presence", err);
}

static rp_code script_reserve(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			      struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	assert_non_null(e->proof);
	*ret = (struct rp_case){.slot = p->slot};
	ret_receipt[0] = '\0';
	return answer(arg, "reserve", err);
}

/* The design paper's cryptogram, or for GIDS E0 E1 … ; the last nonce is 30 31 … 3F. */
static rp_code script_grant(void *arg, const struct rp_presence *p, const struct rp_evidence *e,
			    struct rp_grant *ret, struct rp_error *err)
{
	static const uint8_t cryptogram[16] = {0x2c, 0x2c, 0x65, 0xb7, 0x77, 0xb9, 0xad, 0x2f,
					       0xb5, 0x3a, 0x0a, 0x78, 0x31, 0x96, 0xb0, 0x03};

	(void)p;
	*ret = (struct rp_grant){.cryptogram_len = e->r1 != NULL ? 40 : 16};
	count_up(ret->cryptogram, 40, 0xE0);
	if (e->r1 == NULL)
		memcpy(ret->cryptogram, cryptogram, sizeof cryptogram);
	count_up(ret->nonce, 16, 0x30);
	return answer(arg, "grant", err);
}

static rp_code script_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *bytes, size_t len,
			   struct rp_error *err)
{
	(void)g;
	(void)done;
	(void)bytes;
	assert_int_equal(len, 40);
	return answer(arg, "word", err);
}

/* The help desk on the telephone says 01 02 … 08. */
__attribute__((unused)) static rp_code script_response(void *arg, const uint8_t challenge[8], uint8_t ret[8],
						       struct rp_error *err)
{
	(void)arg;
	(void)challenge;
	(void)err;
	count_up(ret, 8, 1);
	return RP_OK;
}

__attribute__((unused)) static struct rp_issuer_port script_port(struct script_issuer *i)
{
	return (struct rp_issuer_port){.arg = i,
				       .issuer = "test",
				       .terminal = "home",
				       .nonce = script_nonce,
				       .presence = script_presence,
				       .reserve = script_reserve,
				       .grant = script_grant,
				       .word = script_word};
}

#endif
