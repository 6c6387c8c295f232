/* SPDX-License-Identifier: Apache-2.0 */
/* PINs of the virtual card: what a new card gets, and the counters that no power cut can cheat. */
#include "repin/words.h"
#include "vcard/vcard.h"
#include "vcard/vpin.h"

#include <stdio.h>
#include <string.h>

/* One "slot=value" of a list; next = the rest, NULL at its end. */
struct entry {
	const char *word, *value;
	size_t word_len, value_len;
	const char *next;
};

/* False when it is no entry: without "=", without a word, too long. */
static bool take_entry(const char *list, struct entry *ret)
{
	const size_t len = strcspn(list, ",");
	const char *equals = memchr(list, '=', len);
	struct entry e;

	if (equals == NULL || equals == list)
		return false;
	e.word = list;
	e.word_len = (size_t)(equals - list);
	e.value = equals + 1;
	e.value_len = len - e.word_len - 1;
	e.next = list[len] == ',' ? list + len + 1 : NULL;
	if (e.value_len > VCARD_PIN_MAX)
		return false;
	*ret = e;
	return true;
}

static bool is_word(const struct entry *e, const char *word)
{
	return strlen(word) == e->word_len && memcmp(word, e->word, e->word_len) == 0;
}

static bool find(const char *list, const char *word, struct entry *ret)
{
	struct entry e = {.next = list};

	while (e.next != NULL && take_entry(e.next, &e))
		if (is_word(&e, word)) {
			*ret = e;
			return true;
		}
	return false;
}

/* Also the rest of the list is looked at: a slot named twice is a mistake, not an order. */
static rp_code check_entry(const struct entry *e, struct rp_error *err)
{
	struct entry again;
	char word[32];

	(void)snprintf(word, sizeof word, "%.*s", (int)(e->word_len < 31 ? e->word_len : 31), e->word);
	/* "admin" is the key of a GIDS card: given like a PIN, but no slot of anyone's. */
	if (rp_slot_from_word(word) == RP_SLOT_NONE && strcmp(word, "admin") != 0)
		return rp_fail(err, RP_E_USAGE, "there is no PIN called \"%s\"", word);
	if (e->next != NULL && find(e->next, word, &again))
		return rp_fail(err, RP_E_USAGE, "the PIN \"%s\" is named twice", word);
	return RP_OK;
}

rp_code vpins_check(const char *list, struct rp_error *err)
{
	struct entry e = {.next = list};
	rp_code rc;

	while (e.next != NULL) {
		if (!take_entry(e.next, &e))
			return rp_fail(err, RP_E_USAGE,
				       "PINs are written slot=value,slot=value, a value of at most %d bytes",
				       VCARD_PIN_MAX);
		rc = check_entry(&e, err);
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

static bool card_has_slot(const struct vcard *c, const struct entry *e)
{
	size_t i;

	for (i = 0; i < c->n_pins; i++)
		if (is_word(e, rp_slot_word(c->pins[i].slot)))
			return true;
	return false;
}

rp_code vpins_check_used(const struct vcard *c, const char *list, struct rp_error *err)
{
	struct entry e = {.next = list}, known;
	char word[32];

	while (e.next != NULL && take_entry(e.next, &e)) {
		(void)snprintf(word, sizeof word, "%.*s", (int)e.word_len, e.word);
		if (!card_has_slot(c, &e) && !find(c->family->default_pins, word, &known))
			return rp_fail(err, RP_E_USAGE, "a %s card has no PIN called \"%s\"", c->family->name,
				       word);
	}
	return RP_OK;
}

const char *vcard_wanted_pin(const struct vcard *c, const char *slot_word, char *buf, size_t cap)
{
	const char *asked = c->spec != NULL ? c->spec->pins : NULL;
	struct entry e;

	if ((asked == NULL || !find(asked, slot_word, &e)) && !find(c->family->default_pins, slot_word, &e))
		return NULL;
	if (e.value_len >= cap)
		return NULL;
	memcpy(buf, e.value, e.value_len);
	buf[e.value_len] = '\0';
	return buf;
}

struct vpin *vcard_add_pin(struct vcard *c, const char *id, rp_slot slot, uint8_t max)
{
	char value[VCARD_PIN_MAX + 1];
	const char *wanted = vcard_wanted_pin(c, rp_slot_word(slot), value, sizeof value);
	struct vpin *p;

	if (c->n_pins == VCARD_PINS_MAX || strlen(id) >= sizeof p->id || max < 1 || max > 15)
		return NULL;
	p = &c->pins[c->n_pins++];
	*p = (struct vpin){.slot = slot, .tries = max, .max = max};
	memcpy(p->id, id, strlen(id) + 1);
	if (wanted != NULL) {
		p->len = (uint8_t)strlen(wanted);
		memcpy(p->value, wanted, p->len);
		p->set = p->len > 0;
	}
	return p;
}

struct vpin *vcard_pin(struct vcard *c, const char *id)
{
	size_t i;

	for (i = 0; i < c->n_pins; i++)
		if (strcmp(c->pins[i].id, id) == 0)
			return &c->pins[i];
	return NULL;
}

/* In the same time for every value of the same length, wherever it differs. */
static bool is_value(const struct vpin *p, const uint8_t *bytes, size_t len)
{
	uint8_t given[VCARD_PIN_MAX] = {0};
	bool same;

	if (len > sizeof given)
		return false;
	if (len > 0)
		memcpy(given, bytes, len);
	same = v_equal(given, p->value, p->len);
	return same && len == p->len;
}

enum vcheck vpin_check(struct vcard *c, struct vpin *p, const uint8_t *bytes, size_t len)
{
	if (p == NULL || !p->set || p->len == 0 || p->tries == 0)
		return VCHECK_BLOCKED;
	p->verified = false;
	p->tries--;
	if (!vcard_save(c)) {
		p->tries++; /* nothing was compared, and the file still holds this */
		return VCHECK_BLOCKED;
	}
	if (!is_value(p, bytes, len))
		return VCHECK_WRONG;
	const uint8_t lowered = p->tries;

	p->tries = p->max;
	if (!vcard_save(c)) {
		p->tries = lowered;
		return VCHECK_BLOCKED;
	}
	p->verified = true;
	return VCHECK_OK;
}

bool vpin_set(struct vcard *c, struct vpin *p, const uint8_t *bytes, size_t len, unsigned add_resets)
{
	struct vpin before;

	if (p == NULL || len == 0 || len > sizeof p->value || add_resets > UINT16_MAX - (unsigned)p->resets)
		return false;
	before = *p;
	memset(p->value, 0, sizeof p->value);
	memcpy(p->value, bytes, len);
	p->len = (uint8_t)len;
	p->tries = p->max;
	p->set = true;
	p->resets = (uint16_t)(p->resets + add_resets);
	if (vcard_save(c))
		return true;
	*p = before;
	return false;
}

uint16_t vpin_sw(const struct vpin *p, enum vcheck c, uint16_t blocked)
{
	switch (c) {
	case VCHECK_OK:
		return 0x9000;
	case VCHECK_WRONG:
		return (uint16_t)(0x63C0 | p->tries);
	case VCHECK_BLOCKED:
		break;
	}
	return blocked;
}
