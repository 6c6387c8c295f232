/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Japan's My Number Card, and its certificates on a telephone. The wire is known from public
 * clients and from measurements that their authors published; the issuer's own reset is not
 * public (docs/wire.md has ours).
 */
#include "card/profile.h"

#define SRC_MYNA "jpki/myna src/reader.rs, src/cli.rs"
#define SRC_CARD "soltia48/myna-card README.md, src/apdu.rs, src/card.rs, src/ap"
#define SRC_OPENSC "OpenSC src/libopensc/card-jpki.c, jpki.h"
#define SRC_RULES "J-LIS and municipal pages; support pages of a signing service (3 PINs, 5/3/3 tries)"
#define SRC_ATR "pcsc-tools smartcard_list.txt; OpenSC win32/customactions.cpp"

enum { APP_TEXT, APP_JPKI, APP_JUKI, APP_COMMON };

static const struct aid_row aids[] = {
	[APP_TEXT] = {"text",
		      {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08},
		      10,
		      .p1 = 0x04,
		      .p2 = 0x0C,
		      .source = SRC_MYNA},
	[APP_JPKI] = {"jpki",
		      {0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01},
		      10,
		      .p1 = 0x04,
		      .p2 = 0x0C,
		      .source = SRC_OPENSC},
	[APP_JUKI] = {"juki",
		      {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01},
		      10,
		      .p1 = 0x04,
		      .p2 = 0x0C,
		      .source = SRC_CARD},
	[APP_COMMON] = {"common",
			{0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00},
			10,
			.p1 = 0x04,
			.p2 = 0x0C,
			.source = SRC_MYNA " (unknown.rs); " SRC_CARD},
};

static const struct atr_row atrs[] = {
	{{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14}, 9, SRC_OPENSC},
	{{0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73, 0xC6,
	  0x01, 0xC0, 0x3B},
	 19,
	 SRC_ATR},
	{{0x3B, 0xC5, 0xFF, 0x81, 0x31, 0xFB, 0x45, 0x80, 0x73, 0xC6, 0x01, 0x00, 0x00}, 13, SRC_ATR},
	{{0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F}, 13, SRC_ATR},
	{{0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x41, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x3B}, 13, SRC_ATR},
	{{0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0xB3, 0x81, 0xD1, 0x00, 0x0F}, 13, SRC_ATR},
	{{0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0x00, 0x81, 0xD1, 0x00, 0xBC}, 13, SRC_ATR},
	{{0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01, 0x00, 0xD1,
	  0xD6},
	 17,
	 SRC_ATR},
	{{0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01, 0xB3, 0xA1,
	  0x15},
	 17,
	 SRC_ATR},
};

/* JICSAP says "referenced file locked" where ISO says 6983. */
static const struct sw_row sws[] = {
	{0x6984, SW_LOCKED, SRC_CARD " (text AP, reference 0012)"},
};

#define JPKI_SIGN(how, whose, from)                                                                          \
	{                                                                                                    \
		.slot = RP_SLOT_SIGN, .ref = {{APP_JPKI, 0x001B, 0x80, 0x9B}}, .n_refs = 1, .len_min = 6,    \
		.len_max = 16, .chars_current = RP_CHARS_UPPER_ALNUM, .chars_new = RP_CHARS_UPPER_ALNUM,     \
		.to_upper = true, .tries_max = 5, .status = STATUS_SFI_VERIFY, .change = (how),              \
		.sign = {SIGN_JPKI, 0x001A, 0x0001, SRC_OPENSC "; " SRC_CARD}, .source = SRC_RULES,          \
		.status_source = SRC_CARD "; " SRC_OPENSC, .change_source = from, .change_origin = (whose)   \
	}
#define JPKI_AUTH(how, whose, from)                                                                          \
	{                                                                                                    \
		.slot = RP_SLOT_AUTH, .ref = {{APP_JPKI, 0x0018, 0x80, 0x98}}, .n_refs = 1, .len_min = 4,    \
		.len_max = 4, .chars_current = RP_CHARS_DIGITS, .chars_new = RP_CHARS_DIGITS,                \
		.tries_max = 3, .status = STATUS_SFI_VERIFY, .change = (how),                                \
		.sign = {SIGN_JPKI, 0x0017, 0x000A, SRC_OPENSC "; " SRC_CARD}, .source = SRC_RULES,          \
		.status_source = SRC_CARD "; " SRC_OPENSC, .change_source = from, .change_origin = (whose)   \
	}

static const struct pin_row pins[] = {
	JPKI_SIGN(CHANGE_VERIFY_NEW, ROW_PUBLIC, SRC_MYNA),
	JPKI_AUTH(CHANGE_VERIFY_NEW, ROW_PUBLIC, SRC_MYNA),
	{
		.slot = RP_SLOT_TEXT,
		.ref = {{APP_TEXT, 0x0011, 0x80, 0x91}},
		.n_refs = 1,
		.len_min = 4,
		.len_max = 4,
		.chars_current = RP_CHARS_DIGITS,
		.chars_new = RP_CHARS_DIGITS,
		.tries_max = 3,
		.status = STATUS_SFI_VERIFY,
		.change = CHANGE_VERIFY_NEW,
		.source = SRC_RULES,
		.status_source = SRC_CARD,
		.change_source = SRC_MYNA,
	},
	{
		/* One PIN to the holder, two references on the card, changed one after the other. */
		.slot = RP_SLOT_JUKI,
		.ref = {{APP_JUKI, 0x001C, 0x80, 0x9C}, {APP_COMMON, 0x001C, 0x80, 0x9C}},
		.n_refs = 2,
		.len_min = 4,
		.len_max = 4,
		.chars_current = RP_CHARS_DIGITS,
		.chars_new = RP_CHARS_DIGITS,
		.tries_max = 3,
		.status = STATUS_SFI_VERIFY,
		.change = CHANGE_VERIFY_JICSAP,
		.source = SRC_RULES,
		.status_source = SRC_CARD,
		.change_source = SRC_CARD " (ap/juki.rs, ap/common.rs)",
	},
	{
		.slot = RP_SLOT_CODE_A,
		.ref = {{APP_TEXT, 0x0014, 0x80, 0x94}},
		.n_refs = 1,
		.len_min = 12,
		.len_max = 12,
		.chars_current = RP_CHARS_DIGITS,
		.chars_new = RP_CHARS_DIGITS,
		.tries_max = RP_TRIES_UNKNOWN,
		.status = STATUS_SFI_VERIFY,
		.hidden = true,
		.source = SRC_MYNA " (printed on the card: the Individual Number; its limit is not public)",
		.status_source = SRC_MYNA,
	},
	{
		.slot = RP_SLOT_CODE_B,
		.ref = {{APP_TEXT, 0x0015, 0x80, 0x95}},
		.n_refs = 1,
		.len_min = 14,
		.len_max = 14,
		.chars_current = RP_CHARS_DIGITS,
		.chars_new = RP_CHARS_DIGITS,
		.tries_max = RP_TRIES_UNKNOWN,
		.status = STATUS_SFI_VERIFY,
		.hidden = true,
		.source = SRC_MYNA
		" (printed on the card: birth date, expiry year, security code; its limit is not public)",
		.status_source = SRC_MYNA,
	},
};

const struct profile profile_mynumber = {
	.name = "mynumber",
	.title = "My Number Card",
	.aids = aids,
	.n_aids = sizeof aids / sizeof aids[0],
	.first = APP_TEXT,
	.atrs = atrs,
	.n_atrs = sizeof atrs / sizeof atrs[0],
	.pins = pins,
	.n_pins = sizeof pins / sizeof pins[0],
	.sws = sws,
	.n_sws = sizeof sws / sizeof sws[0],
	.facts = FACTS_JPKI_COMMON,
	.reset_app = true,
	.source = SRC_MYNA "; " SRC_CARD,
};

#define SRC_PHONE "docs/wire.md section 1 (ours); " SRC_MYNA " (the card's)"

/*
 * The telephone's PINs are its own; its application alone changes them, and how it does is not
 * public: with the card's commands, ours therefore, and only to one that has shown our reset
 * application.
 */
static const struct pin_row mobile_pins[] = {
	JPKI_SIGN(CHANGE_VERIFY_NEW, ROW_OURS, SRC_PHONE),
	JPKI_AUTH(CHANGE_VERIFY_NEW, ROW_OURS, SRC_PHONE),
};

const struct profile profile_mynumber_mobile = {
	.name = "mynumber-mobile",
	.title = "My Number certificates on a smartphone",
	.aids = aids,
	.n_aids = sizeof aids / sizeof aids[0],
	.first = APP_JPKI,
	.confirm = CONFIRM_JPKI_PHONE,
	.pins = mobile_pins,
	.n_pins = sizeof mobile_pins / sizeof mobile_pins[0],
	.sws = sws,
	.n_sws = sizeof sws / sizeof sws[0],
	.facts = FACTS_JPKI_TOKEN,
	.app_only = true,
	.reset_app = true,
	.source = "jpki/myna src/cli.rs (token labels); Mynaportal manual (changed in the app only)",
};
