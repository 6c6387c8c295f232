/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal as RFC 9457 has it: its type counts; its words are the server's and go to the story alone. */
#include "client/wire.h"

#include <stdio.h>
#include <string.h>

static const char prefix[] = "urn:repin:problem:";

/* Of a code that the issuer counts: -1 where the answer does not tell. */
static void take_tries(struct jin *in, enum rp_problem p, struct rp_error *err)
{
	int64_t left = 0, spent = p == RP_PROBLEM_CODE_WRONG ? 1 : RP_SPENT_UNKNOWN;

	if (err == NULL || !jin_has(in, "tries_left"))
		return;
	jin_int(in, "tries_left", 0, 99, &left);
	/* Blocked by this very entry, or found blocked: only the issuer knows. */
	if (jin_has(in, "tries_spent"))
		jin_int(in, "tries_spent", 0, 1, &spent);
	if (in->failed)
		return;
	err->tries_left = (int)left;
	err->spent_at_issuer = true;
	err->tries_spent = (int)spent;
}

rp_code answer_problem(const client *c, const struct question *q, long status, json_t *j,
		       struct rp_error *err)
{
	char type[96] = "", detail[241] = "";
	enum rp_problem p;
	struct jin in;
	rp_code rc;

	json_in(&in, j);
	jin_text(&in, "type", sizeof prefix, sizeof type - 1, type);
	if (jin_has(&in, "detail"))
		jin_text(&in, "detail", 0, sizeof detail - 1, detail);
	if (in.failed || strncmp(type, prefix, sizeof prefix - 1) != 0)
		return wire_nonsense(c, q, in.failed ? in.what : "type is none of ours", err);
	p = rp_problem_from_slug(type + sizeof prefix - 1);
	/* A server that is newer than this program may refuse for a reason that has no name here. */
	rc = p != RP_PROBLEM_NONE ? rp_refuse(err, p, "%s", detail)
				  : rp_fail(err, RP_E_ISSUER_REFUSED,
					    "HTTP %ld, for a reason not known here: %s", status, detail);
	take_tries(&in, p, err);
	return in.failed ? wire_nonsense(c, q, in.what, err) : rc;
}

rp_code answer_end(const client *c, const char *path, const struct jin *in, struct rp_error *err)
{
	const struct question q = {.path = path};

	return in->failed ? wire_nonsense(c, &q, in->what, err) : RP_OK;
}

void answer_id(struct jin *in, const char *name, size_t min, char ret[RP_ISSUER_ID])
{
	jin_text(in, name, min, RP_ISSUER_ID - 1, ret);
	if (!in->failed &&
	    strspn(ret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(ret))
		jin_fail(in, name, "holds a character that no name of ours has");
}
