/* SPDX-License-Identifier: Apache-2.0 */
#include "card/sw.h"

struct iso_row {
	uint16_t sw, mask;
	enum sw_outcome outcome;
};

/* ISO/IEC 7816-4 tables 5 and 6; the first row that fits decides. */
static const struct iso_row iso[] = {
	{0x9000, 0xFFFF, SW_OK},	   {0x6100, 0xFF00, SW_MORE},
	{0x6C00, 0xFF00, SW_WRONG_LE},	   {0x63C0, 0xFFFF, SW_WRONG_LAST},
	{0x63C0, 0xFFF0, SW_WRONG},	   {0x6300, 0xFFFF, SW_WRONG_NO_COUNT},
	{0x6200, 0xFE00, SW_WARNING}, /* the rest of 62XX and 63XX */
	{0x6581, 0xFFFF, SW_MEMORY},	   {0x6700, 0xFFFF, SW_BAD_LENGTH},
	{0x6982, 0xFFFF, SW_NOT_VERIFIED}, {0x6983, 0xFFFF, SW_LOCKED},
	{0x6985, 0xFFFF, SW_CONDITIONS},   {0x6A80, 0xFFFF, SW_BAD_DATA},
	{0x6A82, 0xFFFF, SW_NOT_FOUND},	   {0x6A83, 0xFFFF, SW_NOT_FOUND},
	{0x6A88, 0xFFFF, SW_NOT_FOUND},	   {0x6A86, 0xFFFF, SW_BAD_PARAMS},
	{0x6A87, 0xFFFF, SW_BAD_LENGTH},   {0x6B00, 0xFFFF, SW_BAD_PARAMS},
	{0x6D00, 0xFF00, SW_UNSUPPORTED},  {0x6E00, 0xFF00, SW_UNSUPPORTED},
	{0x6800, 0xFF00, SW_UNSUPPORTED},  {0x6400, 0xFF00, SW_REFUSED},
	{0x6500, 0xFF00, SW_REFUSED},	   {0x6600, 0xFF00, SW_REFUSED},
	{0x6900, 0xFF00, SW_REFUSED},	   {0x6A00, 0xFF00, SW_REFUSED},
	{0x6F00, 0xFF00, SW_REFUSED},
};

enum sw_outcome sw_outcome(uint16_t sw, const struct sw_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].sw == sw)
			return rows[i].outcome;
	for (size_t i = 0; i < sizeof iso / sizeof iso[0]; i++)
		if ((sw & iso[i].mask) == iso[i].sw)
			return iso[i].outcome;
	return SW_UNKNOWN;
}

int sw_tries(uint16_t sw)
{
	return (sw & 0xFFF0) == 0x63C0 ? sw & 0x0F : RP_TRIES_UNKNOWN;
}

const char *sw_outcome_word(enum sw_outcome o)
{
	static const char *const words[SW_OUTCOMES] = {
		[SW_UNKNOWN] = "unknown",
		[SW_OK] = "ok",
		[SW_MORE] = "more",
		[SW_WRONG_LE] = "wrong-le",
		[SW_WARNING] = "warning",
		[SW_WRONG] = "wrong",
		[SW_WRONG_LAST] = "wrong-last",
		[SW_WRONG_NO_COUNT] = "wrong-no-count",
		[SW_LOCKED] = "locked",
		[SW_NOT_VERIFIED] = "not-verified",
		[SW_CONDITIONS] = "conditions",
		[SW_NOT_FOUND] = "not-found",
		[SW_BAD_LENGTH] = "bad-length",
		[SW_BAD_DATA] = "bad-data",
		[SW_BAD_PARAMS] = "bad-params",
		[SW_UNSUPPORTED] = "unsupported",
		[SW_MEMORY] = "memory",
		[SW_REFUSED] = "refused",
	};

	return (unsigned)o < SW_OUTCOMES ? words[o] : words[SW_UNKNOWN];
}
