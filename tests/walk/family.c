/* SPDX-License-Identifier: Apache-2.0 */
#include "walk/family.h"

#include <string.h>

#define JPKI "00A4040C0AD392F000260100000001"
#define TEXT "00A4040C0AD3921000310001010408"
#define JUKI "00A4040C0AD3921000310001010401"
#define COMMON "00A4040C0AD3921000310001010100"
#define AOSIGN "00A4040009F0524550494E414F5300"
#define PIV "00A4040009A0000003080000100000"
#define PGP "00A4040006D2760001240100"
#define GIDS "00A4040009A0000003974254465900"

#define SIGN(how)                                                                                            \
	{                                                                                                    \
		.slot = RP_SLOT_SIGN, .max = 5, .at = 0, .n_refs = 1, .ref = {{"sign", JPKI, 0x001B, 0x80}}, \
		.change = (how), .value = {                                                                  \
			"ABC123",                                                                            \
			"XYZ789",                                                                            \
			"ABC1234",                                                                           \
			"QWERTY9876543210"                                                                   \
		}                                                                                            \
	}
#define AUTH(how, on_pad)                                                                                    \
	{                                                                                                    \
		.slot = RP_SLOT_AUTH, .max = 3, .at = 1, .n_refs = 1, .ref = {{"auth", JPKI, 0x0018, 0x80}}, \
		.change = (how), .pad = (on_pad), .value = {                                                 \
			"1234",                                                                              \
			"5678",                                                                              \
			"2468",                                                                              \
			"9753"                                                                               \
		}                                                                                            \
	}

const struct f_family f_families[] = {
	{
		.name = "mynumber",
		.slot = {SIGN(F_AFTERWARDS),
			 AUTH(F_AFTERWARDS, true),
			 {.slot = RP_SLOT_TEXT,
			  .max = 3,
			  .at = 2,
			  .n_refs = 1,
			  .ref = {{"text", TEXT, 0x0011, 0x80}},
			  .change = F_AFTERWARDS,
			  .pad = true,
			  .value = {"1234", "4321", "1357", "8642"}},
			 {.slot = RP_SLOT_JUKI,
			  .max = 3,
			  .at = 3,
			  .n_refs = 2,
			  .ref = {{"juki", JUKI, 0x001C, 0x80}, {"juki-common", COMMON, 0x001C, 0x80}},
			  .change = F_PLACES,
			  .value = {"1234", "1111", "2222", "3333"}}},
		.n_slots = 4,
		.ask = {{.slot = 0, .by = 1},
			{.slot = 1, .by = 0},
			{.slot = 2, .by = M_NONE},
			{.slot = 3, .by = M_NONE},
			{.slot = 0, .by = 1, .reserves = true},
			{.slot = 1, .by = 0, .reserves = true}},
		.n_asks = 6,
		.last_way = M_NONE,
		.issuer = F_RESET_APP,
	},
	{
		.name = "mynumber-mobile",
		.slot = {SIGN(F_FIXED), AUTH(F_FIXED, true)},
		.n_slots = 2,
		.ask = {{.slot = 0, .by = M_NONE}, {.slot = 1, .by = 0}},
		.n_asks = 2,
		.last_way = M_NONE,
		.issuer = F_RESET_APP,
	},
	{
		.name = "aosign",
		.slot = {{.slot = RP_SLOT_PIN,
			  .max = 10,
			  .at = 0,
			  .n_refs = 1,
			  .ref = {{"pin", AOSIGN, 0, 0x81}},
			  .change = F_TOGETHER,
			  .fill_old = 16,
			  .value = {"12345678", "newPin99", "1234", "abcDEF0123456789"}},
			 {.slot = RP_SLOT_LETTER,
			  .max = 10,
			  .at = 1,
			  .n_refs = 1,
			  .ref = {{"letter", AOSIGN, 0, 0x82}},
			  .kept = true,
			  .value = {"12345678", "87654321", "1234567", "letterPIN99"}}},
		.n_slots = 2,
		.unlock = {{.slot = 0, .code = 1}},
		.n_unlocks = 1,
		.last_way = 1,
	},
	{
		.name = "hicos",
		.slot = {{.slot = RP_SLOT_PIN,
			  .max = 3,
			  .at = 0,
			  .n_refs = 1,
			  .ref = {{"pin", NULL, 0, 0}},
			  .change = F_AFTERWARDS,
			  .value = {"123456", "newPin99", "1234567", "abcdef"}}},
		.n_slots = 1,
		.ask = {{.slot = 0, .by = M_NONE}},
		.n_asks = 1,
		.last_way = M_NONE,
		.issuer = F_RESET_APP,
	},
	{
		.name = "piv",
		.slot = {{.slot = RP_SLOT_PIN,
			  .max = 3,
			  .at = 0,
			  .n_refs = 1,
			  .ref = {{"pin", PIV, 0, 0x80}},
			  .change = F_TOGETHER,
			  .pad = true,
			  .fill = 8,
			  .fill_old = 8,
			  .value = {"123456", "654321", "1234567", "12345678"}},
			 {.slot = RP_SLOT_PUK,
			  .max = 3,
			  .at = 1,
			  .n_refs = 1,
			  .ref = {{"puk", PIV, 0, 0x81}},
			  .change = F_TOGETHER,
			  .untold = true,
			  .kept = true,
			  .fill = 8,
			  .fill_old = 8,
			  .value = {"12345678", "87654321", "ABCDEF", "1234567"}}},
		.n_slots = 2,
		.unlock = {{.slot = 0, .code = 1}},
		.n_unlocks = 1,
		.last_way = M_NONE,
	},
	{
		.name = "openpgp",
		.pins = "rc=resetcode",
		.slot = {{.slot = RP_SLOT_PW1,
			  .max = 3,
			  .at = 0,
			  .n_refs = 1,
			  .ref = {{"pw1", PGP, 0, 0x81}},
			  .change = F_PROVEN,
			  .value = {"123456", "1234567", "654321", "a longer one"}},
			 {.slot = RP_SLOT_PW3,
			  .max = 3,
			  .at = 1,
			  .n_refs = 1,
			  .ref = {{"pw3", PGP, 0, 0x83}},
			  .change = F_PROVEN,
			  .value = {"12345678", "123456789", "another one", "87654321"}},
			 /* no wrong value begins with the right one: test_script has that case */
			 {.slot = RP_SLOT_RC,
			  .max = 3,
			  .at = 2,
			  .n_refs = 1,
			  .ref = {{"rc", PGP, 0, 0}},
			  .unset_at_0 = true,
			  .kept = true,
			  .value = {"resetcode", "codereset", "resetcod", "another code"}}},
		.n_slots = 3,
		.unlock = {{.slot = 0, .code = 2, .confirmed = true},
			   {.slot = 0, .code = 1, .way = 1, .two_steps = true}},
		.n_unlocks = 2,
		.last_way = M_NONE,
	},
	{
		.name = "gids",
		.slot = {{.slot = RP_SLOT_PIN,
			  .max = 3,
			  .at = 0,
			  .n_refs = 1,
			  .ref = {{"pin", GIDS, 0, 0x80}},
			  .change = F_PROVEN,
			  .value = {"123456", "1234567", "1234", "7654321"}}},
		.n_slots = 1,
		.ask = {{.slot = 0, .by = M_NONE}, {.slot = 0, .by = M_NONE, .by_phone = true}},
		.n_asks = 2,
		.last_way = M_NONE,
		.issuer = F_ADMIN_KEY,
	},
};
const int f_n_families = sizeof f_families / sizeof f_families[0];

int f_n_refs(const struct f_family *f)
{
	const struct f_slot *last = &f->slot[f->n_slots - 1];

	return last->at + last->n_refs;
}

const struct f_slot *f_slot_of_ref(const struct f_family *f, int ref)
{
	const struct f_slot *s = f->slot;

	while (ref >= s->at + s->n_refs)
		s++;
	return s;
}

struct m_card f_model(const struct f_family *f)
{
	struct m_card m = {.last_way = f->last_way};

	for (int i = 0; i < f_n_refs(f); i++)
		m.ref[i] = (struct m_ref){0, f_slot_of_ref(f, i)->max, f_slot_of_ref(f, i)->max};
	return m;
}

/* --- the commands of a job --- */

static struct m_step proves(int ref, int value)
{
	return (struct m_step){.prove = ref, .old = value, .set = M_NONE};
}

static struct m_step sets(int ref, int fresh)
{
	return (struct m_step){.prove = M_NONE, .set = ref, .fresh = fresh};
}

int f_steps_verify(const struct f_slot *s, int entry, struct m_step ret[F_STEPS])
{
	for (int i = 0; i < s->n_refs; i++)
		ret[i] = proves(s->at + i, entry);
	return s->n_refs;
}

int f_steps_change(const struct f_slot *s, int entry, int fresh, struct m_step ret[F_STEPS])
{
	int n = 0;

	switch (s->change) {
	case F_FIXED:
		break;
	case F_PROVEN:
		ret[n++] = proves(s->at, entry);
		__attribute__((fallthrough));
	case F_TOGETHER:
		ret[n++] = (struct m_step){.prove = s->at, .old = entry, .set = s->at, .fresh = fresh};
		break;
	case F_AFTERWARDS:
		ret[n++] = proves(s->at, entry);
		ret[n++] = sets(s->at, fresh);
		break;
	case F_PLACES:
		ret[n++] = proves(s->at, entry);
		ret[n++] = proves(s->at + 1, entry);
		ret[n++] = sets(s->at + 1, fresh);
		ret[n++] = proves(s->at, entry);
		ret[n++] = sets(s->at, fresh);
		break;
	}
	return n;
}

int f_steps_unlock(const struct f_family *f, const struct f_unlock *u, int entry, int fresh,
		   struct m_step ret[F_STEPS])
{
	const int pin = f->slot[u->slot].at, code = f->slot[u->code].at;
	int n = 0;

	if (u->two_steps) {
		ret[n++] = proves(code, entry);
		ret[n++] = sets(pin, fresh);
		return n;
	}
	ret[n++] = (struct m_step){.prove = code, .old = entry, .set = pin, .fresh = fresh};
	if (u->confirmed)
		ret[n++] = (struct m_step){.prove = pin, .old = fresh, .set = M_NONE, .confirms = true};
	return n;
}

int f_steps_ask(const struct f_family *f, const struct f_ask *a, int entry, int fresh,
		struct m_step ret[F_STEPS])
{
	const struct f_slot *s = &f->slot[a->slot];
	int n = 0;

	if (a->by != M_NONE)
		ret[n++] = proves(f->slot[a->by].at, entry);
	if (!a->reserves) {
		ret[n] = sets(s->at, fresh);
		ret[n++].both = s->n_refs == 2;
	}
	return n;
}

bool f_is_secret(const uint8_t head[4], size_t len)
{
	return (head[1] == 0x20 && len > 5) || head[1] == 0x24 || head[1] == 0x2C || head[1] == 0x32;
}
