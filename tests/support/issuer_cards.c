/* SPDX-License-Identifier: Apache-2.0 */
/* The cards of issuer_rig.h. */
#include "support/issuer_rig.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"

/* --- making --- */

/* Their RSA keys take most of a second; a copy takes none. */
static const char *make_once(struct irig *r, const struct vcard_spec *spec)
{
	static struct {
		char what[64], path[160];
	} made[8];
	static size_t n_made;
	struct rp_error err = RP_ERROR_INIT;
	struct vcard *c = NULL;
	char what[64];

	(void)snprintf(what, sizeof what, "%s %s", spec->family, spec->number);
	for (size_t k = 0; k < n_made; k++)
		if (strcmp(made[k].what, what) == 0)
			return made[k].path;
	assert_true(n_made < 8);
	(void)snprintf(made[n_made].what, sizeof made[n_made].what, "%s", what);
	(void)snprintf(made[n_made].path, sizeof made[n_made].path, "%s/card-%zu.json", r->folder, n_made);
	irig_ok(vcard_make(spec, &c, &err), &err);
	irig_ok(vcard_keep(c, made[n_made].path, &err), &err);
	vcard_free(c);
	return made[n_made++].path;
}

struct vcard *irig_card(struct irig *r, const char *family, const char *number)
{
	struct vcard_spec spec = {.family = family, .number = number, .ca_path = r->ca, .issuer = IRIG_NAME};
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *kcard = NULL;
	struct vcard *c = NULL;
	uint8_t id[CARD_ID_LEN];

	assert_true(hash_card_id(IRIG_NAME, family, number, id));
	irig_ok(keys_card_key(r->k, 1, id, &kcard, &err), &err);
	if (strcmp(family, "gids") != 0 && strcmp(family, "aosign") != 0)
		spec.reset_key = rp_secret_bytes(kcard);
	irig_ok(vcard_load(make_once(r, &spec), &c, &err), &err);
	rp_secret_free(kcard);
	c->path[0] = '\0'; /* from here on in memory only */
	vcard_reset(c);
	return c;
}

const struct vkey *irig_key(const struct vcard *c, rp_slot slot)
{
	/* Where one PIN opens them all, it is the key for signatures that proves it. */
	const char *id = slot == RP_SLOT_PIN ? "sign" : rp_slot_word(slot);

	for (size_t k = 0; k < c->n_keys; k++)
		if (strcmp(c->keys[k].id, id) == 0)
			return &c->keys[k];
	return NULL;
}

static size_t certs_of(const struct vcard *c, struct issuer_cert *ret)
{
	static const rp_slot slots[] = {RP_SLOT_SIGN, RP_SLOT_AUTH};
	const bool one_pin = strcmp(c->family->name, "hicos") == 0 || strcmp(c->family->name, "aosign") == 0;
	size_t n = 0;

	for (size_t k = 0; k < (one_pin ? 1u : 2u); k++) {
		const rp_slot slot = one_pin ? RP_SLOT_PIN : slots[k];
		const struct vkey *key = irig_key(c, slot);

		assert_non_null(key);
		ret[n++] = (struct issuer_cert){slot, key->cert_der, key->cert_len};
	}
	return n;
}

void irig_enrol_phone(struct irig *r, const struct vcard *phone, const char *source)
{
	struct issuer_card card = {.profile = phone->family->name,
				   .number = phone->number,
				   .municipality = "",
				   .source = source};
	struct rp_error err = RP_ERROR_INIT;

	card.n_certs = certs_of(phone, card.certs);
	irig_ok(issuer_enrol(r->i, "console", &card, &err), &err);
}

void irig_enrol(struct irig *r, const struct vcard *c)
{
	const char *family = c->family->name;
	struct issuer_card card = {.profile = family, .number = c->number, .municipality = ""};
	struct rp_error err = RP_ERROR_INIT;
	rp_secret *code = irig_secret(IRIG_CODE), *admin = NULL;
	uint8_t key[24];

	for (size_t k = 0; k < sizeof key; k++)
		key[k] = (uint8_t)k;
	assert_int_equal(rp_secret_from(key, sizeof key, &admin, NULL), RP_OK);
	if (strcmp(family, "hicos") == 0)
		card.user_code = code;
	if (strcmp(family, "gids") == 0)
		card.gids_key = admin;
	else
		card.n_certs = certs_of(c, card.certs);
	irig_ok(issuer_enrol(r->i, "console", &card, &err), &err);
	rp_secret_free(code);
	rp_secret_free(admin);
}

/* --- commands --- */

static unsigned send(struct vcard *c, const uint8_t *cmd, size_t len, uint8_t *ret, size_t want)
{
	static uint8_t data[VCARD_RESPONSE_MAX];
	const size_t n = vcard_transmit(c, cmd, len, data, sizeof data);

	assert_true(n >= 2);
	if (want != 0 && n - 2 == want)
		memcpy(ret, data, want);
	return (unsigned)data[n - 2] << 8 | data[n - 1];
}

static unsigned send_data(struct vcard *c, const uint8_t head[4], const void *data, size_t len, uint8_t *ret,
			  size_t want)
{
	uint8_t cmd[300];

	assert_true(len <= 255);
	memcpy(cmd, head, 4);
	cmd[4] = (uint8_t)len;
	memcpy(cmd + 5, data, len);
	cmd[5 + len] = (uint8_t)want;
	return send(c, cmd, 5 + len + (want != 0 ? 1 : 0), ret, want);
}

/* docs/wire.md, section 1 */
void irig_show_with(const struct irig *r, struct vcard *c, rp_slot slot, const uint8_t nonce[16],
		    struct rp_presence *ret)
{
	static const uint8_t select[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xF0, 0x52,
					 0x45, 0x50, 0x49, 0x4E, 0x31, 0x00};
	const uint8_t head[] = {0x00, 0x88, 0x00, (uint8_t)slot};
	uint8_t told[18], answer[34];

	(void)r;
	assert_int_equal(send(c, select, sizeof select, told, sizeof told), 0x9000);
	assert_int_equal(send_data(c, head, nonce, 16, answer, sizeof answer), 0x9000);
	*ret = (struct rp_presence){.profile = c->family->name, .slot = slot, .key = told[1]};
	(void)snprintf(ret->number, sizeof ret->number, "%s", c->number);
	memcpy(ret->nonce, nonce, 16);
	memcpy(ret->challenge, answer, 16);
	ret->resets = (uint16_t)(answer[16] << 8 | answer[17]);
	memcpy(ret->mac, answer + 18, 16);
}

void irig_show(const struct irig *r, struct vcard *c, rp_slot slot, struct rp_presence *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	uint8_t nonce[16];

	irig_ok(issuer_nonce(r->i, nonce, &err), &err);
	irig_show_with(r, c, slot, nonce, ret);
}

unsigned irig_reset(struct vcard *c, rp_slot slot, const struct rp_grant *g, const char *fresh)
{
	const uint8_t authenticate[] = {0x00, 0x82, 0x00, (uint8_t)slot};
	const uint8_t reset[] = {0x00, 0x2C, 0x02, (uint8_t)slot};
	unsigned sw;

	assert_int_equal(g->cryptogram_len, 16);
	sw = send_data(c, authenticate, g->cryptogram, 16, NULL, 0);
	return sw == 0x9000 ? send_data(c, reset, fresh, strlen(fresh), NULL, 0) : sw;
}

/* --- proofs and lists --- */

void irig_prove(const struct vcard *c, rp_slot by, const struct proof_lines *lines, struct rp_proof *ret)
{
	const struct vkey *key = irig_key(c, by);
	char text[PROOF_LINES_MAX];
	const size_t len = proof_text(lines, text);
	const gnutls_datum_t der = {key->key_der, (unsigned)key->key_len},
			     data = {(unsigned char *)text, (unsigned)len};
	gnutls_x509_privkey_t x509;
	gnutls_privkey_t priv;
	gnutls_datum_t sig;

	assert_true(len > 0);
	assert_int_equal(gnutls_x509_privkey_init(&x509), 0);
	if (gnutls_x509_privkey_import(x509, &der, GNUTLS_X509_FMT_DER) < 0)
		assert_int_equal(gnutls_x509_privkey_import_pkcs8(x509, &der, GNUTLS_X509_FMT_DER, NULL,
								  GNUTLS_PKCS_PLAIN),
				 0);
	assert_int_equal(gnutls_privkey_init(&priv), 0);
	assert_int_equal(gnutls_privkey_import_x509(priv, x509, 0), 0);
	assert_int_equal(gnutls_privkey_sign_data(priv, GNUTLS_DIG_SHA256, 0, &data, &sig), 0);
	*ret = (struct rp_proof){.slot = by, .certificate_len = key->cert_len, .signature_len = sig.size};
	ret->certificate = malloc(key->cert_len);
	assert_non_null(ret->certificate);
	memcpy(ret->certificate, key->cert_der, key->cert_len);
	assert_true(sig.size <= sizeof ret->signature);
	memcpy(ret->signature, sig.data, sig.size);
	gnutls_free(sig.data);
	gnutls_privkey_deinit(priv);
	gnutls_x509_privkey_deinit(x509);
}

void irig_proof_clear(struct rp_proof *p)
{
	free(p->certificate);
	*p = (struct rp_proof){0};
}

static void add_revoked(gnutls_x509_crl_t crl, const struct vkey *key)
{
	const gnutls_datum_t der = {key->cert_der, (unsigned)key->cert_len};
	gnutls_x509_crt_t crt;

	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER), 0);
	assert_int_equal(gnutls_x509_crl_set_crt(crl, crt, time(NULL)), 0);
	gnutls_x509_crt_deinit(crt);
}

void irig_revoke(const struct irig *r, const struct vkey *revoked, int64_t next_update_ms)
{
	const time_t now = time(NULL);
	gnutls_datum_t file, pem;
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t ca;
	gnutls_x509_crl_t crl;
	char fresh[128];
	FILE *f;

	assert_int_equal(gnutls_load_file(r->ca, &file), 0);
	assert_int_equal(gnutls_x509_privkey_init(&key), 0);
	assert_int_equal(gnutls_x509_privkey_import2(key, &file, GNUTLS_X509_FMT_PEM, NULL, 0), 0);
	assert_int_equal(gnutls_x509_crt_init(&ca), 0);
	assert_int_equal(gnutls_x509_crt_import(ca, &file, GNUTLS_X509_FMT_PEM), 0);
	assert_int_equal(gnutls_x509_crl_init(&crl), 0);
	assert_int_equal(gnutls_x509_crl_set_version(crl, 2), 0);
	assert_int_equal(gnutls_x509_crl_set_this_update(crl, now - 3600), 0);
	assert_int_equal(gnutls_x509_crl_set_next_update(crl, now + (time_t)(next_update_ms / 1000)), 0);
	if (revoked != NULL)
		add_revoked(crl, revoked);
	assert_int_equal(gnutls_x509_crl_sign2(crl, ca, key, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crl_export2(crl, GNUTLS_X509_FMT_PEM, &pem), 0);
	(void)snprintf(fresh, sizeof fresh, "%s.new", r->crl);
	f = fopen(fresh, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(pem.data, 1, pem.size, f), pem.size);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(fresh, r->crl), 0);
	gnutls_free(pem.data);
	gnutls_free(file.data);
	gnutls_x509_crl_deinit(crl);
	gnutls_x509_crt_deinit(ca);
	gnutls_x509_privkey_deinit(key);
}
