/* SPDX-License-Identifier: Apache-2.0 */
/* Client certificates over real TLS, of an authority of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "http/internal.h"
#include "support/asker.h"
#include "support/pki.h"
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HOST "Host: localhost\r\n"
#define REVOKED 9

static char dir[128], server_pem[192], server_key[192], ca_pem[192], ca_crl[192];
static struct asker asker;

static void who(void *arg, const struct http_request *r, struct http_answer *ret)
{
	char hex[65] = "";

	(void)arg;
	if (r->has_certificate)
		assert_true(hex_of(r->fingerprint, 32, hex, sizeof hex));
	http_json(ret, 200, json_pack("{s:s}", "who", r->has_certificate ? hex : "home"));
}

static const struct http_route routes[] = {{HTTP_GET, "/who", false, 0, who},
					   {HTTP_POST, "/who", false, 10, who}};

static int set_up(void **state)
{
	const time_t now = time(NULL);
	const struct pki_cert certs[] = {
		{"server", "ca", PKI_SERVER, 0, 0, 2},
		{"kiosk", "ca", PKI_CLIENT, 0, 0, 3},
		{"expired", "ca", PKI_CLIENT, now - 7200, now - 3600, 4},
		{"early", "ca", PKI_CLIENT, now + 3600, now + 7200, 5},
		{"web", "ca", PKI_SERVER, 0, 0, 6},
		{"anything", "ca", PKI_NO_PURPOSE, 0, 0, 7},
		{"revoked", "ca", PKI_CLIENT, 0, 0, REVOKED},
		{"stranger", "other", PKI_CLIENT, 0, 0, 3},
		{"self", "self", PKI_CLIENT, 0, 0, 3},
		{"middle", "ca", PKI_CA, 0, 0, 20},
		{"below", "middle", PKI_CLIENT, 0, 0, 3},
	};

	(void)state;
	pki_begin(dir);
	pki_ca(dir, "ca");
	pki_ca(dir, "other");
	for (size_t i = 0; i < sizeof certs / sizeof certs[0]; i++)
		pki_cert(dir, &certs[i]);
	pki_crl(dir, "ca", "ca", REVOKED, 0);
	pki_path(dir, "server", "pem", server_pem);
	pki_path(dir, "server", "key", server_key);
	pki_path(dir, "ca", "pem", ca_pem);
	pki_path(dir, "ca", "crl", ca_crl);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_end(dir);
	return 0;
}

static rp_code start(const char *crl, http **ret, struct rp_error *err)
{
	const struct http_conf c = {.listen = "127.0.0.1:0",
				    .cert_file = server_pem,
				    .key_file = server_key,
				    .client_ca_file = ca_pem,
				    .client_crl_file = crl,
				    .threads = 1,
				    .workers = 2};

	return http_start(&c, routes, 2, NULL, ret, err);
}

static http *serve(const char *crl)
{
	struct rp_error err = RP_ERROR_INIT;
	http *h = NULL;

	if (start(crl, &h, &err) != RP_OK)
		fail_msg("%s", err.story);
	return h;
}

/* What the certificate NAME (NULL: none) gets, for an address that is there. */
static int status_for(http *h, const char *name)
{
	int status;

	if (!ask_open_tls(&asker, http_port(h), dir, name))
		fail_msg("no handshake with %s", name != NULL ? name : "no certificate");
	status = ask(&asker, "GET /who HTTP/1.1\r\n" HOST "\r\n");
	return status;
}

static void expect_refused(http *h, const char *name)
{
	if (status_for(h, name) != 401)
		fail_msg("%s got %d", name, asker.status);
	assert_non_null(strstr(asker.body, "urn:repin:problem:terminal-unknown"));
	assert_true(ask_ended(&asker, 2000));
	ask_close(&asker);
}

static void no_certificate_is_a_home_machine(void **state)
{
	http *h = serve(ca_crl);

	(void)state;
	assert_int_equal(status_for(h, NULL), 200);
	assert_string_equal(asker.body, "{\"who\":\"home\"}");
	ask_close(&asker);
	http_stop(h);
}

static void a_good_certificate_is_known_by_its_fingerprint(void **state)
{
	http *h = serve(ca_crl);
	uint8_t fingerprint[32];
	char hex[65];

	(void)state;
	pki_fingerprint(dir, "kiosk", fingerprint);
	assert_true(hex_of(fingerprint, 32, hex, sizeof hex));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(status_for(h, "kiosk"), 200);
		assert_non_null(strstr(asker.body, hex));
		/* And on the next request of the same connection. */
		assert_int_equal(ask(&asker, "GET /who HTTP/1.1\r\n" HOST "\r\n"), 200);
		assert_non_null(strstr(asker.body, hex));
		ask_close(&asker);
	}
	http_stop(h);
}

static void a_certificate_that_does_not_verify_is_refused(void **state)
{
	static const char *const bad[] = {"expired", "early",	 "web",	 "anything",
					  "revoked", "stranger", "self", "below"};
	http *h = serve(ca_crl);
	struct http_counts counts;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		expect_refused(h, bad[i]);
	http_counts(h, &counts);
	assert_int_equal(counts.bad_certificates, sizeof bad / sizeof bad[0]);
	http_stop(h);
}

static void it_is_refused_on_every_address(void **state)
{
	static const char *const texts[] = {
		"GET /none HTTP/1.1\r\n" HOST "\r\n",
		"PUT /who HTTP/1.1\r\n" HOST "\r\n",
		"GET /who HTTP/1.1\r\n" HOST HOST "\r\n",
		"POST /who HTTP/1.1\r\n" HOST "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
	};
	http *h = serve(ca_crl);

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		assert_true(ask_open_tls(&asker, http_port(h), dir, "stranger"));
		assert_int_equal(ask(&asker, texts[i]), 401);
		ask_close(&asker);
	}
	http_stop(h);
}

static void without_lists_a_revoked_one_still_passes_and_others_do_not(void **state)
{
	http *h = serve(NULL);

	(void)state;
	assert_int_equal(status_for(h, "revoked"), 200);
	ask_close(&asker);
	expect_refused(h, "stranger");
	expect_refused(h, "expired");
	http_stop(h);
}

static void a_list_past_its_time_refuses_every_certificate_and_no_home_machine(void **state)
{
	char path[192];
	http *h;

	(void)state;
	pki_crl(dir, "old", "ca", REVOKED, time(NULL) - 60);
	pki_path(dir, "old", "crl", path);
	h = serve(path);
	expect_refused(h, "kiosk");
	assert_int_equal(status_for(h, NULL), 200);
	ask_close(&asker);
	/* A new one comes, and is read. */
	pki_crl(dir, "old", "ca", REVOKED, 0);
	trust_refresh(h->trust);
	assert_int_equal(status_for(h, "kiosk"), 200);
	ask_close(&asker);
	expect_refused(h, "revoked");
	/* What cannot be read leaves the old one. */
	assert_int_equal(truncate(path, 10), 0);
	trust_refresh(h->trust);
	assert_int_equal(status_for(h, "kiosk"), 200);
	ask_close(&asker);
	expect_refused(h, "revoked");
	http_stop(h);
}

static void a_list_of_another_authority_is_a_wrong_configuration(void **state)
{
	char path[192];
	struct rp_error err;
	http *h = NULL;

	(void)state;
	pki_crl(dir, "foreign", "other", 0, 0);
	pki_path(dir, "foreign", "crl", path);
	assert_int_equal(start(path, &h, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "foreign.crl"));
	assert_null(h);
}

static void old_protocols_are_not_spoken(void **state)
{
	static const char *const old[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.1", "NORMAL:-VERS-ALL:+VERS-TLS1.0",
					  "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC",
					  "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA"};
	static const char *const good[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"};
	http *h = serve(ca_crl);

	(void)state;
	for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
		assert_true(ask_open(&asker, http_port(h)));
		if (ask_start_tls(&asker, dir, NULL, old[i]))
			fail_msg("%s", old[i]);
		ask_close(&asker);
	}
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(ask_open(&asker, http_port(h)));
		assert_true(ask_start_tls(&asker, dir, "kiosk", good[i]));
		assert_int_equal(ask(&asker, "GET /who HTTP/1.1\r\n" HOST "\r\n"), 200);
		ask_close(&asker);
	}
	http_stop(h);
}

static void a_plain_request_is_not_answered(void **state)
{
	http *h = serve(ca_crl);

	(void)state;
	assert_true(ask_open(&asker, http_port(h)));
	assert_int_equal(ask(&asker, "GET /who HTTP/1.1\r\n" HOST "\r\n"), 0);
	ask_close(&asker);
	http_stop(h);
}

static int64_t processor_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whoever says hello and no more (a bad line, or on purpose) costs a socket, and no processor. */
static void a_handshake_that_stands_still_costs_no_processor(void **state)
{
	const struct timespec half_a_second = {.tv_nsec = 500000000};
	gnutls_session_t hello;
	http *h = serve(ca_crl);
	int64_t begin, spent;

	(void)state;
	assert_true(ask_open(&asker, http_port(h)));
	assert_int_equal(gnutls_init(&hello, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_certificate_allocate_credentials(&asker.cred), 0);
	assert_int_equal(gnutls_credentials_set(hello, GNUTLS_CRD_CERTIFICATE, asker.cred), 0);
	assert_int_equal(gnutls_set_default_priority(hello), 0);
	assert_int_equal(fcntl(asker.fd, F_SETFL, O_NONBLOCK), 0);
	gnutls_transport_set_int(hello, asker.fd);
	assert_int_equal(gnutls_handshake(hello), GNUTLS_E_AGAIN);
	(void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL); /* the server's answer is made */
	begin = processor_ms();
	(void)nanosleep(&half_a_second, NULL);
	spent = processor_ms() - begin;
	gnutls_deinit(hello);
	gnutls_certificate_free_credentials(asker.cred);
	asker.cred = NULL;
	ask_close(&asker);
	http_stop(h);
	if (spent > 150)
		fail_msg("half a second of silence cost %lld ms of the processor", (long long)spent);
}

static void files_that_do_not_fit_are_a_wrong_configuration(void **state)
{
	struct http_conf c = {.listen = "127.0.0.1:0", .cert_file = server_pem};
	char other_key[192];
	struct rp_error err;
	http *h = NULL;

	(void)state;
	pki_path(dir, "kiosk", "key", other_key);
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	c.key_file = other_key;
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "no certificate with its key"));
	c.key_file = "/nonexistent.key";
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	c.key_file = server_key;
	assert_int_equal(chmod(server_key, 0644), 0);
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "by others"));
	assert_int_equal(chmod(server_key, 0600), 0);
	c.client_crl_file = ca_crl;
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	c = (struct http_conf){.listen = "127.0.0.1:0", .client_ca_file = ca_pem};
	assert_int_equal(http_start(&c, routes, 1, NULL, &h, &err), RP_E_CONFIG);
	assert_null(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_certificate_is_a_home_machine),
		cmocka_unit_test(a_good_certificate_is_known_by_its_fingerprint),
		cmocka_unit_test(a_certificate_that_does_not_verify_is_refused),
		cmocka_unit_test(it_is_refused_on_every_address),
		cmocka_unit_test(without_lists_a_revoked_one_still_passes_and_others_do_not),
		cmocka_unit_test(a_list_past_its_time_refuses_every_certificate_and_no_home_machine),
		cmocka_unit_test(a_list_of_another_authority_is_a_wrong_configuration),
		cmocka_unit_test(old_protocols_are_not_spoken),
		cmocka_unit_test(a_plain_request_is_not_answered),
		cmocka_unit_test(a_handshake_that_stands_still_costs_no_processor),
		cmocka_unit_test(files_that_do_not_fit_are_a_wrong_configuration),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
