/* SPDX-License-Identifier: Apache-2.0 */
/* A client on a peer that follows a script. */
#ifndef REPIN_TESTS_CLIENT_KIT_H
#define REPIN_TESTS_CLIENT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/client.h"
#include "tls_peer.h"
#include <cmocka.h>

#define ISSUER "{\"issuer\":\"test\",\"more\":[1,2]}"
#define NONCE "{\"nonce\":\"000102030405060708090A0B0C0D0E0F\"}"
#define STEPS(...)                                                                                           \
	((const struct peer_step[]){__VA_ARGS__}),                                                           \
		sizeof((const struct peer_step[]){__VA_ARGS__}) / sizeof(struct peer_step)
#define SAYS(text)                                                                                           \
	{                                                                                                    \
		.act = PEER_ANSWERS, .status = 200, .body = (text)                                           \
	}
#define REFUSES(code, text)                                                                                  \
	{                                                                                                    \
		.act = PEER_ANSWERS, .status = (code), .body = (text)                                        \
	}

static struct peer peer;
static client *one;
static struct rp_issuer_port port;
static struct rp_error err;

/* A client with our authority; `desk`: with the terminal's certificate. */
static inline client *new_client(unsigned timeout_ms, bool desk)
{
	static char ca[128], cert[128], key[128];
	struct client_conf conf = {.url = peer.url, .ca_file = ca, .timeout_ms = timeout_ms};
	client *c = NULL;

	(void)snprintf(ca, sizeof ca, "%s/ca.pem", peer.dir);
	(void)snprintf(cert, sizeof cert, "%s/desk.pem", peer.dir);
	(void)snprintf(key, sizeof key, "%s/desk.key", peer.dir);
	if (desk) {
		conf.cert_file = cert;
		conf.key_file = key;
	}
	err = (struct rp_error)RP_ERROR_INIT;
	assert_int_equal(client_new(&conf, &c, &err), RP_OK);
	return c;
}

/* The script's first step answers the question who the issuer is. */
static inline void start(const struct peer_step *steps, size_t n)
{
	peer_start(&peer, steps, n);
	one = new_client(5000, false);
	assert_int_equal(client_port(one, &port, &err), RP_OK);
}

static inline int end(void **state)
{
	(void)state;
	client_free(one);
	one = NULL;
	peer_stop(&peer);
	peer.plain = peer.wants_certificate = false;
	return 0;
}

static inline int make_files(void **state)
{
	(void)state;
	peer_files(&peer);
	return 0;
}

static inline int remove_files(void **state)
{
	(void)state;
	peer_remove(&peer);
	return 0;
}

/* Was this asked, word for word? */
static inline bool was_asked(const char *part)
{
	char *text = peer_asked(&peer);
	const bool found = strstr(text, part) != NULL;

	free(text);
	return found;
}

#endif
