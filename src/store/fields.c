/* SPDX-License-Identifier: Apache-2.0 */
/* Between the structs of rows.h and the values of a statement, driven by the table. */
#include "store/engine.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t zeros[64];

/* Length of the character at p, 0 = none. Source: RFC 3629, section 4. */
static size_t utf8_char(const uint8_t *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3 : 4;

	if ((p[0] >= 0x80 && p[0] < 0xC2) || p[0] > 0xF4 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
	    (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

static bool is_utf8(const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	for (size_t n; len > 0; p += n, len -= n) {
		n = utf8_char(p, len);
		if (n == 0)
			return false;
	}
	return true;
}

static rp_code text_cell(const struct statement *st, const struct field *f, const char *text,
			 struct cell *ret, struct rp_error *err)
{
	size_t len = strnlen(text, f->size);

	if (len == f->size)
		return rp_fail(err, RP_E_USAGE, "%s: the text '%s' has no end", st->name, f->name);
	if (!is_utf8(text, len))
		return rp_fail(err, RP_E_USAGE, "%s: the text '%s' is not UTF-8", st->name, f->name);
	*ret = (struct cell){.p = text, .len = len};
	return RP_OK;
}

static rp_code bytes_cell(const struct statement *st, const struct field *f, const struct row_bytes *b,
			  struct cell *ret, struct rp_error *err)
{
	if (b->len > sizeof b->p)
		return rp_fail(err, RP_E_USAGE, "%s: '%s' is too long", st->name, f->name);
	*ret = (struct cell){.p = b->p, .len = b->len};
	return RP_OK;
}

static rp_code cell_of(const struct statement *st, const struct field *f, const void *row,
		       const struct cell_extras *x, struct cell *ret, struct rp_error *err)
{
	const uint8_t *at = (const uint8_t *)row + f->at;

	switch (f->kind) {
	case FIELD_TEXT:
		return text_cell(st, f, (const char *)at, ret, err);
	case FIELD_BYTES:
		return bytes_cell(st, f, (const void *)at, ret, err);
	case FIELD_INT:
		*ret = (struct cell){0};
		memcpy(&ret->n, at, sizeof ret->n);
		return RP_OK;
	case FIELD_FIXED:
		*ret = (struct cell){.p = at, .len = f->size};
		return RP_OK;
	case FIELD_ZEROS:
		*ret = (struct cell){.p = zeros, .len = f->size};
		return RP_OK;
	case FIELD_NOW:
		*ret = (struct cell){.n = x->now};
		return RP_OK;
	case FIELD_TX:
		*ret = (struct cell){.p = x->tx, .len = TX_ID_LEN};
		return RP_OK;
	}
	return rp_fail(err, RP_E_FAULT, "%s: a field of no kind", st->name);
}

rp_code cells_of(const struct statement *st, const void *row, const struct cell_extras *x,
		 struct cell ret[CELLS_MAX], struct rp_error *err)
{
	for (size_t i = 0; i < st->n_in; i++) {
		rp_code rc = cell_of(st, &st->in[i], row, x, &ret[i], err);
		if (rc != RP_OK)
			return rc;
	}
	return RP_OK;
}

static bool fits(const struct field *f, const struct cell *c)
{
	switch (f->kind) {
	case FIELD_INT:
		return c->p == NULL;
	case FIELD_TEXT:
		return c->p != NULL && c->len < f->size &&
		       memchr(c->p, '\0', c->len /* checked: the cell's */) == NULL;
	case FIELD_FIXED:
		return c->p != NULL && c->len == f->size;
	case FIELD_BYTES:
		return c->p != NULL && c->len <= ROW_BYTES;
	case FIELD_ZEROS:
	case FIELD_NOW:
	case FIELD_TX:
		break;
	}
	return false;
}

static void put(const struct field *f, const struct cell *c, uint8_t *at)
{
	struct row_bytes b = {.len = c->len};

	if (f->kind == FIELD_INT) {
		memcpy(at, &c->n, sizeof c->n);
	} else if (f->kind == FIELD_BYTES) {
		memcpy(b.p, c->p, c->len); /* checked: `fits` */
		memcpy(at, &b, sizeof b);
	} else {
		memset(at, 0, f->size);
		memcpy(at, c->p, c->len); /* checked: `fits` */
	}
}

rp_code cells_into(const struct statement *st, const struct cell *cells, void *row, struct rp_error *err)
{
	for (size_t i = 0; i < st->n_out; i++)
		if (!fits(&st->out[i], &cells[i]))
			return rp_fail(err, RP_E_STORE,
				       "%s: what the database holds as '%s' is not what it should be",
				       st->name, st->out[i].name);
	for (size_t i = 0; i < st->n_out; i++)
		put(&st->out[i], &cells[i], (uint8_t *)row + st->out[i].at);
	return RP_OK;
}

void rows_free(struct rows *r)
{
	free(r->p);
	r->p = NULL;
	r->n = r->cap = 0;
}

rp_code rows_add(struct rows *r, const struct cell *cells, struct rp_error *err)
{
	uint8_t *at;
	rp_code rc;

	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 1 : r->cap * 2;
		uint8_t *p = reallocarray(r->p, cap, r->st->size);
		if (p == NULL)
			return rp_fail(err, RP_E_NO_MEMORY, "%s: no memory for %zu rows", r->st->name, cap);
		r->p = p;
		r->cap = cap;
	}
	at = r->p + r->n * r->st->size;
	memcpy(at, r->model, r->st->size); /* checked: rows of that size */
	rc = cells_into(r->st, cells, at, err);
	if (rc == RP_OK)
		r->n++;
	return rc;
}
