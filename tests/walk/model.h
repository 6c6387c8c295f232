/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters of a card, on one page, as the papers tell them: a wrong entry takes one try of its
 * reference, a right one sets it back, none left is locked whatever is entered, a new PIN has full
 * tries; on a card with a last way (AOSign's letter PIN) its last try locks everything. Beside them
 * what a program may say of a job that was cut off. Whole numbers alone, and nothing of src/: this
 * is the judge of the library and of the virtual card both.
 */
#ifndef REPIN_TESTS_WALK_MODEL_H
#define REPIN_TESTS_WALK_MODEL_H

#include <stdbool.h>

enum { M_REFS = 8, M_NONE = -1, M_UNKNOWN = -1 };

struct m_ref {
	int value, tries, max; /* which of the slot's values is valid */
};

struct m_card {
	struct m_ref ref[M_REFS];
	int last_way; /* the reference whose lock kills the card, or M_NONE */
};

/* One command with secrets: proves `old` of one reference, sets `fresh` of one, or both. */
struct m_step {
	int prove, old, set, fresh;
	bool both;     /* sets the next reference as well */
	bool confirms; /* proves what was just set: until then that is in doubt */
};

enum m_answer { M_RIGHT, M_WRONG, M_BLOCKED, M_LOST };

/* How a job ended: at which step with which answer, and what must be said about it. */
struct m_end {
	int step;
	enum m_answer answer;
	int spent; /* 0, 1 or M_UNKNOWN */
	bool in_doubt;
};

static inline int m_tries(const struct m_card *c, int ref)
{
	return c->last_way != M_NONE && c->ref[c->last_way].tries == 0 ? 0 : c->ref[ref].tries;
}

static inline void m_set(struct m_card *c, int ref, int value)
{
	c->ref[ref].value = value;
	c->ref[ref].tries = c->ref[ref].max;
}

static inline enum m_answer m_do(struct m_card *c, const struct m_step *s)
{
	if (s->prove != M_NONE && m_tries(c, s->prove) == 0)
		return M_BLOCKED;
	if (s->prove != M_NONE && c->ref[s->prove].value != s->old) {
		c->ref[s->prove].tries--;
		return M_WRONG;
	}
	if (s->prove != M_NONE)
		c->ref[s->prove].tries = c->ref[s->prove].max;
	if (s->set != M_NONE)
		m_set(c, s->set, s->fresh);
	if (s->set != M_NONE && s->both)
		m_set(c, s->set + 1, s->fresh);
	return M_RIGHT;
}

/* The first n steps are answered; the one behind them is lost on its way (done or not) when `lost`. */
static inline struct m_end m_job(struct m_card *c, const struct m_step *steps, int n, bool lost, bool done)
{
	const struct m_step *s = steps;

	for (; s < steps + n; s++) {
		const enum m_answer a = m_do(c, s);

		if (a != M_RIGHT)
			return (struct m_end){(int)(s - steps), a, a == M_WRONG, false};
	}
	if (!lost)
		return (struct m_end){n, M_RIGHT, 0, false};
	if (done)
		(void)m_do(c, s);
	return (struct m_end){n, M_LOST, s->prove != M_NONE ? M_UNKNOWN : 0, s->set != M_NONE || s->confirms};
}

#endif
