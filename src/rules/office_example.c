/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kiosk groups of the convenience stores, and the list of offices: what a program was told, else the
 * example, whose text every program has in it.
 */
#include "rules/office_file.h"

#include <pthread.h>
#include <string.h>

static struct office_file example_file;
static char example_text[OFFICE_FILE_BYTES + 1];
static struct offices known;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* test_office_file reads the shipped text with every finding as a failure. */
static void ignore(void *arg, unsigned line, enum office_fault fault, const char *what)
{
	(void)arg;
	(void)line;
	(void)fault;
	(void)what;
}

static void read_example(void)
{
	const struct date any = {0};

	if (known.at != NULL || office_example_len > OFFICE_FILE_BYTES)
		return;
	/* checked: above */
	memcpy(example_text, office_example_text, office_example_len);
	if (office_file_read(example_text, office_example_len, any, ignore, NULL, &example_file))
		known = (struct offices){example_file.offices, example_file.n};
}

const struct offices *offices(void)
{
	(void)pthread_once(&once, read_example);
	return &known;
}

void offices_use(const struct offices *all)
{
	(void)pthread_once(&once, read_example);
	known = *all;
}

const struct office *office_named(const char *id)
{
	const struct offices *all = offices();

	for (size_t k = 0; k < all->n; k++)
		if (strcmp(all->at[k].id, id) == 0)
			return &all->at[k];
	return NULL;
}

/* Every day of the year: neither weekends nor holidays are named as exceptions. */
#define KIOSK_HOURS .open = {{AT(6, 30), AT(23, 0)}}
static const struct calendar kiosk = {
	.week = {[MONDAY] = {KIOSK_HOURS},
		 [TUESDAY] = {KIOSK_HOURS},
		 [WEDNESDAY] = {KIOSK_HOURS},
		 [THURSDAY] = {KIOSK_HOURS},
		 [FRIDAY] = {KIOSK_HOURS},
		 [SATURDAY] = {KIOSK_HOURS},
		 [SUNDAY] = {KIOSK_HOURS}},
};

static const rp_slot both[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};
static const rp_slot sign_only[] = {RP_SLOT_SIGN};

#define KIOSK_SOURCE "terms of the J-LIS service JPKI暗証番号リセット (shops); city.koka, city.naka (hours)"

const struct kiosk_group kiosk_groups_example[] = {
	{"seven-eleven", "セブン-イレブン", "Seven-Eleven", "all shops", both, 2, &kiosk, KIOSK_SOURCE},
	{"aeon", "イオン", "AEON", "all shops on Honshu and Shikoku, some on Hokkaido and in Tohoku", both, 2,
	 &kiosk, KIOSK_SOURCE},
	{"fuji", "フジ", "Fuji", "some shops", both, 2, &kiosk, KIOSK_SOURCE},
	{"lawson", "ローソン", "Lawson", "all shops", sign_only, 1, &kiosk, KIOSK_SOURCE},
	{"familymart", "ファミリーマート", "FamilyMart", "all shops", sign_only, 1, &kiosk, KIOSK_SOURCE},
	{"ministop", "ミニストップ", "Ministop", "all shops", sign_only, 1, &kiosk, KIOSK_SOURCE},
	{"daiei", "ダイエー", "Daiei", "some shops", sign_only, 1, &kiosk, KIOSK_SOURCE},
};
const size_t n_kiosk_groups_example = sizeof kiosk_groups_example / sizeof kiosk_groups_example[0];
