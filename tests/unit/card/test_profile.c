/* SPDX-License-Identifier: Apache-2.0 */
/* The families as data: every row has its source, its mark, and values that make sense together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "card/profile.h"
#include "lib/ctx.h"
#include <cmocka.h>
#include "support/snapshot.h"

/* What a body in pin.c holds at most, and what fits into one short command. */
#define BODY_MAX 255

#define fail_row(p, word, what) fail_msg("%s, %s: %s", (p)->name, (word), (what))

typedef void pin_check(const struct profile *p, const struct pin_row *row);

static void each_pin(pin_check *check)
{
	for (size_t i = 0; i < n_profiles; i++)
		for (size_t j = 0; j < profiles[i]->n_pins; j++)
			check(profiles[i], &profiles[i]->pins[j]);
}

/* --- sources and marks --- */

/*
 * A source of ours names docs/wire.md and says so; any other one names a document, a page or a
 * repository. Both may stand in one source, when a public frame carries something of ours.
 */
static void check_source(const struct profile *p, const char *word, const char *source,
			 enum row_origin origin)
{
	if (source == NULL || strlen(source) < 8)
		fail_row(p, word, "no source");
	if (origin == ROW_OURS &&
	    (strstr(source, "docs/wire.md") == NULL || strstr(source, "(ours)") == NULL))
		fail_row(p, word, "marked as ours, but its source is another");
	if (origin == ROW_PUBLIC && strstr(source, "(ours)") != NULL)
		fail_row(p, word, "marked as public, but its source is ours");
}

static void check_pin_sources(const struct profile *p, const struct pin_row *row)
{
	const char *word = rp_slot_word(row->slot);

	check_source(p, word, row->source, ROW_PUBLIC);
	if (row->status != STATUS_NONE)
		check_source(p, word, row->status_source, row->status_origin);
	if (row->change != CHANGE_NONE)
		check_source(p, word, row->change_source, row->change_origin);
	for (unsigned i = 0; i < row->n_unlocks; i++)
		check_source(p, word, row->unlock[i].source, row->unlock[i].origin);
	if (row->sign.how != SIGN_NONE)
		check_source(p, word, row->sign.source, ROW_PUBLIC);
}

static void every_row_has_a_source_that_fits_its_mark(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++) {
		const struct profile *p = profiles[i];

		assert_true(strlen(p->source) >= 8);
		for (size_t k = 0; k < p->n_aids; k++)
			check_source(p, p->aids[k].name, p->aids[k].source, p->aids[k].origin);
		for (size_t k = 0; k < p->n_atrs; k++)
			assert_true(strlen(p->atrs[k].source) >= 8);
		for (size_t k = 0; k < p->n_sws; k++)
			check_source(p, "status word", p->sws[k].source, ROW_PUBLIC);
	}
	each_pin(check_pin_sources);
}

/* Promise 12 by name: these commands stand in no public source, and the others do. */
static void check_known_origin(const struct profile *p, const struct pin_row *row)
{
	const bool aosign = p == &profile_aosign, hicos = p == &profile_hicos;

	if (row->status != STATUS_NONE)
		assert_int_equal(row->status_origin == ROW_OURS, aosign || hicos);
	if (row->change != CHANGE_NONE)
		assert_int_equal(row->change_origin == ROW_OURS, aosign || hicos || p->app_only);
	for (unsigned i = 0; i < row->n_unlocks; i++)
		assert_int_equal(row->unlock[i].origin == ROW_OURS, aosign);
	assert_int_equal(row->status == STATUS_RESET_APP, hicos && !row->issuer_only);
}

static void what_is_ours_is_aosign_and_the_pin_of_hicos(void **state)
{
	(void)state;
	each_pin(check_known_origin);
	for (size_t i = 0; i < n_profiles; i++)
		for (size_t k = 0; k < profiles[i]->n_aids; k++)
			assert_int_equal(profiles[i]->aids[k].origin == ROW_OURS,
					 profiles[i] == &profile_aosign);
	/* an AID of ours is of the proprietary range (ISO 7816-4, 12.2.3) */
	assert_int_equal(profile_aosign.aids[0].aid[0] >> 4, 0x0F);
}

/* --- limits --- */

static void check_limits(const struct profile *p, const struct pin_row *row)
{
	const char *word = rp_slot_word(row->slot);

	if (row->slot == RP_SLOT_NONE || profile_pin(p, row->slot) != row)
		fail_row(p, word, "a slot that is none or stands twice");
	if (row->len_min < 4 || row->len_max < row->len_min || row->len_max > 64)
		fail_row(p, word, "lengths");
	if (row->tries_max != RP_TRIES_UNKNOWN && (row->tries_max < 1 || row->tries_max > 15))
		fail_row(p, word, "tries");
	if (row->pad != PAD_NONE && (row->pad_to < row->len_max || row->pad_byte != 0xFF))
		fail_row(p, word, "padding");
	if (row->pad == PAD_NONE && (row->pad_to != 0 || row->pad_byte != 0))
		fail_row(p, word, "a padding that is not used");
	/* who holds a PIN must be able to keep its kind of characters, or move to the new rule */
	for (unsigned b = 0; b < 256; b++)
		if (charset_has(row->chars_new, (uint8_t)b) && !charset_has(row->chars_current, (uint8_t)b))
			fail_row(p, word, "a new PIN could not be entered as the current one");
	if (row->to_upper && (charset_has(row->chars_new, 'a') || !charset_has(row->chars_new, 'A')))
		fail_row(p, word, "folded to upper case, but not of upper case");
	if (row->n_refs * 2u * row->len_max > BODY_MAX || 2u * row->pad_to > BODY_MAX)
		fail_row(p, word, "two of them do not fit into one command");
}

static void limits_are_sane(void **state)
{
	(void)state;
	each_pin(check_limits);
	for (size_t i = 0; i < n_profiles; i++)
		assert_in_range(profiles[i]->n_pins, 1, RP_PINS_MAX);
}

/* --- references --- */

static void check_refs(const struct profile *p, const struct pin_row *row)
{
	const char *word = rp_slot_word(row->slot);

	if (row->issuer_only != (row->n_refs == 0))
		fail_row(p, word, "what is on the card has a reference, and what is not has none");
	for (unsigned i = 0; i < row->n_refs; i++) {
		const struct pin_ref *ref = &row->ref[i];

		if (ref->app >= p->n_aids || ref->p2 == 0)
			fail_row(p, word, "reference");
		/* ISO 7816-4, 5.3.1.1: the short identifier is the lower five bits of the file's */
		if (row->status == STATUS_SFI_VERIFY &&
		    (ref->ef == 0 || ref->p2_sfi != (0x80 | (ref->ef & 0x1F))))
			fail_row(p, word, "short file identifier");
		if (row->status != STATUS_SFI_VERIFY && ref->p2_sfi != 0)
			fail_row(p, word, "a short file identifier that is not used");
	}
	if (row->issuer_only &&
	    (row->status != STATUS_NONE || row->change != CHANGE_NONE || row->n_unlocks > 0))
		fail_row(p, word, "a command for what is not on the card");
}

static void references_lead_somewhere(void **state)
{
	(void)state;
	each_pin(check_refs);
	for (size_t i = 0; i < n_profiles; i++)
		assert_true(profiles[i]->first < profiles[i]->n_aids);
}

/* The same place on the card under two names would let one entry be tried on two slots. */
static void check_place_is_its_own(const struct profile *p, const struct pin_row *row)
{
	for (size_t j = 0; j < p->n_pins; j++) {
		const struct pin_row *other = &p->pins[j];

		if (other >= row)
			break;
		for (unsigned a = 0; a < row->n_refs; a++)
			for (unsigned b = 0; b < other->n_refs; b++)
				if (row->ref[a].app == other->ref[b].app &&
				    row->ref[a].ef == other->ref[b].ef && row->ref[a].p2 == other->ref[b].p2)
					fail_row(p, rp_slot_word(row->slot), "shares its reference");
	}
}

static void no_two_pins_share_a_reference(void **state)
{
	(void)state;
	each_pin(check_place_is_its_own);
}

/* --- ways of working that must fit each other --- */

static void check_change(const struct profile *p, const struct pin_row *row)
{
	const char *word = rp_slot_word(row->slot);

	if (p->app_only && (row->change_origin != ROW_OURS || row->n_unlocks > 0))
		fail_row(p, word, "only the telephone's application changes it, and how is not public");
	if (row->n_refs == 2 && row->change != CHANGE_VERIFY_NEW && row->change != CHANGE_VERIFY_JICSAP)
		fail_row(p, word, "two places can only be proven first and changed then");
	if ((row->change == CHANGE_HICOS) != (row->pad == PAD_FRAME))
		fail_row(p, word, "a frame");
	if (row->status == STATUS_OPENPGP_C4 && (row->status_arg < 4 || row->status_arg > 6))
		fail_row(p, word, "C4 has its counters at 4, 5 and 6");
	if (row->status == STATUS_RESET_APP && (row->status_arg != (uint8_t)row->slot || !p->reset_app))
		fail_row(p, word, "the reset application's number of a slot is the slot's");
}

static void changes_fit_their_rows(void **state)
{
	(void)state;
	each_pin(check_change);
}

static void check_unlocks(const struct profile *p, const struct pin_row *row)
{
	const char *word = rp_slot_word(row->slot);

	if (row->n_unlocks > 2)
		fail_row(p, word, "too many ways");
	for (unsigned i = 0; i < row->n_unlocks; i++) {
		const struct unlock_row *way = &row->unlock[i];
		const struct pin_row *code = profile_pin(p, way->code);

		if (code == NULL || code == row || code->issuer_only || way->how == UNLOCK_NONE)
			fail_row(p, word, "is unlocked with something that is not on the card");
		if (way->secret == NULL || strlen(way->secret) < 3 ||
		    strlen(way->secret) >= sizeof((struct rp_error *)0)->field)
			fail_row(p, word, "the name of its secret");
		if (i > 0 && strcmp(way->secret, row->unlock[i - 1].secret) == 0)
			fail_row(p, word, "two ways with one name");
		/* the card must find the end of the first value: by padding, or it knows its length */
		if (way->how == UNLOCK_CODE_NEW && code->pad == PAD_NONE && p != &profile_openpgp)
			fail_row(p, word, "code and new PIN run into each other");
		if (code->len_max + row->len_max > BODY_MAX)
			fail_row(p, word, "code and new PIN do not fit into one command");
	}
}

static void unlocks_name_secrets_that_exist(void **state)
{
	(void)state;
	each_pin(check_unlocks);
}

static bool opens_something(const struct profile *p, rp_slot code)
{
	for (size_t j = 0; j < p->n_pins; j++)
		for (unsigned i = 0; i < p->pins[j].n_unlocks; i++)
			if (p->pins[j].unlock[i].code == code)
				return true;
	return false;
}

static void check_secret_only(const struct profile *p, const struct pin_row *row)
{
	if (row->secret_only && !row->issuer_only && !opens_something(p, row->slot))
		fail_row(p, rp_slot_word(row->slot), "is only for unlocking, and unlocks nothing");
}

static void what_is_only_for_unlocking_unlocks_something(void **state)
{
	(void)state;
	each_pin(check_secret_only);
}

/* --- ATR and AID --- */

/* Reads an ATR as ISO 7816-3, 8.2: false when lengths or the check byte are not right. */
static bool atr_is_well_formed(const struct atr_row *row)
{
	size_t at = 2;
	uint8_t y = row->atr[1] >> 4, sum = 0;
	const size_t historical = row->atr[1] & 0x0F;
	bool checked = false;

	if (row->len < 2 || (row->atr[0] != 0x3B && row->atr[0] != 0x3F))
		return false;
	for (;;) {
		at += (size_t)((y & 1) + (y >> 1 & 1) + (y >> 2 & 1));
		if ((y & 8) == 0)
			break;
		if (at >= row->len)
			return false;
		/* a protocol other than T=0 anywhere asks for the check byte */
		checked = checked || (row->atr[at] & 0x0F) != 0;
		y = row->atr[at++] >> 4;
	}
	if (at + historical + (checked ? 1 : 0) != row->len)
		return false;
	for (size_t i = 1; i < row->len; i++)
		sum ^= row->atr[i];
	return !checked || sum == 0;
}

static void atrs_are_well_formed_and_belong_to_one_family(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++) {
		for (size_t k = 0; k < profiles[i]->n_atrs; k++) {
			const struct atr_row *row = &profiles[i]->atrs[k];

			if (!atr_is_well_formed(row))
				fail_msg("%s: ATR %zu is not well-formed", profiles[i]->name, k);
			assert_ptr_equal(profile_by_atr(row->atr, row->len), profiles[i]);
			for (size_t m = 0; m < k; m++)
				assert_false(profiles[i]->atrs[m].len == row->len &&
					     memcmp(profiles[i]->atrs[m].atr, row->atr, row->len) == 0);
			/* exactly this one: neither a part of it nor more */
			assert_null(profile_by_atr(row->atr, row->len - 1u));
		}
	}
	assert_null(profile_by_atr((const uint8_t *)"", 0));
}

/* A damaged check byte would be found: the test above really looks. */
static void a_wrong_check_byte_is_no_atr(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++) {
		for (size_t k = 0; k < profiles[i]->n_atrs; k++) {
			struct atr_row row = profiles[i]->atrs[k];

			row.atr[row.len - 1] ^= 0x01;
			assert_false(atr_is_well_formed(&row));
			row.len--;
			assert_false(atr_is_well_formed(&row));
		}
	}
}

static bool jpki_families(const struct profile *a, const struct profile *b)
{
	return (a == &profile_mynumber && b == &profile_mynumber_mobile) ||
	       (b == &profile_mynumber && a == &profile_mynumber_mobile);
}

static bool same_start(const struct aid_row *a, const struct aid_row *b)
{
	const size_t n = a->len < b->len ? a->len : b->len;

	return memcmp(a->aid, b->aid, n) == 0;
}

/* Cards take the beginning of a name for the name: no AID may be the beginning of another's. */
static void aids_are_unique_except_on_card_and_telephone(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_profiles; i++) {
		for (size_t k = 0; k < profiles[i]->n_aids; k++) {
			const struct aid_row *row = &profiles[i]->aids[k];

			/* 5 to 16 bytes by name (ISO 7816-4, 12.2); two by file identifier */
			assert_true(row->p1 == 0x04 ? row->len >= 5 && row->len <= 16
						    : row->p1 == 0x00 && row->len == 2);
			assert_true(row->p2 == 0x00 || row->p2 == 0x04 || row->p2 == 0x0C);
			for (size_t j = 0; j <= i; j++)
				for (size_t m = 0; m < profiles[j]->n_aids; m++)
					if ((j < i || m < k) && same_start(row, &profiles[j]->aids[m]) &&
					    !jpki_families(profiles[i], profiles[j]))
						fail_row(profiles[i], row->name, "an AID of two");
		}
	}
}

static void our_reset_application_has_a_name_of_its_own(void **state)
{
	static const struct aid_row ours = {.aid = {0xF0, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x31}, .len = 7};

	(void)state;
	for (size_t i = 0; i < n_profiles; i++)
		for (size_t k = 0; k < profiles[i]->n_aids; k++)
			assert_false(same_start(&ours, &profiles[i]->aids[k]));
}

/* --- look-ups --- */

static void families_are_found_by_their_names(void **state)
{
	(void)state;
	assert_int_equal(n_profiles, 7);
	for (size_t i = 0; i < n_profiles; i++) {
		assert_ptr_equal(profile_by_name(profiles[i]->name), profiles[i]);
		assert_true(strlen(profiles[i]->title) > 3);
		assert_null(profile_pin(profiles[i], RP_SLOT_NONE));
	}
	assert_null(profile_by_name("mynum"));
	assert_null(profile_by_name(""));
	/* the card is asked for before the telephone: both have the application for certificates */
	assert_ptr_equal(profiles[0], &profile_mynumber);
	assert_ptr_equal(profiles[1], &profile_mynumber_mobile);
}

static void character_sets_hold_what_their_words_say(void **state)
{
	static const enum rp_charset sets[] = {RP_CHARS_DIGITS, RP_CHARS_UPPER_ALNUM, RP_CHARS_ALNUM,
					       RP_CHARS_GRAPHIC, RP_CHARS_PRINTABLE};
	static const unsigned sizes[] = {10, 36, 62, 94, 95};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		unsigned n = 0;

		for (unsigned b = 0; b < 256; b++) {
			n += charset_has(sets[i], (uint8_t)b);
			/* each set holds the ones before it */
			if (i > 0 && charset_has(sets[i - 1], (uint8_t)b))
				assert_true(charset_has(sets[i], (uint8_t)b));
			assert_false(charset_has((enum rp_charset)99, (uint8_t)b));
		}
		assert_int_equal(n, sizes[i]);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(charset_word(sets[i]), charset_word(sets[j]));
	}
	assert_false(charset_has(RP_CHARS_PRINTABLE, 0x7F) || charset_has(RP_CHARS_GRAPHIC, ' '));
}

/* --- what programs see of it --- */

static void check_info(const struct profile *p, const struct pin_row *row)
{
	struct rp_pin_info info;

	assert_true(rp_pin_info(p->name, row->slot, &info));
	assert_int_equal(info.slot, row->slot);
	assert_int_equal(info.len_min, row->len_min);
	assert_int_equal(info.len_max, row->len_max);
	assert_int_equal(info.can_change, row->change != CHANGE_NONE);
	assert_int_equal(info.app_only, p->app_only);
	assert_int_equal(info.tries_are_told, row->status != STATUS_NONE);
	assert_int_equal(info.n_unlocks, row->n_unlocks);
	assert_int_equal(info.ours,
			 p == &profile_aosign || p->app_only || (p == &profile_hicos && !row->issuer_only));
	for (unsigned i = 0; i < row->n_unlocks; i++) {
		assert_int_equal(info.unlock[i].code, row->unlock[i].code);
		assert_int_equal(info.unlock[i].last_way, row->unlock[i].last_way);
		assert_string_equal(info.unlock[i].secret, row->unlock[i].secret);
	}
}

static void programs_are_told_what_stands_in_the_rows(void **state)
{
	struct rp_profile_info info;
	struct rp_pin_info pin;

	(void)state;
	each_pin(check_info);
	assert_int_equal(rp_profile_count(), n_profiles);
	for (size_t i = 0; i < n_profiles; i++) {
		assert_true(rp_profile(i, &info));
		assert_string_equal(info.name, profiles[i]->name);
		assert_int_equal(info.n_pins, profiles[i]->n_pins);
		assert_true(rp_profile_of(profiles[i]->name, &info));
		assert_string_equal(info.title, profiles[i]->title);
	}
	assert_false(rp_profile(n_profiles, &info));
	assert_false(rp_profile_of("nothing", &info));
	assert_false(rp_pin_info("nothing", RP_SLOT_PIN, &pin));
	assert_false(rp_pin_info("mynumber", RP_SLOT_PUK, &pin));
}

/* --- snapshot --- */

static const char *origin_word(enum row_origin o)
{
	return o == ROW_OURS ? "ours" : "public";
}

static const char *const status_words[] = {"none", "empty-verify", "sfi-verify", "openpgp-c4", "reset-app"};
static const char *const change_words[] = {"none", "old-new", "verify-new", "verify-jicsap", "hicos"};
static const char *const unlock_words[] = {"none", "code-new", "verify-new"};
static const char *const sign_words[] = {"none", "jpki", "hicos"};
static const char *const pad_words[] = {"none", "all", "first", "frame"};
static const char *const confirm_words[] = {"select", "jpki-phone", "hicos-number"};
static const char *const facts_words[] = {"none",  "jpki-common", "jpki-token", "aosign",
					  "hicos", "piv",	  "openpgp",	"gids"};

static void put_hex(FILE *f, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)fprintf(f, "%02X", p[i]);
}

static void put_rules(FILE *f, const struct pin_row *row)
{
	(void)fprintf(f, "  pin %s: %u-%u, %s", rp_slot_word(row->slot), row->len_min, row->len_max,
		      charset_word(row->chars_current));
	if (row->chars_new != row->chars_current)
		(void)fprintf(f, ", new %s", charset_word(row->chars_new));
	(void)fprintf(f, "%s%s", row->to_upper ? ", to upper case" : "",
		      row->refuse_all_same ? ", not all the same" : "");
	if (row->tries_max == RP_TRIES_UNKNOWN)
		(void)fprintf(f, ", tries unknown");
	else
		(void)fprintf(f, ", %d tries", row->tries_max);
	if (row->pad != PAD_NONE)
		(void)fprintf(f, ", padded %s to %u with %02X", pad_words[row->pad], row->pad_to,
			      row->pad_byte);
	(void)fprintf(f, "%s%s%s%s\n    %s\n", row->secret_only ? ", secret only" : "",
		      row->hidden ? ", hidden" : "", row->issuer_only ? ", issuer only" : "",
		      row->locked_is_dead ? ", locked is dead" : "", row->source);
}

static void put_pin(FILE *f, const struct profile *p, const struct pin_row *row)
{
	put_rules(f, row);
	for (unsigned i = 0; i < row->n_refs; i++)
		(void)fprintf(f, "    at %s %04X reference %02X short %02X\n", p->aids[row->ref[i].app].name,
			      row->ref[i].ef, row->ref[i].p2, row->ref[i].p2_sfi);
	if (row->status != STATUS_NONE)
		(void)fprintf(f, "    status %s %u, %s: %s\n", status_words[row->status], row->status_arg,
			      origin_word(row->status_origin), row->status_source);
	if (row->change != CHANGE_NONE)
		(void)fprintf(f, "    change %s, %s: %s\n", change_words[row->change],
			      origin_word(row->change_origin), row->change_source);
	for (unsigned i = 0; i < row->n_unlocks; i++)
		(void)fprintf(f, "    unlock %s by %s \"%s\"%s, %s: %s\n", unlock_words[row->unlock[i].how],
			      rp_slot_word(row->unlock[i].code), row->unlock[i].secret,
			      row->unlock[i].last_way ? ", last way" : "", origin_word(row->unlock[i].origin),
			      row->unlock[i].source);
	if (row->sign.how != SIGN_NONE)
		(void)fprintf(f, "    sign %s key %04X certificate %04X, public: %s\n",
			      sign_words[row->sign.how], row->sign.key, row->sign.cert, row->sign.source);
}

static void put_profile(FILE *f, const struct profile *p)
{
	(void)fprintf(f, "%s: %s\n  %s\n", p->name, p->title, p->source);
	(void)fprintf(f, "  first %s, confirmed by %s, facts %s%s%s%s%s\n", p->aids[p->first].name,
		      confirm_words[p->confirm], facts_words[p->facts],
		      p->query_says_verified ? ", query says verified" : "", p->app_only ? ", app only" : "",
		      p->reset_app ? ", reset application" : "", p->gids_admin ? ", admin key" : "");
	for (size_t i = 0; i < p->n_aids; i++) {
		const struct aid_row *a = &p->aids[i];

		(void)fprintf(f, "  application %s ", a->name);
		put_hex(f, a->aid, a->len);
		(void)fprintf(f, " by %02XA4%02X%02X%s, %s: %s\n", a->cla, a->p1, a->p2, a->le ? " Le" : "",
			      origin_word(a->origin), a->source);
	}
	for (size_t i = 0; i < p->n_atrs; i++) {
		(void)fprintf(f, "  atr ");
		put_hex(f, p->atrs[i].atr, p->atrs[i].len);
		(void)fprintf(f, ": %s\n", p->atrs[i].source);
	}
	for (size_t i = 0; i < p->n_sws; i++)
		(void)fprintf(f, "  status word %04X %s: %s\n", p->sws[i].sw,
			      sw_outcome_word(p->sws[i].outcome), p->sws[i].source);
	for (size_t i = 0; i < p->n_pins; i++)
		put_pin(f, p, &p->pins[i]);
}

static void the_tables_are_those_that_were_reviewed(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	for (size_t i = 0; i < n_profiles; i++)
		put_profile(f, profiles[i]);
	assert_int_equal(fclose(f), 0);
	snapshot_check("profiles.txt", text);
	free(text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_has_a_source_that_fits_its_mark),
		cmocka_unit_test(what_is_ours_is_aosign_and_the_pin_of_hicos),
		cmocka_unit_test(limits_are_sane),
		cmocka_unit_test(references_lead_somewhere),
		cmocka_unit_test(no_two_pins_share_a_reference),
		cmocka_unit_test(changes_fit_their_rows),
		cmocka_unit_test(unlocks_name_secrets_that_exist),
		cmocka_unit_test(what_is_only_for_unlocking_unlocks_something),
		cmocka_unit_test(atrs_are_well_formed_and_belong_to_one_family),
		cmocka_unit_test(a_wrong_check_byte_is_no_atr),
		cmocka_unit_test(aids_are_unique_except_on_card_and_telephone),
		cmocka_unit_test(our_reset_application_has_a_name_of_its_own),
		cmocka_unit_test(families_are_found_by_their_names),
		cmocka_unit_test(character_sets_hold_what_their_words_say),
		cmocka_unit_test(programs_are_told_what_stands_in_the_rows),
		cmocka_unit_test(the_tables_are_those_that_were_reviewed),
	};

	if (argc > 1)
		snapshot_folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
