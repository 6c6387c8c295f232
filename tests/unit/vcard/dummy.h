/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A card family for the tests of the core, small enough to know by heart; it replaces the list
 * of families that the library has. PIN "sign" is reference 81, "auth" 82.
 *
 *     00 20 00 RR [PIN]   VERIFY; without data 63CX     00 24 00 RR PIN   set (nothing asked)
 *     00 B0 hi lo Le      READ BINARY of file 1         00 10 00 00 data  says the data back
 *     00 CA 00 RR 01      01 when verified
 */
#ifndef REPIN_TESTS_DUMMY_H
#define REPIN_TESTS_DUMMY_H

#include "base/bytes.h"
#include "vcard/vcard.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t dummy_atr[] = {0x3B, 0x82, 0x80, 0x01, 0x44, 0x55, 0x12};
#define DUMMY_TEXT "a file of the dummy card"

static rp_code dummy_make(struct vcard *c, struct rp_error *err)
{
	if (c->number[0] == '\0')
		memcpy(c->number, "0001", 5);
	if (vcard_add_pin(c, "sign", RP_SLOT_SIGN, 5) == NULL ||
	    vcard_add_pin(c, "auth", RP_SLOT_AUTH, 3) == NULL ||
	    vcard_add_pin(c, "hidden", RP_SLOT_NONE, 10) == NULL ||
	    vcard_add_pin(c, "text", RP_SLOT_TEXT, 3) == NULL)
		return rp_fail(err, RP_E_FAULT, "no room for the PINs");
	if (json_object_set_new(c->extra, "mark", json_integer(7)) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory");
	return vcard_add_file(c, 1, DUMMY_TEXT, strlen(DUMMY_TEXT), err);
}

static rp_code dummy_load(struct vcard *c, struct rp_error *err)
{
	if (json_integer_value(json_object_get(c->extra, "mark")) != 7)
		return rp_fail(err, RP_E_CONFIG, "the mark is missing");
	return RP_OK;
}

static void dummy_reset(struct vcard *c)
{
	c->app = 1;
}

static uint16_t dummy_pin(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	struct vpin *p = vcard_pin(c, cmd->p2 == 0x81 ? "sign" : "auth");
	const uint8_t yes = p->verified;

	if (cmd->ins == 0x24)
		return vpin_set(c, p, cmd->data, cmd->lc, 1) ? 0x9000 : 0x6A80;
	if (cmd->ins == 0xCA)
		return vrsp_put(rsp, &yes, 1) ? 0x9000 : 0x6F00;
	if (cmd->lc == 0)
		return (uint16_t)(0x63C0 | p->tries);
	return vpin_sw(p, vpin_check(c, p, cmd->data, cmd->lc), 0x6983);
}

static uint16_t dummy_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp)
{
	switch (cmd->ins) {
	case 0x20:
	case 0x24:
	case 0xCA:
		return dummy_pin(c, cmd, rsp);
	case 0xB0:
		return vfile_read(vcard_file(c, 1), (size_t)(cmd->p1 << 8 | cmd->p2), cmd->le, rsp);
	case 0x10:
		return vrsp_put(rsp, cmd->data, cmd->lc) ? 0x9000 : 0x6700;
	default:
		return 0x6D00;
	}
}

static const struct vfamily dummy = {
	.name = "dummy",
	.default_pins = "sign=ABC123,auth=1234,user-code=Code12",
	.atr = dummy_atr,
	.atr_len = sizeof dummy_atr,
	.make = dummy_make,
	.load = dummy_load,
	.reset = dummy_reset,
	.process = dummy_process,
};
const struct vfamily *const vfamilies[] = {&dummy};
const size_t n_vfamilies = 1;

static inline struct vcard *dummy_card(const char *pins)
{
	const struct vcard_spec spec = {.family = "dummy", .pins = pins};
	struct rp_error err = RP_ERROR_INIT;
	struct vcard *c = NULL;

	if (vcard_make(&spec, &c, &err) != RP_OK)
		fail_msg("%s", err.story);
	return c;
}

/* Sends hex; returns the status word. The data of the answer goes to ret, when it is wanted. */
static inline unsigned dummy_send(struct vcard *c, const char *hex, uint8_t *ret, size_t *ret_len)
{
	uint8_t cmd[300], rsp[600];
	size_t len = 0, n;

	assert_true(hex_read(hex, cmd, sizeof cmd, &len));
	n = vcard_transmit(c, cmd, len, rsp, sizeof rsp);
	assert_true(n >= 2);
	if (ret != NULL) {
		memcpy(ret, rsp, n - 2);
		*ret_len = n - 2;
	}
	return (unsigned)rsp[n - 2] << 8 | rsp[n - 1];
}

#define WRONG_SIGN "002000810431323334"
#define RIGHT_SIGN "0020008106414243313233"

/* A folder of this test's own; goes with dummy_leave(). */
static char dummy_dir[64];

static inline const char *dummy_path(const char *name)
{
	static char path[2][128];
	static int which;

	which = !which;
	(void)snprintf(path[which], sizeof path[which], "%s/%s", dummy_dir, name);
	return path[which];
}

static inline int dummy_enter(void **state)
{
	(void)state;
	(void)snprintf(dummy_dir, sizeof dummy_dir, "/tmp/repin-test-XXXXXX");
	return mkdtemp(dummy_dir) == NULL ? -1 : 0;
}

static inline int dummy_leave(void **state)
{
	char command[128];

	(void)state;
	(void)chmod(dummy_dir, 0700);
	(void)snprintf(command, sizeof command, "rm -rf '%s'", dummy_dir);
	return system(command);
}

static inline void dummy_write(const char *path, const char *text, size_t len)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

#endif
