/* SPDX-License-Identifier: Apache-2.0 */
/* The three families whose whole life is public: PIV, OpenPGP, GIDS. */
#include "card/profile.h"

#define SRC_PIV "NIST SP 800-73-4 part 2, 3.2.1 to 3.2.3"
#define SRC_PGP "OpenPGP card 3.4, 4.3 and 7.2.2 to 7.2.4"
#define SRC_GIDS "Microsoft GIDS specification 2.0; GidsApplet GidsPINManager.java"

static const struct aid_row piv_aids[] = {
	{"piv",
	 {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00},
	 9,
	 .p1 = 0x04,
	 .p2 = 0x00,
	 .le = true,
	 .source = "NIST SP 800-73-4 part 1, 2.2 (right-truncated AID)"},
};

static const struct pin_row piv_pins[] = {
	{
		.slot = RP_SLOT_PIN,
		.ref = {{0, 0, 0x80, 0}},
		.n_refs = 1,
		.len_min = 6,
		.len_max = 8,
		/* The standard asks for digits; some issuers' cards hold letters, and their holders
		 * must be able to leave them. */
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_DIGITS,
		.pad = PAD_ALL,
		.pad_to = 8,
		.pad_byte = 0xFF,
		.tries_max = RP_TRIES_UNKNOWN, /* the issuer's choice */
		.status = STATUS_EMPTY_VERIFY,
		.change = CHANGE_OLD_NEW,
		.unlock = {{RP_SLOT_PUK, "puk", UNLOCK_CODE_NEW, true, ROW_PUBLIC, SRC_PIV}},
		.n_unlocks = 1,
		.source = SRC_PIV,
		.status_source = SRC_PIV,
		.change_source = SRC_PIV,
	},
	{
		.slot = RP_SLOT_PUK,
		.ref = {{0, 0, 0x81, 0}},
		.n_refs = 1,
		.len_min = 6,
		.len_max = 8,
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_PRINTABLE,
		.pad = PAD_ALL,
		.pad_to = 8,
		.pad_byte = 0xFF,
		.tries_max = RP_TRIES_UNKNOWN,
		.status = STATUS_NONE, /* VERIFY has no reference 81, and no other safe way is standard */
		.change = CHANGE_OLD_NEW,
		.secret_only = true,
		.source = SRC_PIV,
		.status_source = SRC_PIV,
		.change_source = SRC_PIV,
	},
};

const struct profile profile_piv = {
	.name = "piv",
	.title = "PIV card",
	.aids = piv_aids,
	.n_aids = 1,
	.pins = piv_pins,
	.n_pins = sizeof piv_pins / sizeof piv_pins[0],
	.facts = FACTS_PIV,
	.query_says_verified = true,
	.source = SRC_PIV,
};

static const struct aid_row pgp_aids[] = {
	{"openpgp",
	 {0xD2, 0x76, 0x00, 0x01, 0x24, 0x01},
	 6,
	 .p1 = 0x04,
	 .p2 = 0x00,
	 .le = true,
	 .source = "OpenPGP card 3.4, 4.2.1"},
};

/* C4: status, three greatest lengths, three counters: PW1, RC, PW3. */
static const struct pin_row pgp_pins[] = {
	{
		.slot = RP_SLOT_PW1,
		.ref = {{0, 0, 0x81, 0}},
		.n_refs = 1,
		.len_min = 6,
		.len_max = 64,
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_PRINTABLE,
		.tries_max = 3,
		.status = STATUS_OPENPGP_C4,
		.status_arg = 4,
		.change = CHANGE_OLD_NEW,
		.unlock = {{RP_SLOT_RC, "resetting-code", UNLOCK_CODE_NEW, false, ROW_PUBLIC, SRC_PGP},
			   {RP_SLOT_PW3, "admin", UNLOCK_VERIFY_NEW, true, ROW_PUBLIC, SRC_PGP}},
		.n_unlocks = 2,
		.source = SRC_PGP,
		.status_source = SRC_PGP,
		.change_source = SRC_PGP,
	},
	{
		.slot = RP_SLOT_PW3,
		.ref = {{0, 0, 0x83, 0}},
		.n_refs = 1,
		.len_min = 8,
		.len_max = 64,
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_PRINTABLE,
		.tries_max = 3,
		.status = STATUS_OPENPGP_C4,
		.status_arg = 6,
		.change = CHANGE_OLD_NEW,
		.source = SRC_PGP,
		.status_source = SRC_PGP,
		.change_source = SRC_PGP,
	},
	{
		.slot = RP_SLOT_RC,
		.n_refs = 1,
		.ref = {{0, 0, 0x82, 0}},
		.len_min = 8,
		.len_max = 64,
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_PRINTABLE,
		.tries_max = 3,
		.status = STATUS_OPENPGP_C4,
		.status_arg = 5,
		.secret_only = true,
		.source = SRC_PGP,
		.status_source = SRC_PGP,
	},
};

const struct profile profile_openpgp = {
	.name = "openpgp",
	.title = "OpenPGP card",
	.aids = pgp_aids,
	.n_aids = 1,
	.pins = pgp_pins,
	.n_pins = sizeof pgp_pins / sizeof pgp_pins[0],
	.facts = FACTS_OPENPGP,
	.query_says_verified = true,
	.source = SRC_PGP,
};

static const struct aid_row gids_aids[] = {
	{"gids",
	 {0xA0, 0x00, 0x00, 0x03, 0x97, 0x42, 0x54, 0x46, 0x59},
	 9,
	 .p1 = 0x04,
	 .p2 = 0x00,
	 .le = true,
	 .source = SRC_GIDS},
};

static const struct pin_row gids_pins[] = {
	{
		.slot = RP_SLOT_PIN,
		.ref = {{0, 0, 0x80, 0}},
		.n_refs = 1,
		.len_min = 4,
		.len_max = 16,
		.chars_current = RP_CHARS_PRINTABLE,
		.chars_new = RP_CHARS_PRINTABLE,
		.tries_max = RP_TRIES_UNKNOWN,
		.status = STATUS_EMPTY_VERIFY,
		.change = CHANGE_OLD_NEW,
		.source = SRC_GIDS,
		.status_source = SRC_GIDS,
		.change_source = SRC_GIDS,
	},
};

const struct profile profile_gids = {
	.name = "gids",
	.title = "Windows smart card (GIDS)",
	.aids = gids_aids,
	.n_aids = 1,
	.pins = gids_pins,
	.n_pins = 1,
	.facts = FACTS_GIDS,
	.query_says_verified = true,
	.gids_admin = true,
	.source = SRC_GIDS,
};
