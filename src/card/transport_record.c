/* SPDX-License-Identifier: Apache-2.0 */
#include "card/transport.h"

#include "base/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of one message that are written out; more is cut with a remark. */
#define SHOWN_MAX 300

struct record {
	struct transport inner;
	transport_write *out;
	void *arg;
};

/*
 * The instructions whose data cannot hold a secret. Closed by default: whatever is not
 * on this list is written without its data.
 */
static bool is_open(uint8_t ins)
{
	switch (ins) {
	case 0xA4: /* SELECT */
	case 0xB0: /* READ BINARY */
	case 0xB2: /* READ RECORD */
	case 0xC0: /* GET RESPONSE */
	case 0xCA: /* GET DATA */
	case 0xCB:
	case 0x84: /* GET CHALLENGE */
	case 0x88: /* INTERNAL AUTHENTICATE */
		return true;
	default:
		return false;
	}
}

static void write_line(struct record *r, char mark, const uint8_t *bytes, size_t len, size_t open_len)
{
	char line[2 * SHOWN_MAX + 64];
	const size_t shown = open_len < SHOWN_MAX ? open_len : SHOWN_MAX;
	size_t at = 2;

	line[0] = mark;
	line[1] = ' ';
	if (!hex_of(bytes, shown, line + at, sizeof line - at))
		return;
	at += 2 * shown;
	if (open_len > SHOWN_MAX)
		(void)snprintf(line + at, sizeof line - at, " # and %zu more", len - shown);
	else if (open_len < len)
		(void)snprintf(line + at, sizeof line - at, "## # %s", "data left out: it may be a secret");
	r->out(r->arg, line);
}

static rp_code record_transmit(void *self, const struct rp_wait *w, const uint8_t *cmd, size_t len,
			       uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct record *r = self;
	const bool whole = len < 5 || is_open(cmd[1]);
	rp_code rc;

	/* Masked commands show their header only: even the length of a PIN is the holder's. */
	write_line(r, '>', cmd, len, whole ? len : 4);
	rc = r->inner.ops->transmit(r->inner.self, w, cmd, len, ret, cap, ret_len, err);
	if (rc == RP_OK)
		write_line(r, '<', ret, *ret_len, *ret_len);
	else
		r->out(r->arg, rc == RP_E_CARD_GONE ? "remove" : rc == RP_E_CARD_RESET ? "reset" : "mute");
	return rc;
}

static rp_code record_list(void *self, const struct rp_wait *w, struct reader_list *ret, struct rp_error *err)
{
	struct record *r = self;

	return r->inner.ops->list(r->inner.self, w, ret, err);
}

static rp_code record_wait(void *self, const struct rp_wait *w, const struct reader_list *seen,
			   struct rp_error *err)
{
	struct record *r = self;

	return r->inner.ops->wait(r->inner.self, w, seen, err);
}

static rp_code record_open(void *self, const struct rp_wait *w, const char *reader, uint8_t atr[ATR_MAX],
			   size_t *ret_atr_len, struct rp_error *err)
{
	struct record *r = self;
	char line[4 + 2 * ATR_MAX + 1] = "atr ";
	rp_code rc = r->inner.ops->open(r->inner.self, w, reader, atr, ret_atr_len, err);

	if (rc == RP_OK && hex_of(atr, *ret_atr_len, line + 4, sizeof line - 4))
		r->out(r->arg, line);
	return rc;
}

static rp_code record_begin(void *self, const struct rp_wait *w, bool *ret_was_reset, struct rp_error *err)
{
	struct record *r = self;

	return r->inner.ops->begin(r->inner.self, w, ret_was_reset, err);
}

static rp_code record_features(void *self, const struct rp_wait *w, struct pad_features *ret,
			       struct rp_error *err)
{
	struct record *r = self;

	return r->inner.ops->features(r->inner.self, w, ret, err);
}

static rp_code record_control(void *self, const struct rp_wait *w, uint32_t code, const uint8_t *in,
			      size_t len, uint8_t *ret, size_t cap, size_t *ret_len, struct rp_error *err)
{
	struct record *r = self;

	r->out(r->arg, "# a command to the reader");
	return r->inner.ops->control(r->inner.self, w, code, in, len, ret, cap, ret_len, err);
}

static rp_code record_end(void *self, enum transport_end how, struct rp_error *err)
{
	struct record *r = self;

	r->out(r->arg, how == END_RESET ? "# end, reset" : "# end");
	return r->inner.ops->end(r->inner.self, how, err);
}

static void record_close(void *self)
{
	struct record *r = self;

	r->inner.ops->close(r->inner.self);
}

static void record_free(void *self)
{
	struct record *r = self;

	transport_free(&r->inner);
	free(r);
}

static const struct transport_ops record_ops = {
	.list = record_list,
	.wait = record_wait,
	.open = record_open,
	.begin = record_begin,
	.transmit = record_transmit,
	.features = record_features,
	.control = record_control,
	.end = record_end,
	.close = record_close,
	.free = record_free,
};

rp_code transport_record(struct transport *inner, transport_write *out, void *arg, struct transport *ret,
			 struct rp_error *err)
{
	struct record *r = calloc(1, sizeof *r);

	if (r == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a recorder");
	*r = (struct record){.inner = *inner, .out = out, .arg = arg};
	*inner = (struct transport){0};
	*ret = (struct transport){.ops = &record_ops, .self = r};
	return RP_OK;
}
