/* SPDX-License-Identifier: Apache-2.0 */
#include "base/phone.h"

#include "base/bytes.h"
#include "base/secret.h"

#include <stdio.h>
#include <string.h>

#define GROUP_DIGITS (PHONE_DIGITS + 1)
#define ALL_DIGITS (PHONE_GROUPS * GROUP_DIGITS)
#define HEX_DIGITS (2 * PHONE_LEN)

/*
 * A weakly totally anti-symmetric quasigroup of order 10 with zeros in its diagonal, so that the digits with
 * their check digit come to 0. Source: H. M. Damm, "Total anti-symmetrische Quasigruppen", Marburg 2004.
 * tests/unit/base/test_phone.c goes through every error that it promises to find.
 */
static const uint8_t damm[10][10] = {
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2}, {7, 0, 9, 2, 1, 5, 4, 8, 6, 3}, {4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6}, {6, 1, 2, 3, 0, 4, 5, 9, 7, 8}, {3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4}, {8, 9, 4, 5, 3, 6, 2, 0, 1, 7}, {9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
};

unsigned phone_damm(const uint8_t *digits, size_t n)
{
	uint8_t at = 0;

	for (size_t i = 0; i < n; i++)
		at = damm[at][digits[i] % 10];
	return at;
}

void phone_of(const uint8_t bytes[PHONE_LEN], char ret[PHONE_TEXT])
{
	for (size_t g = 0; g < PHONE_GROUPS; g++) {
		unsigned left = (unsigned)bytes[2 * g] << 8 | bytes[2 * g + 1];
		char *to = ret + g * (GROUP_DIGITS + 1);
		uint8_t digits[PHONE_DIGITS];

		for (size_t i = PHONE_DIGITS; i-- > 0; left /= 10)
			digits[i] = (uint8_t)(left % 10);
		for (size_t i = 0; i < PHONE_DIGITS; i++)
			to[i] = (char)('0' + digits[i]);
		to[PHONE_DIGITS] = (char)('0' + phone_damm(digits, PHONE_DIGITS));
		to[GROUP_DIGITS] = g + 1 < PHONE_GROUPS ? ' ' : '\0';
	}
}

void phone_hex_of(const uint8_t bytes[PHONE_LEN], char ret[PHONE_HEX_TEXT])
{
	(void)snprintf(ret, PHONE_HEX_TEXT, "%02X%02X %02X%02X %02X%02X %02X%02X", bytes[0], bytes[1],
		       bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
}

static enum phone_fault read_groups(const char *text, uint8_t ret[PHONE_LEN], unsigned *ret_group)
{
	for (unsigned g = 0; g < PHONE_GROUPS; g++) {
		uint8_t digits[GROUP_DIGITS];
		unsigned v = 0;

		for (size_t i = 0; i < GROUP_DIGITS; i++)
			digits[i] = (uint8_t)(text[g * GROUP_DIGITS + i] - '0');
		for (size_t i = 0; i < PHONE_DIGITS; i++)
			v = v * 10 + digits[i];
		if (phone_damm(digits, GROUP_DIGITS) != 0 || v > 0xFFFF) {
			*ret_group = g + 1;
			return PHONE_GROUP;
		}
		ret[2 * g] = (uint8_t)(v >> 8);
		ret[2 * g + 1] = (uint8_t)(v & 0xFF);
	}
	return PHONE_GOOD;
}

/* What is left without the marks between groups; longer than either form: 0. */
static size_t squeeze(const char *typed, size_t len, char ret[ALL_DIGITS + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (typed[i] == ' ' || typed[i] == '-' || typed[i] == '.')
			continue;
		if (n == ALL_DIGITS)
			return 0;
		ret[n++] = typed[i];
	}
	ret[n] = '\0';
	return n;
}

enum phone_fault phone_read(const void *typed, size_t len, uint8_t ret[PHONE_LEN], unsigned *ret_group)
{
	char text[ALL_DIGITS + 1] = "";
	const size_t n = squeeze(typed, len, text);
	uint8_t bytes[PHONE_LEN];
	size_t got = 0;
	enum phone_fault fault = PHONE_FORM;

	if (n == ALL_DIGITS && strspn(text, "0123456789") == ALL_DIGITS)
		fault = read_groups(text, bytes, ret_group);
	else if (n == HEX_DIGITS && hex_read(text, bytes, sizeof bytes, &got) && got == PHONE_LEN)
		fault = PHONE_GOOD;
	if (fault == PHONE_GOOD)
		memcpy(ret, bytes, sizeof bytes);
	rp_wipe(text, sizeof text);
	rp_wipe(bytes, sizeof bytes);
	return fault;
}
