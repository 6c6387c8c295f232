/* SPDX-License-Identifier: Apache-2.0 */
#include "client/wire.h"

#include "base/bytes.h"
#include "base/log.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ATTEMPTS 3
#define PAUSE_MS 250 /* before the second attempt; twice that before the third */
#define KEY_BYTES 16

/* --- what comes in --- */

static size_t take_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct client *c = arg;

	if (size * n > JSON_BYTES_MAX - c->answer_len) {
		c->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	for (size_t i = 0; i < size * n; i++)
		c->answer[c->answer_len++] = p[i];
	return size * n;
}

static void forget_answer(struct client *c)
{
	rp_wipe(c->answer, c->answer_len);
	c->answer_len = 0;
	c->too_large = false;
	c->said[0] = '\0';
}

/* --- what goes out --- */

typedef struct curl_slist headers;

static bool add(const struct client *c, headers **into, const char *line)
{
	headers *longer = c->curl->curl_slist_append(*into, line);

	if (longer != NULL)
		*into = longer;
	return longer != NULL;
}

static bool add_token(const struct client *c, headers **into)
{
	static const char before[] = "Authorization: Bearer ";
	RP_AUTO(rp_secret_freep) rp_secret *line = NULL;

	return rp_secret_new(160, &line, NULL) == RP_OK &&
	       rp_secret_append(line, before, sizeof before - 1) &&
	       rp_secret_append(line, rp_secret_bytes(c->token), rp_secret_len(c->token)) &&
	       rp_secret_push(line, '\0') && add(c, into, (const char *)rp_secret_bytes(line));
}

/* The idempotency key is made once for all attempts: the server answers a repeat alike. */
static bool make_headers(const struct client *c, const struct question *q, headers **ret)
{
	uint8_t random[KEY_BYTES];
	char key[2 * KEY_BYTES + 1], line[80];
	bool good = add(c, ret, "Accept: application/json, application/problem+json") &&
		    add(c, ret, "Expect:");

	if (q->body != NULL) {
		rp_random(random, sizeof random);
		(void)hex_of(random, sizeof random, key, sizeof key);
		(void)snprintf(line, sizeof line, "Idempotency-Key: %s", q->key != NULL ? q->key : key);
		good = good && add(c, ret, "Content-Type: application/json") && add(c, ret, line);
	}
	return good && (!q->signed_in || add_token(c, ret));
}

/* Any option that is refused would weaken a rule: then nothing is asked. */
static bool set_trust(struct client *c)
{
	const struct late_curl *curl = c->curl;
	CURL *e = c->easy;

	bool good = curl->curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
		    curl->curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
		    curl->curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;

	/* The system's authorities would be trusted besides ours. */
	if (c->ca_file[0] != '\0')
		good = good && curl->curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file) == CURLE_OK &&
		       curl->curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK;
	if (c->cert_file[0] != '\0')
		good = good && curl->curl_easy_setopt(e, CURLOPT_SSLCERT, c->cert_file) == CURLE_OK &&
		       curl->curl_easy_setopt(e, CURLOPT_SSLKEY, c->key_file) == CURLE_OK;
	return good;
}

/* No other protocol, no redirect, no proxy whatever the environment says, no name or cookie of elsewhere. */
static bool set_limits(struct client *c)
{
	const struct late_curl *curl = c->curl;
	CURL *e = c->easy;

	return curl->curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       /* a name server that hangs must not hold us when we have given up */
	       curl->curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
}

static bool set_question(struct client *c, const struct question *q, headers *h)
{
	const struct late_curl *curl = c->curl;
	const bool for_console = c->console[0] != '\0' && strncmp(q->path, "/v1/operator/", 13) == 0;
	CURL *e = c->easy;
	char url[2 * CLIENT_PATH];
	bool good;

	(void)snprintf(url, sizeof url, "%s%s", for_console ? c->console : c->base, q->path);
	good = curl->curl_easy_setopt(e, CURLOPT_URL, url) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_USERAGENT, "repin/" REPIN_VERSION) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_HTTPHEADER, h) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->said) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_WRITEDATA, c) == CURLE_OK;
	if (!good || q->body == NULL)
		return good;
	/* Not copied: it is read where it lies, in guarded memory. */
	return curl->curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)rp_secret_len(q->body)) == CURLE_OK &&
	       curl->curl_easy_setopt(e, CURLOPT_POSTFIELDS, (const char *)rp_secret_bytes(q->body)) ==
		       CURLE_OK;
}

/* --- one attempt --- */

enum end { END_ANSWERED, END_FAILED, END_CANCELLED, END_TOO_LATE };

static CURLcode result_of(const struct client *c)
{
	int left;
	const CURLMsg *m;

	while ((m = c->curl->curl_multi_info_read(c->multi, &left)) != NULL)
		if (m->msg == CURLMSG_DONE)
			return m->data.result;
	return CURLE_FAILED_INIT;
}

static enum end drive(struct client *c, CURLcode *ret)
{
	for (;;) {
		struct curl_waitfd cancel = {.fd = c->wait.cancel_fd, .events = CURL_WAIT_POLLIN};
		const unsigned n_fds = c->wait.cancel_fd >= 0 ? 1 : 0;
		const int left = wait_left_ms(&c->wait);
		int running = 0;

		if (wait_cancelled(&c->wait))
			return END_CANCELLED;
		if (left == 0)
			return END_TOO_LATE;
		if (c->curl->curl_multi_perform(c->multi, &running) != CURLM_OK)
			return END_FAILED;
		if (running == 0) {
			*ret = result_of(c);
			return *ret == CURLE_OK ? END_ANSWERED : END_FAILED;
		}
		if (c->curl->curl_multi_poll(c->multi, &cancel, n_fds, left < 0 || left > 1000 ? 1000 : left,
					     NULL) != CURLM_OK)
			return END_FAILED;
	}
}

static enum end attempt(struct client *c, CURLcode *ret)
{
	const int left = wait_left_ms(&c->wait);
	const long most = left >= 0 && (unsigned)left < c->timeout_ms ? left + 1L : (long)c->timeout_ms;
	enum end end;

	*ret = CURLE_FAILED_INIT;
	forget_answer(c);
	if (c->curl->curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, most) != CURLE_OK ||
	    c->curl->curl_easy_setopt(c->easy, CURLOPT_CONNECTTIMEOUT_MS, most) != CURLE_OK ||
	    c->curl->curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
		return END_FAILED;
	end = drive(c, ret);
	(void)c->curl->curl_multi_remove_handle(c->multi, c->easy);
	return end;
}

/* It may have reached the server, and it may not; nothing came back. */
static bool had_no_answer(CURLcode r)
{
	switch ((int)r) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return true;
	default:
		return false;
	}
}

/* Waits between attempts; false: cancelled, or no time is left. */
static bool pause_before(const struct client *c, unsigned next)
{
	struct rp_wait w = {.deadline_ms = clock_ms() + (int64_t)PAUSE_MS * next,
			    .cancel_fd = c->wait.cancel_fd};
	struct curl_waitfd cancel = {.fd = w.cancel_fd, .events = CURL_WAIT_POLLIN};

	if (w.deadline_ms >= c->wait.deadline_ms)
		return false;
	while (wait_left_ms(&w) > 0 && !wait_cancelled(&w))
		if (c->curl->curl_multi_poll(c->multi, &cancel, w.cancel_fd >= 0 ? 1 : 0, wait_left_ms(&w),
					     NULL) != CURLM_OK)
			return false;
	return !wait_cancelled(&w);
}

static rp_code explain(const struct client *c, enum end end, CURLcode r, struct rp_error *err)
{
	const char *why = c->said[0] != '\0' ? c->said : c->curl->curl_easy_strerror(r);

	if (end == END_CANCELLED)
		return rp_fail(err, RP_E_CANCELLED, "cancelled while %s was asked", c->base);
	if (end == END_TOO_LATE)
		return rp_fail(err, RP_E_TIMEOUT, "%s did not answer in the time that was left", c->base);
	if (c->too_large)
		return rp_fail(err, RP_E_ISSUER_AWAY, "%s answers with more than %d bytes", c->base,
			       JSON_BYTES_MAX);
	if (r == CURLE_SSL_CERTPROBLEM || r == CURLE_SSL_CACERT_BADFILE)
		return rp_fail(err, RP_E_CONFIG, "a certificate for %s cannot be used: %s", c->base, why);
	return rp_fail(err, RP_E_ISSUER_AWAY, "%s cannot be asked: %s", c->base, why);
}

static rp_code exchange(struct client *c, const struct question *q, struct rp_error *err)
{
	CURLcode r = CURLE_FAILED_INIT;
	enum end end = END_FAILED;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		if (i > 0 && !pause_before(c, i))
			return explain(c, wait_cancelled(&c->wait) ? END_CANCELLED : END_FAILED, r, err);
		end = attempt(c, &r);
		log_event(LOG_LVL_DEBUG, "issuer.asked", "path=%s attempt=%u result=%d", q->path, i + 1,
			  (int)r);
		if (end != END_FAILED || !had_no_answer(r))
			break;
	}
	return end == END_ANSWERED ? RP_OK : explain(c, end, r, err);
}

/* --- the answer --- */

rp_code wire_nonsense(const client *c, const struct question *q, const char *what, struct rp_error *err)
{
	return rp_fail(err, RP_E_ISSUER_AWAY, "%s%s answers what the interface does not describe: %s",
		       c->base, q->path, what);
}

static bool has_type(const struct client *c, const char *wanted)
{
	const size_t len = strlen(wanted);
	const char *type = NULL;

	return c->curl->curl_easy_getinfo(c->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK &&
	       type != NULL && strncasecmp(type, wanted, len) == 0 && (type[len] == '\0' || type[len] == ';');
}

static rp_code read_answer(struct client *c, const struct question *q, json_t **ret, struct rp_error *err)
{
	char what[96] = "no JSON";
	long status = 0;
	json_t *j;
	rp_code rc;

	if (c->curl->curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK)
		return rp_fail(err, RP_E_FAULT, "libcurl does not tell the status");
	if (!has_type(c, status < 400 ? "application/json" : "application/problem+json"))
		return rp_fail(err, RP_E_ISSUER_AWAY, "%s%s answers %ld in a form that is not ours", c->base,
			       q->path, status);
	j = json_parse(c->answer, c->answer_len, what);
	if (j == NULL)
		return wire_nonsense(c, q, what, err);
	if (status == 200 || status == 201) {
		*ret = j;
		return RP_OK;
	}
	rc = answer_problem(c, q, status, j, err);
	json_decref(j);
	return rc;
}

rp_code wire_ask(client *c, const struct question *q, json_t **ret, struct rp_error *err)
{
	headers *h = NULL;
	rp_code rc = RP_OK;

	if (q->signed_in && c->token == NULL)
		return rp_fail(err, RP_E_USAGE, "%s needs an operator who is signed in", q->path);
	c->curl->curl_easy_reset(c->easy);
	if (!make_headers(c, q, &h) || !set_limits(c) || !set_trust(c) || !set_question(c, q, h))
		rc = rp_fail(err, RP_E_FAULT, "libcurl does not take an option");
	if (rc == RP_OK)
		rc = exchange(c, q, err);
	if (rc == RP_OK)
		rc = read_answer(c, q, ret, err);
	c->curl->curl_easy_reset(c->easy); /* it points to headers and body */
	c->curl->curl_slist_free_all(h);
	forget_answer(c);
	return rc;
}

rp_code wire_post(client *c, const char *path, struct body *b, bool signed_in, json_t **ret,
		  struct rp_error *err)
{
	rp_code rc = body_end(b, err);
	const struct question q = {.path = path, .body = b->s, .signed_in = signed_in};

	return rc == RP_OK ? wire_ask(c, &q, ret, err) : rc;
}

rp_code wire_post_as(client *c, const char *path, struct body *b, const char *key, json_t **ret,
		     struct rp_error *err)
{
	rp_code rc = body_end(b, err);
	const struct question q = {.path = path, .body = b->s, .key = key};

	return rc == RP_OK ? wire_ask(c, &q, ret, err) : rc;
}

void wire_json_free(json_t **j)
{
	json_decref(*j);
	*j = NULL;
}
