/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile commands against each virtual card. The first byte chooses the family; then blocks,
 * each after a little-endian length of two bytes. Oracle: an answer always has a status word
 * and room, and a counter only falls by one for each command.
 */
#include "vcard/vcard.h"

#include <stdlib.h>
#include <string.h>

#define FAMILIES 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vcard *cards[FAMILIES];
static struct vpin fresh[FAMILIES][VCARD_PINS_MAX];
static uint8_t answer[VCARD_RESPONSE_MAX];

/* Making a card means RSA keys: once, not for each input. */
static void make_cards(void)
{
	static const uint8_t key[16] = {7};

	for (size_t i = 0; i < FAMILIES && i < n_vfamilies; i++) {
		const char *name = vfamilies[i]->name;
		const bool can = strncmp(name, "mynumber", 8) == 0 || strcmp(name, "hicos") == 0;
		const struct vcard_spec spec = {.family = name, .reset_key = can ? key : NULL};

		if (vcard_make(&spec, &cards[i], NULL) != RP_OK)
			abort();
		memcpy(fresh[i], cards[i]->pins, sizeof fresh[i]);
	}
}

static int all_tries(const struct vcard *c)
{
	int sum = 0;

	for (size_t i = 0; i < c->n_pins; i++)
		sum += c->pins[i].tries;
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t which;
	struct vcard *c;

	if (cards[0] == NULL)
		make_cards();
	if (size < 1)
		return 0;
	which = data[0] % FAMILIES;
	c = cards[which];
	memcpy(c->pins, fresh[which], sizeof fresh[which]);
	c->dead = false;
	vcard_reset(c);
	for (size_t at = 1; at + 2 <= size;) {
		size_t len = data[at] | (size_t)data[at + 1] << 8, n;
		const int before = all_tries(c);

		at += 2;
		if (len > size - at)
			len = size - at;
		n = vcard_transmit(c, data + at, len, answer, sizeof answer);
		if (n < 2 || n > sizeof answer || before - all_tries(c) > 1)
			__builtin_trap();
		at += len;
	}
	return 0;
}
