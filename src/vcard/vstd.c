/* SPDX-License-Identifier: Apache-2.0 */
#include "vcard/vstd.h"

#include "vcard/applet_util.h"
#include "vcard/vtlv.h"

#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#define INS_SELECT 0xA4
#define INS_GET_RESPONSE 0xC0
#define CLA_CHAIN 0x10

static const uint8_t card_manager[] = {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00};

/* ISO/IEC 7816-5: a registered provider's identifier is five bytes, so no shorter name means anyone. */
#define AID_MIN 5

void *vstd_state(struct vcard *c, const struct vstd_app *app)
{
	if (c->scratch == NULL)
		c->scratch = calloc(1, app->state_size);
	return c->scratch;
}

static void forget(struct vcard *c, const struct vstd_app *app)
{
	if (vstd_state(c, app) != NULL)
		memset(c->scratch, 0, app->state_size);
	applet_forget_verified(c);
}

void vstd_reset(struct vcard *c, const struct vstd_app *app)
{
	c->app = VSTD_NOTHING;
	c->file = 0;
	forget(c, app);
}

/* --- an answer in pieces --- */

static uint16_t send_piece(struct vstd_io *io, size_t le, struct vrsp *rsp)
{
	size_t left = io->out_len - io->out_at;
	/* Without Le the answer comes all the same: readers and clients often drop it in T=1. */
	size_t piece = le == 0 ? 256 : le;

	if (piece > left)
		piece = left;
	if (!vrsp_put(rsp, io->out + io->out_at, piece))
		return 0x6F00;
	io->out_at += piece;
	left -= piece;
	if (left == 0)
		return 0x9000;
	return (uint16_t)(0x6100 | (left > 0xFF ? 0 : left));
}

static uint16_t get_response(struct vstd_io *io, const struct vcmd *cmd, struct vrsp *rsp)
{
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return 0x6A86;
	if (io->out_at >= io->out_len)
		return 0x6985;
	return send_piece(io, cmd->le, rsp);
}

/* --- a command in pieces --- */

enum pieces { PIECES_WHOLE, PIECES_MORE, PIECES_TOO_LONG };

/* Collects; *ret is the whole command once it is there. */
static enum pieces collect(struct vstd_io *io, const struct vcmd *cmd, struct vcmd *ret)
{
	const uint8_t head[3] = {cmd->ins, cmd->p1, cmd->p2};
	const bool more = (cmd->cla & CLA_CHAIN) != 0;

	/* Another command ends a chain that was begun: its pieces are forgotten. */
	if (!io->open || memcmp(io->head, head, sizeof head) != 0)
		io->in_len = 0;
	*ret = *cmd;
	ret->cla = 0;
	if (!more && io->in_len == 0) {
		io->open = false;
		return PIECES_WHOLE;
	}
	if (cmd->lc > sizeof io->in - io->in_len) {
		io->open = false;
		return PIECES_TOO_LONG;
	}
	if (cmd->lc > 0)
		memcpy(io->in + io->in_len, cmd->data, cmd->lc);
	io->in_len += cmd->lc;
	memcpy(io->head, head, sizeof head);
	io->open = more;
	if (more)
		return PIECES_MORE;
	ret->data = io->in;
	ret->lc = io->in_len;
	return PIECES_WHOLE;
}

static bool may_chain(const struct vstd_app *app, uint8_t ins)
{
	return app->n_chained > 0 && memchr(app->chained, ins, app->n_chained) != NULL;
}

/* --- SELECT by name --- */

static bool names(const struct vcmd *cmd, const uint8_t *aid, size_t aid_len)
{
	return cmd->lc >= AID_MIN && cmd->lc <= aid_len && memcmp(cmd->data, aid, cmd->lc) == 0;
}

static uint16_t select_card_manager(struct vcard *c, const struct vstd_app *app, struct wr *out)
{
	forget(c, app);
	c->app = VSTD_CARD_MANAGER;
	c->file = 0;
	vtlv_head(out, 0x6F, sizeof card_manager + 8);
	vtlv_put(out, 0x84, card_manager, sizeof card_manager);
	vtlv_put(out, 0xA5, "\x9F\x65\x01\xFF", 4);
	return 0x9000;
}

static uint16_t select_name(struct vcard *c, const struct vstd_app *app, const struct vcmd *cmd,
			    struct wr *out)
{
	uint16_t sw;

	if (cmd->p2 != 0x00 && cmd->p2 != 0x04 && cmd->p2 != 0x0C)
		return 0x6A86;
	if (names(cmd, app->aid, app->aid_len)) {
		const bool again = c->app == VSTD_APP;

		if (!again)
			forget(c, app);
		c->app = VSTD_APP;
		sw = app->select(c, again, out);
	} else if (cmd->lc == 0 || names(cmd, card_manager, sizeof card_manager)) {
		sw = select_card_manager(c, app, out);
	} else {
		/* What was selected stays, with its security status (ISO/IEC 7816-4:2005, 7.1.1). */
		return 0x6A82;
	}
	if (cmd->p2 == 0x0C)
		out->len = 0;
	return sw;
}

static uint16_t run(struct vcard *c, const struct vstd_app *app, const struct vcmd *cmd, struct wr *out)
{
	if (cmd->ins == INS_SELECT && cmd->p1 == 0x04)
		return select_name(c, app, cmd, out);
	if (c->app == VSTD_APP)
		return app->command(c, cmd, out);
	return cmd->ins == INS_SELECT ? 0x6A82 : 0x6D00;
}

uint16_t vstd_process(struct vcard *c, const struct vstd_app *app, const struct vcmd *cmd, struct vrsp *rsp)
{
	struct vstd_io *io = vstd_state(c, app);
	struct vcmd whole;
	struct wr out;
	uint16_t sw;

	if (io == NULL)
		return 0x6F00;
	if ((cmd->cla & ~CLA_CHAIN) != 0)
		return 0x6E00;
	if (cmd->ins == INS_GET_RESPONSE && cmd->cla == 0)
		return get_response(io, cmd, rsp);
	if (cmd->cla == CLA_CHAIN && !may_chain(app, cmd->ins))
		return 0x6884;
	io->out_len = io->out_at = 0;
	switch (collect(io, cmd, &whole)) {
	case PIECES_MORE:
		return 0x9000;
	case PIECES_TOO_LONG:
		return 0x6700;
	case PIECES_WHOLE:
		break;
	}
	out = wr_of(io->out, sizeof io->out);
	sw = run(c, app, &whole, &out);
	if (sw != 0x9000)
		return sw;
	if (out.failed)
		return 0x6F00;
	io->out_len = out.len;
	return send_piece(io, cmd->le, rsp);
}

/* --- helpers of the families --- */

struct vstd_pair vstd_split(const struct vpin *known, const struct vcmd *cmd)
{
	const size_t n = known->len < cmd->lc ? known->len : cmd->lc;

	return (struct vstd_pair){
		.old = cmd->data, .old_len = n, .new = cmd->data + n, .new_len = cmd->lc - n};
}

rp_code vstd_number(struct vcard *c, size_t digits, const char *otherwise, struct rp_error *err)
{
	rp_code rc = applet_number(c, digits, "0123456789ABCDEFabcdef", otherwise, err);

	if (rc != RP_OK)
		return rc;
	for (char *p = c->number; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	}
	return RP_OK;
}

rp_code vstd_add_key(struct vcard *c, const char *id, bool is_signature, struct rp_error *err)
{
	return applet_add_key(c, id, is_signature, "CN=", vstd_holder(c), ",O=Repin test card", err);
}

const char *vstd_holder(const struct vcard *c)
{
	return c->spec->holder != NULL ? c->spec->holder : "Taro Test";
}

/* A number without its leading zeros, right-aligned in n bytes. */
static bool align(const gnutls_datum_t *number, uint8_t *ret, size_t n)
{
	const uint8_t *p = number->data;
	size_t len = number->size;

	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	if (len > n)
		return false;
	memset(ret, 0, n - len);
	if (len > 0)
		memcpy(ret + n - len, p, len);
	return true;
}

bool vstd_public_key(const struct vkey *k, struct vstd_public *ret)
{
	gnutls_datum_t der = {.data = k->cert_der, .size = (unsigned)k->cert_len};
	gnutls_datum_t n = {0}, e = {0};
	gnutls_x509_crt_t crt = NULL;
	bool ok = false;

	if (gnutls_x509_crt_init(&crt) != 0)
		return false;
	if (gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_x509_crt_get_pk_rsa_raw(crt, &n, &e) == 0 && e.size > 0 && e.size <= sizeof ret->e) {
		ok = align(&n, ret->n, sizeof ret->n);
		ret->e_len = e.size;
		memcpy(ret->e, e.data, e.size);
	}
	gnutls_free(n.data);
	gnutls_free(e.data);
	gnutls_x509_crt_deinit(crt);
	return ok;
}

void vstd_put_public(struct wr *out, const struct vstd_public *key)
{
	vtlv_head(out, 0x7F49, 4 + sizeof key->n + 2 + key->e_len);
	vtlv_put(out, 0x81, key->n, sizeof key->n);
	vtlv_put(out, 0x82, key->e, key->e_len);
}

bool vstd_strip_padding(struct rd block, struct rd *ret)
{
	size_t ones = 0;
	uint8_t b;

	if (block.left != 256 || rd_u8(&block) != 0x00 || rd_u8(&block) != 0x01)
		return false;
	for (b = rd_u8(&block); !block.failed && b == 0xFF; b = rd_u8(&block))
		ones++;
	if (block.failed || b != 0x00 || ones < 8 || block.left == 0)
		return false;
	*ret = block;
	return true;
}

static bool replace_file(struct vcard *c, struct vfile *f, const void *bytes, size_t len)
{
	uint8_t *old = f->bytes;
	const size_t old_len = f->len;
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL)
		return false;
	if (len > 0)
		memcpy(copy, bytes, len);
	f->bytes = copy;
	f->len = len;
	if (!vcard_save(c)) {
		f->bytes = old;
		f->len = old_len;
		free(copy);
		return false;
	}
	free(old);
	return true;
}

bool vstd_write_file(struct vcard *c, uint32_t id, const void *bytes, size_t len)
{
	struct vfile *f = vcard_file(c, id);

	if (f != NULL)
		return replace_file(c, f, bytes, len);
	if (vcard_add_file(c, id, bytes, len, NULL) != RP_OK)
		return false;
	if (vcard_save(c))
		return true;
	c->n_files--;
	free(c->files[c->n_files].bytes);
	c->files[c->n_files] = (struct vfile){0};
	return false;
}
