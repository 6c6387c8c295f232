/* SPDX-License-Identifier: Apache-2.0 */
#include "support/issuer_port.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <string.h>

static rp_code before(struct issuer_port *p, const char *call, struct rp_error *err)
{
	return p->before != NULL ? p->before(p->arg, call, err) : RP_OK;
}

static rp_code after(struct issuer_port *p, const char *call, rp_code rc, struct rp_error *err)
{
	return rc == RP_OK && p->after != NULL ? p->after(p->arg, call, err) : rc;
}

static const char *new_key(struct issuer_port *p)
{
	code32_new(25, p->key);
	return p->key;
}

static rp_code port_nonce(void *arg, uint8_t ret[16], struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "nonce", err);

	return rc == RP_OK ? after(p, "nonce", issuer_nonce(p->i, ret, err), err) : rc;
}

static rp_code port_presence(void *arg, const struct rp_presence *at, struct rp_issuer_facts *ret,
			     struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "presence", err);

	return rc == RP_OK ? after(p, "presence", issuer_presence(p->i, &p->who, at, ret, err), err) : rc;
}

static rp_code port_reserve(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			    struct rp_case *ret, char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "reserve", err);

	if (rc != RP_OK)
		return rc;
	rc = issuer_reserve(p->i, &p->who, new_key(p), at, e, ret, ret_receipt, err);
	return after(p, "reserve", rc, err);
}

static rp_code port_grant(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			  struct rp_grant *ret, struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "grant", err);

	if (rc != RP_OK)
		return rc;
	rc = issuer_grant(p->i, &p->who, new_key(p), at, e, ret, err);
	return after(p, "grant", rc, err);
}

static rp_code port_word(void *arg, const struct rp_grant *g, bool done, const uint8_t *answer, size_t len,
			 struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "word", err);

	if (rc != RP_OK)
		return rc;
	rc = issuer_word(p->i, &p->who, new_key(p), g->id, done, answer, len, err);
	return after(p, "word", rc, err);
}

static rp_code port_user_code(void *arg, const struct rp_presence *at, const struct rp_evidence *e,
			      char ret_receipt[RP_ISSUER_ID], struct rp_error *err)
{
	struct issuer_port *p = arg;
	rp_code rc = before(p, "user_code", err);

	if (rc != RP_OK)
		return rc;
	rc = issuer_set_code(p->i, &p->who, new_key(p), at, e, ret_receipt, err);
	return after(p, "user_code", rc, err);
}

void issuer_port_start(struct issuer_port *p, issuer *i, const char *name, const uint8_t *fingerprint)
{
	*p = (struct issuer_port){.i = i, .who = {.fingerprint = fingerprint, .source = "127.0.0.1"}};
	if (fingerprint == NULL || !hex_of(fingerprint, 32, p->terminal, sizeof p->terminal))
		memcpy(p->terminal, "home", sizeof "home");
	p->port = (struct rp_issuer_port){
		.arg = p,
		.issuer = name,
		.terminal = p->terminal,
		.nonce = port_nonce,
		.presence = port_presence,
		.reserve = port_reserve,
		.grant = port_grant,
		.word = port_word,
		.user_code = port_user_code,
	};
}
