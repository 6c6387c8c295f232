/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of the applets: commands written as hex, answers checked as hex. Cards are made
 * once per program, for their keys take time; `rig_fresh` gives one back its first PINs and counters.
 * A state path stays: who has given a card one (vcard_keep) must not take that card for another test.
 */
#ifndef REPIN_TESTS_APPLET_RIG_H
#define REPIN_TESTS_APPLET_RIG_H

#include "base/bytes.h"
#include "vcard/vcard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct rig {
	struct vcard *c;
	struct vpin first[VCARD_PINS_MAX]; /* as made */
	uint8_t data[VCARD_RESPONSE_MAX];  /* of the last answer, without its status word */
	size_t len;
};

static inline void rig_make(struct rig *r, const struct vcard_spec *spec)
{
	struct rp_error err = RP_ERROR_INIT;

	if (vcard_make(spec, &r->c, &err) != RP_OK)
		fail_msg("making a %s card: %s", spec->family, err.story);
	memcpy(r->first, r->c->pins, sizeof r->first);
}

static inline void rig_fresh(struct rig *r)
{
	memcpy(r->c->pins, r->first, sizeof r->first);
	r->c->dead = false;
	vcard_reset(r->c);
}

/* Sends bytes; returns the status word. */
static inline unsigned rig_send(struct rig *r, const uint8_t *cmd, size_t len)
{
	const size_t n = vcard_transmit(r->c, cmd, len, r->data, sizeof r->data);

	assert_true(n >= 2);
	r->len = n - 2;
	return (unsigned)r->data[n - 2] << 8 | r->data[n - 1];
}

/* Sends hex. */
static inline unsigned rig_hex(struct rig *r, const char *hex)
{
	uint8_t cmd[600];
	size_t len = 0;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	return rig_send(r, cmd, len);
}

/* Sends a head in hex with these bytes as data (Lc in front of them), no Le. */
static inline unsigned rig_data(struct rig *r, const char *head, const void *data, size_t len)
{
	uint8_t cmd[600];
	size_t n = 0;

	assert_true(len <= 255);
	assert_true(hex_read(head, cmd, 4, &n));
	cmd[n++] = (uint8_t)len;
	memcpy(cmd + n, data, len);
	return rig_send(r, cmd, n + len);
}

/* The same with a text. */
static inline unsigned rig_text(struct rig *r, const char *head, const char *text)
{
	return rig_data(r, head, text, strlen(text));
}

/* The whole of the selected file. */
static inline size_t rig_read_all(struct rig *r, const char *cla, uint8_t *ret, size_t cap, unsigned step)
{
	char hex[16];
	size_t at = 0;

	for (;;) {
		(void)snprintf(hex, sizeof hex, "%sB0%04X%02X", cla, (unsigned)at, step & 0xFF);
		if (rig_hex(r, hex) != 0x9000 || r->len == 0)
			return at;
		assert_true(at + r->len <= cap);
		memcpy(ret + at, r->data, r->len);
		at += r->len;
	}
}

#define assert_sw(expression, sw) assert_int_equal((expression), (sw))
#define assert_data(rig, hex) rig_assert_data((rig), (hex), __FILE__, __LINE__)

static inline void rig_assert_data(const struct rig *r, const char *hex, const char *file, int line)
{
	uint8_t want[600];
	size_t len = 0;

	assert_true(hex_read(hex, want, sizeof want, &len));
	_assert_int_equal(r->len, len, file, line);
	if (len > 0)
		_assert_memory_equal(r->data, want, len, file, line);
}

#endif
