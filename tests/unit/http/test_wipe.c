/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing is freed with a secret of a request or an answer in it: every free() of ours comes by here,
 * and what GnuTLS frees as well.
 */
#include "serve_rig.h"

#include <gnutls/gnutls.h>
#include <malloc.h>

#include "support/pki.h"

#define SECRET "SeCrEt0123456789"

void __real_free(void *p);
void __wrap_free(void *p);

static atomic_bool watching;
static atomic_uint freed_with_it;

void __wrap_free(void *p)
{
	if (p != NULL && watching && memmem(p, malloc_usable_size(p), SECRET, sizeof SECRET - 1) != NULL)
		freed_with_it++;
	__real_free(p);
}

static void bodies_tokens_and_answers_are_wiped(void **state)
{
	static const char text[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
				   "Authorization: Bearer " SECRET
				   "\r\nContent-Length: 25\r\n\r\n{\"code\":\"" SECRET;
	http *h = serve_usual();

	(void)state;
	watching = true;
	open_one(h);
	assert_true(ask_say(&one, text));
	assert_true(ask_answer(&one));
	/* The echo has it, so it was there to be found. */
	assert_non_null(strstr(one.body, SECRET));
	/* A second one ends in the middle of its body. */
	assert_true(ask_send(&one, text, sizeof text - 3));
	sleep_ms(50);
	ask_close(&one);
	http_stop(h);
	watching = false;
	assert_int_equal(freed_with_it, 0);
}

/* In the place of GnuTLS' own, before the server looks at it. */
static void tls_frees(void *p)
{
	__wrap_free(p);
}

static void what_TLS_has_deciphered_is_wiped(void **state)
{
	static const char text[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
				   "Content-Length: 25\r\n\r\n{\"code\":\"" SECRET;
	char dir[128], cert[192], key[192];

	(void)state;
	pki_begin(dir);
	pki_ca(dir, "ca");
	pki_cert(dir, &(struct pki_cert){.name = "server", .ca = "ca", .purpose = PKI_SERVER, .serial = 1});
	pki_path(dir, "server", "pem", cert);
	pki_path(dir, "server", "key", key);
	http *h = serve((struct http_conf){.cert_file = cert, .key_file = key, .threads = 1, .workers = 1});
	watching = true;
	assert_true(ask_open_tls(&one, http_port(h), dir, NULL));
	assert_true(ask_say(&one, text));
	assert_true(ask_answer(&one));
	assert_non_null(strstr(one.body, SECRET));
	ask_close(&one);
	http_stop(h);
	watching = false;
	assert_int_equal(freed_with_it, 0);
	pki_end(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_tokens_and_answers_are_wiped),
		cmocka_unit_test(what_TLS_has_deciphered_is_wiped),
	};

	gnutls_free = tls_frees;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
