/* SPDX-License-Identifier: Apache-2.0 */
/* Sources: C2SP signed-note (the envelope, key ids, verifier keys) and tlog-checkpoint (the text). */
#include "tlog/tlog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

#define ED25519 0x01 /* the kind of key, in key ids and verifier keys */
#define KEY_ID 4
#define SIG (KEY_ID + 64)
#define DASH "\xE2\x80\x94 " /* U+2014 and a blank begin a line of signature */
#define LINE_MAX_BYTES 512
#define SIZE_MAX_LEAVES (UINT64_C(1) << TLOG_LEVELS)

static void key_id(const char *origin, const uint8_t key[32], uint8_t ret[KEY_ID])
{
	static const uint8_t middle[] = {'\n', ED25519};
	const struct hash_part parts[] = {{origin, strlen(origin)}, {middle, sizeof middle}, {key, 32}};
	uint8_t hash[SHA256_LEN];

	hash_sha256(parts, 3, hash);
	memcpy(ret, hash, KEY_ID);
}

/* A name that stands in a line of its own, in a line of signature and before a '+'. */
static bool good_origin(const char *origin)
{
	size_t n = 0;

	for (; origin[n] != '\0'; n++)
		if (origin[n] <= 0x20 || origin[n] >= 0x7F || origin[n] == '+' || n >= TLOG_ORIGIN_MAX)
			return false;
	return n > 0;
}

/* --- writing --- */

rp_code tlog_note(const struct tlog_checkpoint *c, const uint8_t key[32], tlog_sign *sign, void *arg,
		  char *ret, size_t cap, struct rp_error *err)
{
	char root[48], signature[96], text[TLOG_NOTE_MAX];
	uint8_t sig[SIG];
	int body, all;
	rp_code rc;

	if (!good_origin(c->origin) || c->size > SIZE_MAX_LEAVES ||
	    !base64_of(c->root, TLOG_HASH, root, sizeof root))
		return rp_fail(err, RP_E_FAULT, "this is no checkpoint: its origin or size is impossible");
	body = snprintf(text, sizeof text, "%s\n%" PRIu64 "\n%s\n", c->origin, c->size, root);
	key_id(c->origin, key, sig);
	rc = sign(arg, text, (size_t)body, sig + KEY_ID, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "signing the log's checkpoint of size %" PRIu64, c->size);
	if (!base64_of(sig, sizeof sig, signature, sizeof signature))
		return rp_fail(err, RP_E_FAULT, "a checkpoint's signature is too long");
	all = snprintf(text + body, sizeof text - (size_t)body, "\n" DASH "%s %s\n", c->origin, signature);
	if ((size_t)body + (size_t)all >= cap)
		return rp_fail(err, RP_E_FAULT, "no room for a checkpoint");
	memcpy(ret, text, (size_t)body + (size_t)all + 1); /* checked: above */
	return RP_OK;
}

/* --- reading --- */

/* The next line without its LF, terminated; false at the end, without LF, or when it is too long. */
static bool next_line(struct rd *r, char ret[LINE_MAX_BYTES])
{
	size_t n = 0;

	for (;;) {
		const uint8_t c = rd_u8(r);

		if (r->failed || (c < 0x20 && c != '\n') || n >= LINE_MAX_BYTES)
			return false;
		if (c == '\n')
			break;
		ret[n++] = (char)c;
	}
	if (n >= LINE_MAX_BYTES)
		return false;
	ret[n] = '\0';
	return true;
}

/* A number as the format has it: decimal digits without a zero in front. */
static bool size_of_line(const char *line, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; line[i] >= '0' && line[i] <= '9' && i < 16; i++)
		n = n * 10 + (uint64_t)(line[i] - '0');
	if (i == 0 || line[i] != '\0' || (line[0] == '0' && i > 1) || n > SIZE_MAX_LEAVES)
		return false;
	*ret = n;
	return true;
}

/* The lines of the text, up to the empty one; *ret_text is how many bytes they are. */
static bool read_text(struct rd *r, size_t len, const char *origin, struct tlog_checkpoint *ret,
		      size_t *ret_text)
{
	char line[LINE_MAX_BYTES];
	size_t n = 0;

	if (!next_line(r, line) || strcmp(line, origin) != 0 || !good_origin(origin))
		return false;
	memcpy(ret->origin, line, strlen(line) + 1); /* checked: good_origin */
	if (!next_line(r, line) || !size_of_line(line, &ret->size))
		return false;
	if (!next_line(r, line) || !base64_read(line, ret->root, TLOG_HASH, &n) || n != TLOG_HASH)
		return false;
	do {
		*ret_text = len - r->left;
		if (!next_line(r, line))
			return false;
	} while (line[0] != '\0');
	return true;
}

/* Takes "— name base64" apart. */
static bool signature_line(char *line, const char **ret_name, uint8_t *ret, size_t cap, size_t *ret_len)
{
	char *blank;

	if (strncmp(line, DASH, strlen(DASH)) != 0)
		return false;
	*ret_name = line + strlen(DASH);
	blank = strchr(*ret_name, ' ');
	if (blank == NULL || blank == *ret_name)
		return false;
	*blank = '\0';
	return strchr(*ret_name, '+') == NULL && base64_read(blank + 1, ret, cap, ret_len) &&
	       *ret_len > KEY_ID;
}

bool tlog_note_read(const char *note, size_t len, const char *origin, const uint8_t key[32],
		    struct tlog_checkpoint *ret)
{
	struct rd r = rd_of(note, len);
	struct tlog_checkpoint c = {.size = 0};
	char line[LINE_MAX_BYTES];
	uint8_t id[KEY_ID], sig[LINE_MAX_BYTES];
	size_t text, n;
	bool signed_by_us = false;

	if (len > TLOG_NOTE_READ_MAX || !read_text(&r, len, origin, &c, &text))
		return false;
	key_id(origin, key, id);
	while (!rd_done(&r)) {
		const char *name;

		if (!next_line(&r, line) || !signature_line(line, &name, sig, sizeof sig, &n))
			return false;
		/* another name, or the name with another key: a witness */
		if (strcmp(name, origin) != 0 || memcmp(sig, id, KEY_ID) != 0)
			continue;
		if (n != SIG || !hash_ed25519_good(key, note, text, sig + KEY_ID))
			return false;
		signed_by_us = true;
	}
	if (signed_by_us)
		*ret = c;
	return signed_by_us;
}

/* --- verifier keys --- */

bool tlog_vkey(const char *origin, const uint8_t key[32], char *ret, size_t cap)
{
	uint8_t id[KEY_ID], typed[33] = {ED25519};
	char text[48];
	int n;

	memcpy(typed + 1, key, 32);
	if (!good_origin(origin) || !base64_of(typed, sizeof typed, text, sizeof text))
		return false;
	key_id(origin, key, id);
	n = snprintf(ret, cap, "%s+%02x%02x%02x%02x+%s", origin, id[0], id[1], id[2], id[3], text);
	return n > 0 && (size_t)n < cap;
}

bool tlog_vkey_read(const char *vkey, char origin[TLOG_ORIGIN_MAX + 1], uint8_t key[32])
{
	const char *plus = strchr(vkey, '+');
	char name[TLOG_ORIGIN_MAX + 1] = "", hex[2 * KEY_ID + 1] = "";
	uint8_t told[KEY_ID], id[KEY_ID], typed[33];
	size_t n = plus == NULL ? 0 : (size_t)(plus - vkey);

	if (n == 0 || n > TLOG_ORIGIN_MAX || strlen(plus) < 2 * KEY_ID + 2 || plus[2 * KEY_ID + 1] != '+')
		return false;
	memcpy(name, vkey, n);		       /* checked: above */
	memcpy(hex, plus + 1, sizeof hex - 1); /* checked: above */
	if (!good_origin(name) || !hex_read(hex, told, sizeof told, &n) || n != sizeof told ||
	    !base64_read(plus + 2 * KEY_ID + 2, typed, sizeof typed, &n) || n != sizeof typed ||
	    typed[0] != ED25519)
		return false;
	key_id(name, typed + 1, id);
	if (memcmp(id, told, KEY_ID) != 0)
		return false;
	memcpy(origin, name, sizeof name);
	memcpy(key, typed + 1, 32);
	return true;
}
