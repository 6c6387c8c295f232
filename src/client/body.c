/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text by hand, because a library's tree would keep user codes and passwords on the heap. Every text
 * is escaped as RFC 8259, 7 wants it; what is not UTF-8 is refused by the server.
 */
#include "client/wire.h"

#include "base/hash.h"
#include "base/secret.h"

#include <stdio.h>
#include <string.h>

static void put(struct body *b, const void *bytes, size_t len)
{
	b->failed = b->failed || !rp_secret_append(b->s, bytes, len);
}

static void put_text(struct body *b, const char *text)
{
	put(b, text, strlen(text));
}

rp_code body_start(struct body *b, struct rp_error *err)
{
	rp_code rc = rp_secret_new(BODY_MAX, &b->s, err);

	b->failed = b->started = false;
	if (rc == RP_OK)
		put_text(b, "{");
	return rc;
}

void body_free(struct body *b)
{
	rp_secret_freep(&b->s);
}

rp_code body_end(struct body *b, struct rp_error *err)
{
	put_text(b, "}");
	return b->failed ? rp_fail(err, RP_E_USAGE, "what is to be sent to the issuer is too long") : RP_OK;
}

static void name_it(struct body *b, const char *name)
{
	put_text(b, b->started ? ",\"" : "\"");
	put_text(b, name);
	put_text(b, "\":");
	b->started = true;
}

void body_open(struct body *b, const char *name)
{
	name_it(b, name);
	put_text(b, "{");
	b->started = false;
}

void body_list(struct body *b, const char *name)
{
	name_it(b, name);
	put_text(b, "[");
	b->started = false;
}

/* Another object of the list; body_close ends it. */
void body_item(struct body *b)
{
	put_text(b, b->started ? ",{" : "{");
	b->started = false;
}

void body_list_end(struct body *b)
{
	put_text(b, "]");
	b->started = true;
}

void body_close(struct body *b)
{
	put_text(b, "}");
	b->started = true;
}

/* One byte of a string. */
static void put_escaped(struct body *b, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	char escape[] = {'\\', 'u', '0', '0', '0', '0'};

	if (byte >= 0x20 && byte != 0x7F && byte != '"' && byte != '\\') {
		put(b, &byte, 1);
		return;
	}
	escape[4] = digits[byte >> 4];
	escape[5] = digits[byte & 15];
	put(b, escape, sizeof escape);
}

static void put_string(struct body *b, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	put_text(b, "\"");
	for (size_t i = 0; i < len; i++)
		put_escaped(b, p[i]);
	put_text(b, "\"");
}

void body_text(struct body *b, const char *name, const char *text)
{
	name_it(b, name);
	put_string(b, text, strlen(text));
}

void body_secret(struct body *b, const char *name, const rp_secret *s)
{
	name_it(b, name);
	put_string(b, rp_secret_bytes(s), rp_secret_len(s));
}

void body_hex(struct body *b, const char *name, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	name_it(b, name);
	put_text(b, "\"");
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		put(b, pair, sizeof pair);
	}
	put_text(b, "\"");
}

void body_base64(struct body *b, const char *name, const uint8_t *bytes, size_t len)
{
	name_it(b, name);
	put_text(b, "\"");
	for (size_t i = 0; i < len; i += 3) {
		char four[5];

		b->failed = b->failed || !base64_of(bytes + i, len - i < 3 ? len - i : 3, four, sizeof four);
		put(b, four, 4);
	}
	put_text(b, "\"");
}

void body_number(struct body *b, const char *name, unsigned long n)
{
	char text[24];

	name_it(b, name);
	(void)snprintf(text, sizeof text, "%lu", n);
	put_text(b, text);
}

void body_bool(struct body *b, const char *name, bool v)
{
	name_it(b, name);
	put_text(b, v ? "true" : "false");
}
