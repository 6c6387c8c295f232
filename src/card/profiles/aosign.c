/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AOSign IC card (NDN). Nothing of its wire is public: ATR, AID and every command here are
 * ours (docs/wire.md section 2) and only our virtual card answers to them. The rules are the
 * issuer's published ones.
 */
#include "card/profile.h"

#define SRC_RULES                                                                                            \
	"NDN FAQ Q31-A to Q31-G (4-16 alphanumerics, not all the same, 10 wrong lock, 10 wrong in the "      \
	"unlock kill)"
#define SRC_OURS "docs/wire.md section 2 (ours)"

static const struct aid_row aids[] = {
	{"aosign",
	 {0xF0, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x41, 0x4F, 0x53},
	 9,
	 .p1 = 0x04,
	 .p2 = 0x00,
	 .le = true,
	 .origin = ROW_OURS,
	 .source = SRC_OURS},
};

static const struct atr_row atrs[] = {
	{{0x3B, 0x87, 0x80, 0x01, 0x52, 0x45, 0x50, 0x49, 0x4E, 0x2D, 0x41, 0x2A}, 12, SRC_OURS},
};

static const struct pin_row pins[] = {
	{
		.slot = RP_SLOT_PIN,
		.ref = {{0, 0, 0x81, 0}},
		.n_refs = 1,
		.len_min = 4,
		.len_max = 16,
		.chars_current = RP_CHARS_ALNUM,
		.chars_new = RP_CHARS_ALNUM,
		.refuse_all_same = true,
		.pad = PAD_FIRST,
		.pad_to = 16,
		.pad_byte = 0xFF,
		.tries_max = 10,
		.status = STATUS_EMPTY_VERIFY,
		.status_origin = ROW_OURS,
		.change = CHANGE_OLD_NEW,
		.change_origin = ROW_OURS,
		.unlock = {{RP_SLOT_LETTER, "letter", UNLOCK_CODE_NEW, true, ROW_OURS, SRC_OURS}},
		.n_unlocks = 1,
		.source = SRC_RULES,
		.status_source = SRC_OURS,
		.change_source = SRC_OURS,
	},
	{
		.slot = RP_SLOT_LETTER,
		.ref = {{0, 0, 0x82, 0}},
		.n_refs = 1,
		.len_min = 4,
		.len_max = 16,
		.chars_current = RP_CHARS_ALNUM,
		.chars_new = RP_CHARS_ALNUM,
		.pad = PAD_FIRST,
		.pad_to = 16,
		.pad_byte = 0xFF,
		.tries_max = 10,
		.status = STATUS_EMPTY_VERIFY,
		.status_origin = ROW_OURS,
		.secret_only = true,
		.locked_is_dead = true,
		.source = SRC_RULES,
		.status_source = SRC_OURS,
	},
};

const struct profile profile_aosign = {
	.name = "aosign",
	.title = "AOSign IC card",
	.aids = aids,
	.n_aids = 1,
	.atrs = atrs,
	.n_atrs = 1,
	.pins = pins,
	.n_pins = sizeof pins / sizeof pins[0],
	.facts = FACTS_AOSIGN,
	.source = SRC_OURS,
};
