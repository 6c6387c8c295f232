/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenario tests of the doors share besides doors_kit.h. To be included after cmocka.h. */
#ifndef REPIN_TESTS_DOORS_SCENE_H
#define REPIN_TESTS_DOORS_SCENE_H

#include "unit/rules/doors_kit.h"

#define NOW 1800000000
#define HOUR 3600

/* The kit that scenario tests share; fresh before each test. */
static struct kit k;

static inline int fresh_table(void **state)
{
	(void)state;
	memset(&k, 0, sizeof k);
	return 0;
}

/* `slot` is locked; the holder knows `known` (RP_SLOT_NONE: nothing). */
static inline void locked(const char *profile, rp_slot slot, rp_slot known)
{
	kit_new(&k, profile, slot);
	kit_state(&k, slot, RP_PIN_LOCKED);
	kit_knows(&k, known);
}

static inline void says_before(enum doors_step_id first, enum doors_step_id second)
{
	assert_true(kit_says(&k, first) && kit_says(&k, second));
	assert_true(kit_step(&k, first) < kit_step(&k, second));
}

static inline bool text_has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

#define scene(test) cmocka_unit_test_setup(test, fresh_table)

#endif
