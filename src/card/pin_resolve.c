/* SPDX-License-Identifier: Apache-2.0 */
/* After a cut: which PIN does a reference hold, and the end of a change that stopped half-way. */
#include "card/pin.h"

#include <stdio.h>

/*
 * Is this the PIN of reference i? A secret that no VERIFY takes (PIV's PUK) is proven by a
 * change into itself. *ret_right is set on RP_OK only; a wrong entry is RP_OK, too.
 */
static rp_code ask_ref(struct session *s, const struct pin_row *row, unsigned i, const rp_secret *pin,
		       bool *ret_right, struct rp_error *err)
{
	const bool by_change = row->secret_only && row->change == CHANGE_OLD_NEW;
	const struct watch *watch = s->watch;
	rp_code rc;

	s->watch = NULL; /* nothing new is set here */
	if (by_change)
		rc = pin_change(s, row, pin, pin, err);
	else if (row->n_refs == 1)
		rc = pin_verify(s, row, pin, err);
	else
		rc = pin_verify_ref(s, row, i, pin, err);
	s->watch = watch;
	if (rc != RP_OK && rc != RP_E_PIN_WRONG)
		return rc;
	*ret_right = rc == RP_OK;
	return RP_OK;
}

static rp_code missing(const char *field, struct rp_error *err)
{
	(void)rp_fail(err, RP_E_INPUT_MISSING, "the %s PIN is needed to go on", field);
	if (err != NULL)
		(void)snprintf(err->field, sizeof err->field, "%s", field);
	return RP_E_INPUT_MISSING;
}

/* Settles one unknown mark. *ret_spent: the entry was wrong, so no other may be tried now. */
static rp_code settle(struct session *s, const struct pin_row *row, unsigned i, char *mark,
		      const rp_secret *current, const rp_secret *fresh, bool *ret_spent, struct rp_error *err)
{
	bool right = false;
	rp_code rc;

	if (fresh == NULL && current == NULL)
		return missing("new", err);
	rc = ask_ref(s, row, i, fresh != NULL ? fresh : current, &right, err);
	if (rc != RP_OK)
		return rc;
	*ret_spent = !right;
	*mark = right == (fresh != NULL) ? MARK_NEW : MARK_OLD;
	pin_came(s, i, *mark == MARK_NEW);
	return RP_OK;
}

/* The second place has the new PIN, the first one the old one. */
static rp_code finish(struct session *s, const struct pin_row *row, char *marks, const rp_secret *current,
		      const rp_secret *fresh, struct rp_error *err)
{
	const int cancel_fd = s->wait.cancel_fd;
	rp_code rc;

	if (current == NULL || fresh == NULL)
		return missing(current == NULL ? "current" : "new", err);
	rc = pin_verify_ref(s, row, 0, current, err);
	if (rc != RP_OK)
		return rc;
	s->wait.cancel_fd = -1;
	marks[0] = MARK_UNKNOWN;
	rc = pin_set_ref(s, row, 0, fresh, err);
	s->wait.cancel_fd = cancel_fd;
	if (rc == RP_OK)
		marks[0] = MARK_NEW;
	return rc;
}

/* What was found out about the last place is true of the others, too. */
static void settle_all(const struct session *s, const struct pin_row *row, char *marks)
{
	for (unsigned i = 0; i + 1 < row->n_refs; i++)
		if (marks[i] == MARK_UNKNOWN) {
			marks[i] = marks[row->n_refs - 1];
			pin_came(s, i, marks[i] == MARK_NEW);
		}
}

rp_code pin_resolve(struct session *s, const struct pin_row *row, char *marks, bool at_once,
		    const rp_secret *current, const rp_secret *fresh, bool *ret_spent, struct rp_error *err)
{
	bool spent = false;
	rp_code rc = RP_OK;

	/* pin_change sets the last place first: what is known of it decides about the first one. */
	for (unsigned i = row->n_refs; rc == RP_OK && !spent && i-- > 0;) {
		if (marks[i] == MARK_UNKNOWN)
			rc = settle(s, row, i, &marks[i], current, fresh, &spent, err);
		if (rc == RP_OK && at_once)
			settle_all(s, row, marks);
	}
	*ret_spent = spent;
	if (rc != RP_OK || spent || row->n_refs < 2 || marks[0] == marks[1])
		return rc;
	return finish(s, row, marks, current, fresh, err);
}
