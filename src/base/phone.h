/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight bytes for people who read them to each other over the telephone: four groups of five digits (16
 * bits each), each followed by a check digit by Damm's method, which finds every wrong digit and every two
 * neighbours that were swapped. The 16 hex digits of Windows' unblock screen are the same eight bytes,
 * without a check.
 */
#ifndef REPIN_BASE_PHONE_H
#define REPIN_BASE_PHONE_H

#include "base/error.h"

#define PHONE_LEN 8
#define PHONE_GROUPS 4
#define PHONE_DIGITS 5 /* of a group, without its check digit */
/* "123456 123456 123456 123456" */
#define PHONE_TEXT 28
/* "0011 2233 4455 6677" */
#define PHONE_HEX_TEXT 20

void phone_of(const uint8_t bytes[PHONE_LEN], char ret[PHONE_TEXT]);
void phone_hex_of(const uint8_t bytes[PHONE_LEN], char ret[PHONE_HEX_TEXT]);

enum phone_fault {
	PHONE_GOOD,
	PHONE_FORM,  /* neither 24 digits nor 16 hex digits */
	PHONE_GROUP, /* the check digit of *ret_group does not fit, or the group is over 65535 */
};
/*
 * What was typed: 24 digits, or 16 hex digits, with blanks, '-' or '.' wherever people put them.
 * *ret_group is 1 to 4. Nothing is written to ret unless PHONE_GOOD.
 */
enum phone_fault phone_read(const void *typed, size_t len, uint8_t ret[PHONE_LEN], unsigned *ret_group);

/* The check digit of a text of digits. Source: H. M. Damm, Total anti-symmetrische Quasigruppen (2004). */
unsigned phone_damm(const uint8_t *digits, size_t n);

#endif
