/* SPDX-License-Identifier: Apache-2.0 */
#include "dummy.h"
#include "vcard/vca.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <sys/wait.h>
#include <time.h>

/* SHA-256 of nothing, in a DigestInfo (RFC 8017, 9.2, note 1). */
static const uint8_t digest_info[] = {
	0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
	0x04, 0x20, 0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14, 0x9A, 0xFB, 0xF4, 0xC8, 0x99, 0x6F, 0xB9,
	0x24, 0x27, 0xAE, 0x41, 0xE4, 0x64, 0x9B, 0x93, 0x4C, 0xA4, 0x95, 0x99, 0x1B, 0x78, 0x52, 0xB8, 0x55,
};

static struct vkey issue(const char *ca_path, const char *subject, bool is_signature)
{
	struct rp_error err = RP_ERROR_INIT;
	struct vkey key = {.id = "kept"};
	struct vca *ca = NULL;

	if (vca_open(ca_path, &ca, &err) != RP_OK ||
	    vca_issue(ca, subject, is_signature, &key, &err) != RP_OK)
		fail_msg("%s", err.story);
	vca_free(ca);
	return key;
}

static gnutls_x509_crt_t cert_of(const uint8_t *der, size_t len)
{
	gnutls_x509_crt_t cert = NULL;
	gnutls_datum_t d = {.size = (unsigned)len};

	memcpy(&d.data, &der, sizeof d.data);
	assert_int_equal(gnutls_x509_crt_init(&cert), 0);
	assert_int_equal(gnutls_x509_crt_import(cert, &d, GNUTLS_X509_FMT_DER), 0);
	return cert;
}

static gnutls_x509_crt_t ca_cert(const char *path)
{
	gnutls_x509_crt_t cert = NULL;
	gnutls_datum_t d = {0};

	assert_int_equal(gnutls_load_file(path, &d), 0);
	assert_int_equal(gnutls_x509_crt_init(&cert), 0);
	assert_int_equal(gnutls_x509_crt_import(cert, &d, GNUTLS_X509_FMT_PEM), 0);
	gnutls_free(d.data);
	return cert;
}

/* The common name as it is; asked for as DER, for text comes from GnuTLS escaped (RFC 4514). */
static void assert_common_name(gnutls_x509_crt_t cert, const char *expected)
{
	uint8_t der[128];
	size_t len = sizeof der;

	assert_int_equal(gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 1, der, &len),
			 0);
	assert_int_equal(len, strlen(expected) + 2);
	assert_int_equal(der[1], strlen(expected));
	assert_memory_equal(der + 2, expected, strlen(expected));
}

/* True when this CA has signed the certificate, and it is valid now. */
static bool is_from(const struct vkey *k, const char *ca_path)
{
	gnutls_x509_crt_t cert = cert_of(k->cert_der, k->cert_len), ca = ca_cert(ca_path);
	unsigned why = 0;
	const int rc = gnutls_x509_crt_verify(cert, &ca, 1, 0, &why);

	gnutls_x509_crt_deinit(cert);
	gnutls_x509_crt_deinit(ca);
	return rc == 0 && why == 0;
}

static void the_ca_is_made_and_says_what_it_is(void **state)
{
	gnutls_x509_crt_t ca;
	struct vca *a = NULL, *b = NULL;
	struct stat st;
	char name[128];
	size_t len = sizeof name;
	unsigned critical = 0, usage = 0;

	(void)state;
	assert_int_equal(vca_open(dummy_path("ca.pem"), &a, NULL), RP_OK);
	assert_int_equal(vca_open(dummy_path("ca.pem"), &b, NULL), RP_OK);
	vca_free(a);
	vca_free(b);
	vca_free(NULL);
	assert_int_equal(stat(dummy_path("ca.pem"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	ca = ca_cert(dummy_path("ca.pem"));
	assert_int_equal(gnutls_x509_crt_get_dn(ca, name, &len), 0);
	assert_string_equal(name, "CN=" VCA_NAME);
	assert_int_equal(gnutls_x509_crt_get_ca_status(ca, &critical), 1);
	assert_int_equal(gnutls_x509_crt_get_key_usage(ca, &usage, &critical), 0);
	assert_int_equal(usage, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	gnutls_x509_crt_deinit(ca);
}

static void a_certificate_says_what_it_shall(void **state)
{
	struct vkey sign = issue(dummy_path("ca.pem"), "CN=Tar\xC5\x8D \\, the second,O=Test", true);
	struct vkey auth = issue(dummy_path("ca.pem"), "CN=Auth", false);
	gnutls_x509_crt_t cert = cert_of(sign.cert_der, sign.cert_len),
			  other = cert_of(auth.cert_der, auth.cert_len);
	const time_t now = time(NULL), to = gnutls_x509_crt_get_expiration_time(cert);
	unsigned usage = 0, bits = 0;
	uint8_t a[32], b[32];
	size_t a_len = sizeof a, b_len = sizeof b;
	struct tm t0, t1;

	(void)state;
	assert_string_equal(sign.id, "kept");
	assert_memory_equal(sign.cert_der, "\x30\x82", 2);
	assert_true(is_from(&sign, dummy_path("ca.pem")));
	assert_true(is_from(&auth, dummy_path("ca.pem")));
	assert_int_equal(gnutls_x509_crt_get_version(cert), 3);
	assert_int_equal(gnutls_x509_crt_get_signature_algorithm(cert), GNUTLS_SIGN_RSA_SHA256);
	assert_int_equal(gnutls_x509_crt_get_pk_algorithm(cert, &bits), GNUTLS_PK_RSA);
	assert_int_equal(bits, 2048);
	assert_int_equal(gnutls_x509_crt_get_ca_status(cert, NULL), 0);
	assert_common_name(cert, "Tar\xC5\x8D , the second");
	assert_int_equal(gnutls_x509_crt_get_key_usage(cert, &usage, NULL), 0);
	assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION);
	assert_int_equal(gnutls_x509_crt_get_key_usage(other, &usage, NULL), 0);
	assert_int_equal(usage, GNUTLS_KEY_DIGITAL_SIGNATURE);
	assert_int_equal(gnutls_x509_crt_get_serial(cert, a, &a_len), 0);
	assert_int_equal(gnutls_x509_crt_get_serial(other, b, &b_len), 0);
	assert_int_equal(a_len, 16);
	assert_memory_not_equal(a, b, 16);
	assert_in_range(now - gnutls_x509_crt_get_activation_time(cert), 0, 60);
	assert_true(gmtime_r(&now, &t0) != NULL && gmtime_r(&to, &t1) != NULL);
	assert_int_equal(t1.tm_year - t0.tm_year, 5);
	gnutls_x509_crt_deinit(cert);
	gnutls_x509_crt_deinit(other);
	vkey_clear(&sign);
	vkey_clear(&auth);
}

static void a_key_signs_what_it_is_given(void **state)
{
	struct vkey key = issue(dummy_path("ca.pem"), "CN=Signer", true);
	gnutls_x509_crt_t cert = cert_of(key.cert_der, key.cert_len);
	gnutls_pubkey_t pub = NULL;
	uint8_t sig[256], huge[246] = {0};
	const gnutls_datum_t nothing = {.data = NULL, .size = 0}, made = {.data = sig, .size = sizeof sig};

	(void)state;
	assert_true(vkey_sign(&key, digest_info, sizeof digest_info, sig));
	assert_int_equal(gnutls_pubkey_init(&pub), 0);
	assert_int_equal(gnutls_pubkey_import_x509(pub, cert, 0), 0);
	assert_true(gnutls_pubkey_verify_data2(pub, GNUTLS_SIGN_RSA_SHA256, 0, &nothing, &made) >= 0);
	sig[100] ^= 1;
	assert_true(gnutls_pubkey_verify_data2(pub, GNUTLS_SIGN_RSA_SHA256, 0, &nothing, &made) < 0);
	assert_true(vkey_sign(&key, huge, 245, sig));
	assert_false(vkey_sign(&key, huge, 246, sig)); /* no room for eight bytes of padding */
	assert_false(vkey_sign(&key, huge, 0, sig));
	assert_false(vkey_sign(NULL, huge, 10, sig));
	gnutls_pubkey_deinit(pub);
	gnutls_x509_crt_deinit(cert);
	vkey_clear(&key);
}

static void only_rsa_2048_becomes_a_key(void **state)
{
	gnutls_x509_privkey_t other = NULL;
	gnutls_datum_t der = {0};
	struct vkey key = {.id = "x"};
	struct rp_error err;

	(void)state;
	assert_int_equal(gnutls_x509_privkey_init(&other), 0);
	assert_int_equal(gnutls_x509_privkey_generate(other, GNUTLS_PK_ECDSA, 256, 0), 0);
	assert_int_equal(gnutls_x509_privkey_export2(other, GNUTLS_X509_FMT_DER, &der), 0);
	key.key_der = der.data;
	key.key_len = der.size;
	assert_int_equal(vkey_ready(&key, &err), RP_E_CONFIG);
	key.key_len = 3;
	assert_int_equal(vkey_ready(&key, &err), RP_E_CONFIG);
	assert_null(key.priv);
	gnutls_free(der.data);
	gnutls_x509_privkey_deinit(other);
}

static void a_bad_name_is_refused(void **state)
{
	struct vca *ca = NULL;
	struct vkey key = {0};
	struct rp_error err;

	(void)state;
	assert_int_equal(vca_of_this_run(&ca, NULL), RP_OK);
	assert_int_equal(vca_issue(ca, "no name at all", true, &key, &err), RP_E_USAGE);
	assert_null(key.key_der);
}

static void text_becomes_a_value_of_a_name(void **state)
{
	char value[64], subject[80], exact[7];
	struct vca *ca = NULL;
	struct vkey key = {0};
	gnutls_x509_crt_t cert;

	(void)state;
	assert_true(vca_name_value(" #a,b+c\"d\\e<f>g;h=i ", value, sizeof value));
	(void)snprintf(subject, sizeof subject, "CN=%s,O=Test", value);
	assert_int_equal(vca_of_this_run(&ca, NULL), RP_OK);
	assert_int_equal(vca_issue(ca, subject, true, &key, NULL), RP_OK);
	cert = cert_of(key.cert_der, key.cert_len);
	assert_common_name(cert, " #a,b+c\"d\\e<f>g;h=i ");
	assert_true(vca_name_value("ab,cd", exact, sizeof exact));
	assert_string_equal(exact, "ab\\,cd");
	assert_false(vca_name_value("ab,cde", exact, sizeof exact));
	assert_false(vca_name_value("abcdef,", exact, sizeof exact));
	assert_false(vca_name_value("", exact, 0));
	gnutls_x509_crt_deinit(cert);
	vkey_clear(&key);
}

static void refuse_ca(const char *text, size_t len)
{
	struct rp_error err = RP_ERROR_INIT;
	struct vca *ca = NULL;

	dummy_write(dummy_path("bad.pem"), text, len);
	assert_int_equal(vca_open(dummy_path("bad.pem"), &ca, &err), RP_E_CONFIG);
	assert_null(ca);
	assert_non_null(strstr(err.story, "bad.pem"));
}

static void a_file_that_holds_no_ca_is_left_alone(void **state)
{
	gnutls_datum_t a = {0}, b = {0};
	struct vca *ca = NULL;
	static char both[8192];
	const char *key;
	size_t cert_len;
	struct stat st;

	(void)state;
	refuse_ca("", 0);
	refuse_ca("precious", 8);
	assert_int_equal(stat(dummy_path("bad.pem"), &st), 0);
	assert_int_equal(st.st_size, 8);
	/* the certificate of one CA with the key of another */
	assert_int_equal(vca_open(dummy_path("other.pem"), &ca, NULL), RP_OK);
	vca_free(ca);
	assert_int_equal(gnutls_load_file(dummy_path("ca.pem"), &a), 0);
	assert_int_equal(gnutls_load_file(dummy_path("other.pem"), &b), 0);
	key = memmem(b.data, b.size, "-----BEGIN RSA", 14);
	assert_non_null(key);
	cert_len =
		(size_t)((const char *)memmem(a.data, a.size, "-----BEGIN RSA", 14) - (const char *)a.data);
	(void)snprintf(both, sizeof both, "%.*s%s", (int)cert_len, (const char *)a.data, key);
	refuse_ca(both, strlen(both));
	refuse_ca((const char *)a.data, cert_len); /* without a key */
	gnutls_free(a.data);
	gnutls_free(b.data);
	ca = NULL;
	assert_int_equal(vca_open(dummy_path("no/folder.pem"), &ca, NULL), RP_E_FAULT);
}

static void whoever_comes_first_makes_the_ca_for_all(void **state)
{
	enum { N = 4 };
	pid_t pids[N];
	int i, status;

	(void)state;
	for (i = 0; i < N; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			struct vkey key = issue(dummy_path("race.pem"), "CN=Racer", true);
			const bool mine = is_from(&key, dummy_path("race.pem"));

			_exit(mine ? 0 : 1);
		}
	}
	for (i = 0; i < N; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

static void a_card_takes_the_ca_it_is_told(void **state)
{
	char ca_path[128];
	const struct vcard_spec spec = {.family = "dummy", .ca_path = ca_path};
	struct vcard *c = NULL;
	struct rp_error err;
	int i;

	(void)state;
	(void)snprintf(ca_path, sizeof ca_path, "%s", dummy_path("ca.pem"));
	assert_int_equal(vcard_make(&spec, &c, NULL), RP_OK);
	c->spec = &spec;
	assert_int_equal(vcard_add_key(c, "sign", "CN=A", true, &err), RP_OK);
	c->spec = NULL;
	assert_true(is_from(vcard_key(c, "sign"), ca_path));
	assert_null(vcard_key(c, "auth"));
	for (i = 1; i < VCARD_KEYS_MAX; i++)
		assert_int_equal(vcard_add_key(c, "more", "CN=B", true, &err), RP_OK);
	assert_false(is_from(vcard_key(c, "more"), ca_path));
	assert_int_equal(vcard_add_key(c, "more", "CN=B", true, &err), RP_E_FAULT);
	vcard_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ca_is_made_and_says_what_it_is),
		cmocka_unit_test(a_certificate_says_what_it_shall),
		cmocka_unit_test(a_key_signs_what_it_is_given),
		cmocka_unit_test(only_rsa_2048_becomes_a_key),
		cmocka_unit_test(a_bad_name_is_refused),
		cmocka_unit_test(text_becomes_a_value_of_a_name),
		cmocka_unit_test(a_file_that_holds_no_ca_is_left_alone),
		cmocka_unit_test(whoever_comes_first_makes_the_ca_for_all),
		cmocka_unit_test(a_card_takes_the_ca_it_is_told),
	};

	return cmocka_run_group_tests_name("vcard test CA", tests, dummy_enter, dummy_leave);
}
