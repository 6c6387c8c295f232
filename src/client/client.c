/* SPDX-License-Identifier: Apache-2.0 */
#include "client/wire.h"

#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 10000

/* "https://" name or address, and a port. Nothing else has a meaning here: no user, no path, no question. */
static bool is_address(const char *url)
{
	static const char scheme[] = "https://";
	static const char may[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
	const char *host = url + sizeof scheme - 1;
	size_t len;

	if (strncmp(url, scheme, sizeof scheme - 1) != 0 || strlen(url) >= CLIENT_PATH)
		return false;
	len = strspn(host, may);
	return len > 0 && host[0] != ':' &&
	       (host[len] == '\0' || (host[len] == '/' && host[len + 1] == '\0'));
}

/* NULL leaves it empty. */
static bool copy(char ret[CLIENT_PATH], const char *text)
{
	return text == NULL || (size_t)snprintf(ret, CLIENT_PATH, "%s", text) < CLIENT_PATH;
}

static void cut_slash(char *url)
{
	if (url[0] != '\0' && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
}

static rp_code fill(client *c, const struct client_conf *conf, struct rp_error *err)
{
	if (conf->url == NULL || !is_address(conf->url))
		return rp_fail(err, RP_E_CONFIG,
			       "the issuer's address must be like https://issuer.example:8443");
	if (conf->console_url != NULL && !is_address(conf->console_url))
		return rp_fail(err, RP_E_CONFIG,
			       "the console's address must be like https://issuer.example:8444");
	if ((conf->cert_file == NULL) != (conf->key_file == NULL))
		return rp_fail(err, RP_E_CONFIG, "a terminal's certificate and its key go together");
	if (!copy(c->base, conf->url) || !copy(c->console, conf->console_url) ||
	    !copy(c->ca_file, conf->ca_file) || !copy(c->cert_file, conf->cert_file) ||
	    !copy(c->key_file, conf->key_file))
		return rp_fail(err, RP_E_CONFIG, "the path of a certificate is too long");
	cut_slash(c->base);
	cut_slash(c->console);
	c->timeout_ms = conf->timeout_ms > 0 ? conf->timeout_ms : TIMEOUT_MS;
	c->wait = (struct rp_wait){.deadline_ms = INT64_MAX, .cancel_fd = -1};
	(void)snprintf(c->terminal, sizeof c->terminal, "home");
	return conf->cert_file != NULL ? wire_fingerprint(conf->cert_file, c->terminal, err) : RP_OK;
}

static rp_code start(client *c, struct rp_error *err)
{
	c->curl = late_curl();
	if (c->curl == NULL)
		return rp_fail(err, RP_E_CONFIG, "libcurl (libcurl3-gnutls) cannot be loaded");
	c->answer = malloc(JSON_BYTES_MAX);
	c->multi = c->curl->curl_multi_init();
	c->easy = c->curl->curl_easy_init();
	return c->answer != NULL && c->multi != NULL && c->easy != NULL
		       ? RP_OK
		       : rp_fail(err, RP_E_NO_MEMORY, "no memory for a connection");
}

rp_code client_new(const struct client_conf *conf, client **ret, struct rp_error *err)
{
	client *c = calloc(1, sizeof *c);
	rp_code rc;

	if (c == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a connection");
	rc = fill(c, conf, err);
	if (rc == RP_OK)
		rc = start(c, err);
	if (rc != RP_OK) {
		client_free(c);
		return rc;
	}
	*ret = c;
	return RP_OK;
}

void client_free(client *c)
{
	if (c == NULL)
		return;
	if (c->easy != NULL)
		c->curl->curl_easy_cleanup(c->easy);
	if (c->multi != NULL)
		(void)c->curl->curl_multi_cleanup(c->multi);
	json_decref(c->known);
	rp_secret_free(c->token);
	free(c->answer);
	free(c);
}

void client_wait(client *c, const struct rp_wait *w)
{
	c->wait = *w;
}

const json_t *client_public(const client *c)
{
	return c->known;
}
