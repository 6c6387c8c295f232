/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, anchors, signatures and revocation lists, made here with GnuTLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "issuer/x509.h"

#define DAY (24 * 3600)

/* A key with a certificate; both DER where they are handed on. */
struct who {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t der;
};

static char folder[64], anchors[96], crl[96];
static time_t now;
static struct who ca, twin, card;
static struct x509_trust *trust;
static struct rp_error err;

#define ok(call) assert_true((call) >= 0)

static void refused(rp_code rc, enum rp_problem problem)
{
	assert_int_equal(rc, RP_E_ISSUER_REFUSED);
	assert_string_equal(rp_problem_slug(err.problem), rp_problem_slug(problem));
}

/* --- making --- */

struct like {
	const char *name;
	bool is_ca, ec;
	unsigned usage; /* 0: without the extension */
	time_t from, until;
	uint8_t serial;
};

static void make(struct who *w, const struct like *l, const struct who *by)
{
	const uint8_t serial[] = {0x00, l->serial}, id[] = {1, 2, 3, 4};
	char dn[64];

	ok(gnutls_x509_privkey_init(&w->key));
	ok(gnutls_x509_privkey_generate(w->key, l->ec ? GNUTLS_PK_ECDSA : GNUTLS_PK_RSA,
					l->ec ? GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) : 2048, 0));
	ok(gnutls_x509_crt_init(&w->crt));
	(void)snprintf(dn, sizeof dn, "CN=%s", l->name);
	ok(gnutls_x509_crt_set_version(w->crt, 3));
	ok(gnutls_x509_crt_set_key(w->crt, w->key));
	ok(gnutls_x509_crt_set_dn(w->crt, dn, NULL));
	ok(gnutls_x509_crt_set_serial(w->crt, serial, sizeof serial));
	ok(gnutls_x509_crt_set_activation_time(w->crt, l->from));
	ok(gnutls_x509_crt_set_expiration_time(w->crt, l->until));
	ok(gnutls_x509_crt_set_basic_constraints(w->crt, l->is_ca, -1));
	/* One key identifier for both authorities: only the signature tells them apart. */
	if (l->is_ca)
		ok(gnutls_x509_crt_set_subject_key_id(w->crt, id, sizeof id));
	else
		ok(gnutls_x509_crt_set_authority_key_id(w->crt, id, sizeof id));
	if (l->usage != 0)
		ok(gnutls_x509_crt_set_key_usage(w->crt, l->usage));
	by = by != NULL ? by : w;
	ok(gnutls_x509_crt_sign2(w->crt, by->crt, by->key, GNUTLS_DIG_SHA256, 0));
	ok(gnutls_x509_crt_export2(w->crt, GNUTLS_X509_FMT_DER, &w->der));
}

static void drop(struct who *w)
{
	gnutls_free(w->der.data);
	gnutls_x509_crt_deinit(w->crt);
	gnutls_x509_privkey_deinit(w->key);
	*w = (struct who){0};
}

static void put(const char *path, const gnutls_datum_t *d, const char *mode)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_int_equal(fwrite(d->data, 1, d->size, f), d->size);
	assert_int_equal(fclose(f), 0);
}

static void put_crt(const char *path, gnutls_x509_crt_t crt)
{
	gnutls_datum_t pem;

	ok(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem));
	put(path, &pem, "w");
	gnutls_free(pem.data);
}

static void put_crl(const struct who *by, const uint8_t *revoked, size_t n, time_t next, const char *mode)
{
	gnutls_x509_crl_t list;
	gnutls_datum_t pem;

	ok(gnutls_x509_crl_init(&list));
	ok(gnutls_x509_crl_set_version(list, 2));
	ok(gnutls_x509_crl_set_this_update(list, now - 60));
	ok(gnutls_x509_crl_set_next_update(list, next));
	for (size_t k = 0; k < n; k++)
		ok(gnutls_x509_crl_set_crt_serial(list, &revoked[k], 1, now - 30));
	ok(gnutls_x509_crl_sign2(list, by->crt, by->key, GNUTLS_DIG_SHA256, 0));
	ok(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &pem));
	put(crl, &pem, mode);
	gnutls_free(pem.data);
	gnutls_x509_crl_deinit(list);
}

static const struct like card_like = {.name = "card", .serial = 7, .usage = GNUTLS_KEY_DIGITAL_SIGNATURE};

static struct like aged(struct like l)
{
	l.from = l.from != 0 ? l.from : now - DAY;
	l.until = l.until != 0 ? l.until : now + 10 * DAY;
	return l;
}

static int begin(void **state)
{
	const struct like ca_like = {.name = "CA", .is_ca = true, .serial = 1}, c = card_like;

	(void)state;
	now = time(NULL);
	(void)snprintf(folder, sizeof folder, "/tmp/repin-x509-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(anchors, sizeof anchors, "%s/anchors.pem", folder);
	(void)snprintf(crl, sizeof crl, "%s/crl.pem", folder);
	struct like l = aged(ca_like);
	make(&ca, &l, NULL);
	make(&twin, &l, NULL);
	l = aged(c);
	make(&card, &l, &ca);
	put_crt(anchors, ca.crt);
	return 0;
}

static int end(void **state)
{
	(void)state;
	drop(&ca);
	drop(&twin);
	drop(&card);
	(void)unlink(anchors);
	(void)unlink(crl);
	(void)rmdir(folder);
	return 0;
}

static void open_with(bool with_crl)
{
	err = (struct rp_error)RP_ERROR_INIT;
	assert_int_equal(x509_trust_open(anchors, with_crl ? crl : NULL, &trust, &err), RP_OK);
}

static int close_it(void **state)
{
	(void)state;
	x509_trust_close(trust);
	trust = NULL;
	put_crt(anchors, ca.crt);
	(void)unlink(crl);
	return 0;
}

static rp_code read_it(const struct who *w, struct x509_facts *ret)
{
	return x509_read(trust, w->der.data, w->der.size, ret, &err);
}

static int64_t ms(time_t t)
{
	return (int64_t)t * 1000;
}

/* --- certificates --- */

static void a_certificate_tells_what_is_kept_of_it(void **state)
{
	struct x509_facts f;
	uint8_t id[32];
	size_t len = sizeof id;

	(void)state;
	open_with(false);
	assert_int_equal(read_it(&card, &f), RP_OK);
	assert_true(f.signs);
	assert_int_equal(f.not_before_ms, ms(now - DAY));
	assert_int_equal(f.not_after_ms, ms(now + 10 * DAY));
	ok(gnutls_x509_crt_get_key_id(card.crt, GNUTLS_KEYID_USE_SHA256, id, &len));
	assert_memory_equal(f.key_hash, id, 32);
	assert_int_equal(x509_valid(trust, &f, ms(now), &err), RP_OK);
	assert_int_equal(x509_valid(trust, &f, f.not_before_ms, &err), RP_OK);
	assert_int_equal(x509_valid(trust, &f, f.not_after_ms, &err), RP_OK);
	refused(x509_valid(trust, &f, f.not_before_ms - 1, &err), RP_PROBLEM_CERT_INVALID);
	refused(x509_valid(trust, &f, f.not_after_ms + 1, &err), RP_PROBLEM_CERT_INVALID);
}

static void only_what_an_anchor_has_signed_is_believed(void **state)
{
	struct like l = aged(card_like);
	struct x509_facts f;
	struct who forged = {0}, own = {0};

	(void)state;
	open_with(false);
	/* The same names and key identifiers, another key. */
	make(&forged, &l, &twin);
	refused(read_it(&forged, &f), RP_PROBLEM_CERT_INVALID);
	make(&own, &l, NULL);
	refused(read_it(&own, &f), RP_PROBLEM_CERT_INVALID);
	/* Signed by a card, which is no authority. */
	drop(&own);
	make(&own, &l, &card);
	refused(read_it(&own, &f), RP_PROBLEM_CERT_INVALID);
	for (size_t cut = 0; cut < card.der.size; cut += 37)
		refused(x509_read(trust, card.der.data, cut, &f, &err), RP_PROBLEM_CERT_INVALID);
	refused(x509_read(trust, card.der.data, SIZE_MAX / 2, &f, &err), RP_PROBLEM_CERT_INVALID);
	drop(&forged);
	drop(&own);
}

static void an_anchor_that_is_over_ends_what_it_has_signed(void **state)
{
	struct like l = aged((struct like){
		.name = "old CA", .is_ca = true, .from = now - 5 * DAY, .until = now + DAY, .serial = 2});
	struct who old = {0}, its = {0};
	struct x509_facts f;

	(void)state;
	make(&old, &l, NULL);
	l = aged(card_like);
	make(&its, &l, &old);
	put_crt(anchors, old.crt);
	open_with(false);
	assert_int_equal(read_it(&its, &f), RP_OK);
	assert_int_equal(f.not_after_ms, ms(now + DAY));
	refused(x509_valid(trust, &f, ms(now + DAY) + 1, &err), RP_PROBLEM_CERT_INVALID);
	drop(&old);
	drop(&its);
}

static void a_key_for_other_uses_signs_nothing(void **state)
{
	static const struct {
		unsigned usage;
		bool signs;
	} rows[] = {{GNUTLS_KEY_DIGITAL_SIGNATURE, true},
		    {GNUTLS_KEY_NON_REPUDIATION, true},
		    {GNUTLS_KEY_KEY_ENCIPHERMENT, false},
		    {GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN, false},
		    {0, true}};

	(void)state;
	open_with(false);
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct like l = aged(card_like);
		struct who w = {0};
		struct x509_facts f;

		l.usage = rows[k].usage;
		make(&w, &l, &ca);
		assert_int_equal(read_it(&w, &f), RP_OK);
		assert_int_equal(f.signs, rows[k].signs);
		drop(&w);
	}
}

/* --- signatures --- */

static void a_signature_is_one_of_this_key_over_this_text(void **state)
{
	const gnutls_datum_t text = {(unsigned char *)(uintptr_t) "lines\n", 6};

	(void)state;
	for (unsigned ec = 0; ec < 2; ec++) {
		struct like l = aged(card_like);
		struct who w = {0};
		gnutls_privkey_t key;
		gnutls_datum_t sig, sha1;

		l.ec = ec == 1;
		make(&w, &l, &ca);
		ok(gnutls_privkey_init(&key));
		ok(gnutls_privkey_import_x509(key, w.key, 0));
		ok(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA256, 0, &text, &sig));
		ok(gnutls_privkey_sign_data(key, GNUTLS_DIG_SHA1, 0, &text, &sha1));
		assert_true(x509_signed(w.der.data, w.der.size, "lines\n", 6, sig.data, sig.size));
		assert_false(x509_signed(w.der.data, w.der.size, "lines\r", 6, sig.data, sig.size));
		assert_false(x509_signed(w.der.data, w.der.size, "lines", 5, sig.data, sig.size));
		assert_false(x509_signed(card.der.data, card.der.size, "lines\n", 6, sig.data, sig.size));
		assert_false(x509_signed(w.der.data, w.der.size, "lines\n", 6, sha1.data, sha1.size));
		assert_false(x509_signed(w.der.data, w.der.size, "lines\n", 6, sig.data, sig.size - 1));
		assert_false(x509_signed(w.der.data, w.der.size, "lines\n", 6, sig.data, 0));
		assert_false(x509_signed(w.der.data, w.der.size, "lines\n", 6, sig.data, SIZE_MAX / 2));
		assert_false(x509_signed(w.der.data, 10, "lines\n", 6, sig.data, sig.size));
		gnutls_free(sig.data);
		gnutls_free(sha1.data);
		gnutls_privkey_deinit(key);
		drop(&w);
	}
}

/* --- revocation lists --- */

static void a_list_is_read_anew_when_its_file_has_changed(void **state)
{
	const uint8_t others[] = {3, 200, 9, 1}, mine[] = {9, 7, 1};
	struct x509_facts f;

	(void)state;
	put_crl(&ca, others, 4, now + DAY, "w");
	open_with(true);
	assert_int_equal(read_it(&card, &f), RP_OK);
	assert_int_equal(x509_valid(trust, &f, ms(now), &err), RP_OK);
	put_crl(&ca, mine, 3, now + DAY, "w");
	refused(x509_valid(trust, &f, ms(now), &err), RP_PROBLEM_CERT_REVOKED);
	/* One that nobody of ours signed changes nothing, nor does one that is none. */
	put_crl(&twin, others, 4, now + DAY, "w");
	refused(x509_valid(trust, &f, ms(now), &err), RP_PROBLEM_CERT_REVOKED);
	const gnutls_datum_t rubbish = {(unsigned char *)(uintptr_t) "rubbish", 7};
	put(crl, &rubbish, "w");
	refused(x509_valid(trust, &f, ms(now), &err), RP_PROBLEM_CERT_REVOKED);
	(void)unlink(crl);
	refused(x509_valid(trust, &f, ms(now), &err), RP_PROBLEM_CERT_REVOKED);
	put_crl(&ca, NULL, 0, now + DAY, "w");
	assert_int_equal(x509_valid(trust, &f, ms(now), &err), RP_OK);
}

static void a_list_past_its_time_is_no_answer_but_revoked_stays_revoked(void **state)
{
	const uint8_t mine[] = {7};
	struct x509_facts f, other;

	(void)state;
	put_crl(&ca, mine, 1, now + DAY, "w");
	open_with(true);
	assert_int_equal(read_it(&card, &f), RP_OK);
	other = f;
	other.serial.p[other.serial.len - 1] = 8;
	assert_int_equal(x509_valid(trust, &other, ms(now + DAY), &err), RP_OK);
	refused(x509_valid(trust, &other, ms(now + DAY) + 1, &err), RP_PROBLEM_CRL_OLD);
	refused(x509_valid(trust, &f, ms(now + DAY) + 1, &err), RP_PROBLEM_CERT_REVOKED);
	/* Of two lists of one authority the later one counts. */
	put_crl(&ca, NULL, 0, now + 2 * DAY, "a");
	assert_int_equal(x509_valid(trust, &other, ms(now + DAY) + 1, &err), RP_OK);
}

static void without_a_list_of_its_authority_there_is_no_answer(void **state)
{
	struct x509_facts f;

	(void)state;
	put_crl(&ca, NULL, 0, now + DAY, "w");
	open_with(true);
	assert_int_equal(read_it(&card, &f), RP_OK);
	f.issuer_hash[0] ^= 1;
	refused(x509_valid(trust, &f, ms(now), &err), RP_PROBLEM_CRL_OLD);
}

static void files_that_are_none_are_told_at_start(void **state)
{
	char nowhere[128];
	const gnutls_datum_t rubbish = {(unsigned char *)(uintptr_t) "rubbish", 7};

	(void)state;
	(void)snprintf(nowhere, sizeof nowhere, "%s/nowhere", folder);
	assert_int_equal(x509_trust_open(nowhere, NULL, &trust, &err), RP_E_CONFIG);
	assert_int_equal(x509_trust_open(anchors, nowhere, &trust, &err), RP_E_CONFIG);
	put(crl, &rubbish, "w");
	assert_int_equal(x509_trust_open(crl, NULL, &trust, &err), RP_E_CONFIG);
	assert_int_equal(x509_trust_open(anchors, crl, &trust, &err), RP_E_CONFIG);
	put_crl(&twin, NULL, 0, now + DAY, "w");
	assert_int_equal(x509_trust_open(anchors, crl, &trust, &err), RP_E_CONFIG);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, close_it)
	const struct CMUnitTest tests[] = {
		T(a_certificate_tells_what_is_kept_of_it),
		T(only_what_an_anchor_has_signed_is_believed),
		T(an_anchor_that_is_over_ends_what_it_has_signed),
		T(a_key_for_other_uses_signs_nothing),
		T(a_signature_is_one_of_this_key_over_this_text),
		T(a_list_is_read_anew_when_its_file_has_changed),
		T(a_list_past_its_time_is_no_answer_but_revoked_stays_revoked),
		T(without_a_list_of_its_authority_there_is_no_answer),
		T(files_that_are_none_are_told_at_start),
	};

	return cmocka_run_group_tests_name("x509", tests, begin, end);
}
