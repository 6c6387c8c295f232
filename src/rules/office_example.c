/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example office: Inagi city hall and its two branches, as the city's public page names
 * them (seed 004, updated 2023-08-08), and the kiosk groups of the convenience stores. What
 * that page does not say is ours and marked so; an office that uses Repin brings its own rows.
 */
#include "rules/hours.h"

#define SEED "seed 004, "
#define WEEKDAY_HOURS .open = {{AT(8, 30), AT(17, 0)}}
#define COUNTER_DAY_HOURS .open = {{AT(8, 30), AT(11, 45)}, {AT(13, 0), AT(17, 0)}}
#define FIVE_WEEKDAYS                                                                                        \
	[MONDAY] = {WEEKDAY_HOURS}, [TUESDAY] = {WEEKDAY_HOURS}, [WEDNESDAY] = {WEEKDAY_HOURS},              \
	[THURSDAY] = {WEEKDAY_HOURS}, [FRIDAY] = {WEEKDAY_HOURS}

/*
 * The page says that there are such days, and their hours, but not when: the second Sunday of
 * each month is ours.
 */
#define OURS(year, month, day) {year, month, day}, {COUNTER_DAY_HOURS}, COUNTER_DAY_SOURCE
#define COUNTER_DAY_SOURCE SEED "Reception Hours (the hours; the date is ours, an example)"
static const struct own_day counter_days[] = {
	/* clang-format off */
	{OURS(2026, 1, 11)}, {OURS(2026, 2, 8)}, {OURS(2026, 3, 8)}, {OURS(2026, 4, 12)},
	{OURS(2026, 5, 10)}, {OURS(2026, 6, 14)}, {OURS(2026, 7, 12)}, {OURS(2026, 8, 9)},
	{OURS(2026, 9, 13)}, {OURS(2026, 10, 11)}, {OURS(2026, 11, 8)}, {OURS(2026, 12, 13)},
	{OURS(2027, 1, 10)}, {OURS(2027, 2, 14)}, {OURS(2027, 3, 14)}, {OURS(2027, 4, 11)},
	{OURS(2027, 5, 9)}, {OURS(2027, 6, 13)}, {OURS(2027, 7, 11)}, {OURS(2027, 8, 8)},
	{OURS(2027, 9, 12)}, {OURS(2027, 10, 10)}, {OURS(2027, 11, 14)}, {OURS(2027, 12, 12)},
	{OURS(2028, 1, 9)}, {OURS(2028, 2, 13)}, {OURS(2028, 3, 12)}, {OURS(2028, 4, 9)},
	{OURS(2028, 5, 14)}, {OURS(2028, 6, 11)}, {OURS(2028, 7, 9)}, {OURS(2028, 8, 13)},
	{OURS(2028, 9, 10)}, {OURS(2028, 10, 8)}, {OURS(2028, 11, 12)}, {OURS(2028, 12, 10)},
	/* clang-format on */
};
#undef OURS

static const struct yearly_closing turn_of_the_year = {
	12, 29, 1, 3, "ours: the usual days of a municipality's ordinance (Local Autonomy Act, article 4-2)"};

static const struct calendar main_office = {
	.week = {FIVE_WEEKDAYS},
	.own_days = counter_days,
	.n_own_days = sizeof counter_days / sizeof counter_days[0],
	.closing = &turn_of_the_year,
	.closed_on_holidays = true,
};

static const struct calendar branch = {
	.week = {FIVE_WEEKDAYS},
	.closing = &turn_of_the_year,
	.closed_on_holidays = true,
};

static const struct contact inagi = {
	.name_ja = "稲城市 市民部 市民課",
	.name_en = "Inagi City Civic Affairs Department, Civic Affairs Section",
	.postcode = "206-8601",
	.address_ja = "東京都稲城市東長沼2111",
	.address_en = "2111 Higashi-Naganuma, Inagi City, Tokyo",
	.telephone = "042-378-2111",
	.fax = "042-377-4781",
	.source = SEED "Inquiries about this page (the Japanese words are ours)",
};

#define INAGI                                                                                                \
	.municipality = "13225", .municipality_ja = "稲城市", .municipality_en = "Inagi City", .ask = &inagi

const struct office offices_example[] = {
	{
		.id = "inagi",
		.name_ja = "稲城市役所 市民課",
		.name_en = "Inagi City Hall, Citizen Affairs Division, Citizen Service Section",
		INAGI,
		.main = true,
		.when = &main_office,
		.source = SEED "Application Location 1",
	},
	{
		.id = "inagi-hirao",
		.name_ja = "稲城市役所 平尾出張所",
		.name_en = "Inagi City, Hirao Branch Office",
		INAGI,
		.when = &branch,
		.source = SEED "Application Location 2",
	},
	{
		.id = "inagi-wakabadai",
		.name_ja = "稲城市役所 若葉台出張所",
		.name_en = "Inagi City, Wakabadai Branch Office",
		INAGI,
		.when = &branch,
		.source = SEED "Application Location 3",
	},
};
const size_t n_offices_example = sizeof offices_example / sizeof offices_example[0];

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
