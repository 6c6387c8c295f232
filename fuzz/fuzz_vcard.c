/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile commands against each virtual card: the first byte chooses the family, the rest are
 * blocks of one command each; a block without bytes is a reset. Whatever comes, a counter rises
 * and a PIN changes only in a command that was answered 9000; but a right old PIN with a new one
 * that is not acceptable sets the old one's counter back to full and is refused.
 */
#include "blocks.h"
#include "cards.h"
#include "judge.h"

#include <string.h>

#define COMMANDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t answer[VCARD_RESPONSE_MAX];

static bool carries_two(const struct block *b)
{
	return b->len > 5 && (b->bytes[1] == 0x24 || b->bytes[1] == 0x2C);
}

static void check_pins(const struct vcard *c, const struct vpin *before, const struct block *cmd,
		       bool success)
{
	for (size_t i = 0; i < c->n_pins; i++) {
		const struct vpin *p = &c->pins[i], *b = &before[i];

		judge_that(p->tries <= p->max && p->len <= VCARD_PIN_MAX, "a counter above its limit");
		judge_that(!p->verified || (p->set && p->tries > 0), "a login without a PIN");
		if (success)
			continue;
		judge_that(p->tries + 1 >= b->tries, "a refused command counts one at most");
		judge_that(p->tries <= b->tries || (p->tries == p->max && carries_two(cmd)),
			   "a refused command sets a counter back");
		judge_that(p->len == b->len && memcmp(p->value, b->value, p->len) == 0,
			   "a refused command changed a PIN");
		judge_that(p->resets == b->resets && (!p->verified || b->verified),
			   "a refused command opened something");
	}
}

/* My Number: SELECT of an application ends every login (soltia48/myna-card, observed on a card). */
static void check_select(const struct vcard *c, const struct block *b)
{
	if (strncmp(c->family->name, "mynumber", 8) != 0 || b->len < 6 ||
	    memcmp(b->bytes, "\x00\xA4\x04", 3) != 0)
		return;
	for (size_t i = 0; i < c->n_pins; i++)
		judge_that(!c->pins[i].verified, "a login that outlives a SELECT");
}

static void send(struct vcard *c, const struct block *b)
{
	struct vpin before[VCARD_PINS_MAX];
	size_t n;
	uint16_t sw;

	memcpy(before, c->pins, sizeof before);
	n = vcard_transmit(c, b->bytes, b->len, answer, sizeof answer);
	judge_that(n >= 2 && n <= sizeof answer, "an answer that is none");
	sw = (uint16_t)(answer[n - 2] << 8 | answer[n - 1]);
	check_pins(c, before, b, sw == 0x9000 || sw >> 8 == 0x61);
	if (sw == 0x9000)
		check_select(c, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blocks blocks;
	struct vcard *c;
	struct block b;

	if (size == 0)
		return 0;
	blocks = (struct blocks){.p = data + 1, .left = size - 1};
	c = cards_fresh(data[0] % n_vfamilies);
	for (unsigned i = 0; i < COMMANDS_MAX && blocks_next(&blocks, &b); i++) {
		if (b.len == 0)
			vcard_reset(c);
		else
			send(c, &b);
	}
	vcard_reset(c);
	for (size_t i = 0; i < c->n_pins; i++)
		judge_that(!c->pins[i].verified, "a login that outlives a reset");
	return 0;
}
