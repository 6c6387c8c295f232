/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taiwan's HiCOS cards, generation 1 file system. Identification, card number and
 * certificates are public. The tries, the MAC inside the protected VERIFY, and the change are
 * not: those rows are ours, and a card that could be a real one never gets them. Vendors' keys
 * are not here and never will be; the transport key is the issuer's configuration.
 */
#include "card/profile.h"

#define SRC_GPKI "open-gpki-pkcs11 README.md, src/apdu/gen1.rs, src/p15.rs"
#define SRC_RULES "XCA page on unlocking a card (PIN 6-8, 3 wrong lock; user code 6-10, case counts, 3 wrong)"
#define SRC_OURS "docs/wire.md section 3 (ours)"

static const struct aid_row aids[] = {
	{"master file", {0x3F, 0x00}, 2, .cla = 0x80, .p1 = 0x00, .p2 = 0x00, .source = SRC_GPKI},
};

static const struct atr_row atrs[] = {
	{{0x3B, 0xB8, 0x13, 0x00, 0x81, 0x31, 0xFA, 0x52, 0x43, 0x48, 0x54, 0x4D, 0x4F, 0x49, 0x43, 0x41,
	  0xA5},
	 17,
	 "pcsc-tools smartcard_list.txt (CHTMOICA)"},
	{{0x3B, 0xD8, 0x96, 0x00, 0x81, 0xB1, 0xFE, 0x45, 0x1F, 0x07, 0x43, 0x48, 0x54, 0x47, 0x50, 0x4B,
	  0x49, 0x4A, 0xDD},
	 19,
	 "pcsc-tools smartcard_list.txt (CHTGPKIJ)"},
};

static const struct pin_row pins[] = {
	{
		.slot = RP_SLOT_PIN,
		.ref = {{0, 0x0810, 0x01, 0}},
		.n_refs = 1,
		.len_min = 6,
		.len_max = 8,
		.chars_current = RP_CHARS_GRAPHIC,
		.chars_new = RP_CHARS_GRAPHIC,
		.pad = PAD_FRAME,
		.pad_to = 10,
		.pad_byte = 0xFF,
		.tries_max = 3,
		.status = STATUS_RESET_APP,
		.status_arg = 5,
		.status_origin = ROW_OURS,
		.change = CHANGE_HICOS,
		.change_origin = ROW_OURS,
		.sign = {SIGN_HICOS, 0x01, 0x08F2, SRC_GPKI},
		.source = SRC_RULES,
		.status_source = "docs/wire.md section 1 (ours)",
		.change_source = SRC_GPKI " (frame); " SRC_OURS,
	},
	{
		.slot = RP_SLOT_USER_CODE,
		.len_min = 6,
		.len_max = 10,
		.chars_current = RP_CHARS_GRAPHIC,
		.chars_new = RP_CHARS_GRAPHIC,
		.tries_max = 3,
		.issuer_only = true,
		.secret_only = true,
		.hidden = true,
		.source = SRC_RULES,
	},
};

const struct profile profile_hicos = {
	.name = "hicos",
	.title = "HiCOS card",
	.aids = aids,
	.n_aids = 1,
	.confirm = CONFIRM_HICOS_NUMBER,
	.atrs = atrs,
	.n_atrs = sizeof atrs / sizeof atrs[0],
	.pins = pins,
	.n_pins = sizeof pins / sizeof pins[0],
	.facts = FACTS_HICOS,
	.reset_app = true,
	.source = SRC_GPKI,
};
