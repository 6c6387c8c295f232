/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask. A page of any web site can send requests to loopback, any program of any user can
 * connect, and a name that resolves to 127.0.0.1 makes Origin equal Host (DNS rebinding). So: the
 * socket's owner is asked of the kernel, Host and Origin are compared as whole strings, and the
 * session's key stands in a header that no other origin can make a browser send. No cookie: ports
 * do not separate cookies.
 */
#include "agent/agent.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/hash.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MS 1000 /* the kernel answers at once */

void guard_init(struct guard *g, uid_t also)
{
	*g = (struct guard){.users = {getuid(), also}, .n_users = also != getuid() ? 2 : 1};
	(void)pthread_mutex_init(&g->lock, NULL);
}

void guard_port(struct guard *g, unsigned port)
{
	(void)snprintf(g->own, sizeof g->own, "127.0.0.1:%u", port);
}

/* --- the socket's owner --- */

struct question {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

/* The other end of our connection is a socket of this machine: from its port to ours. */
static struct question question_of(const struct sockaddr_in *theirs, const struct sockaddr_in *ours)
{
	struct question q = {
		.head = {.nlmsg_len = sizeof q,
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST},
		.body = {.sdiag_family = AF_INET,
			 .sdiag_protocol = IPPROTO_TCP,
			 .idiag_states = UINT32_MAX,
			 .id = {.idiag_sport = theirs->sin_port,
				.idiag_dport = ours->sin_port,
				.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
	};

	q.body.id.idiag_src[0] = theirs->sin_addr.s_addr;
	q.body.id.idiag_dst[0] = ours->sin_addr.s_addr;
	return q;
}

/* Source: sock_diag(7). False: the kernel names no owner. */
static bool owner_of(const struct sockaddr_in *theirs, const struct sockaddr_in *ours, uid_t *ret)
{
	const struct question q = question_of(theirs, ours);
	const struct timeval wait = {.tv_sec = ANSWER_MS / 1000};
	struct {
		struct nlmsghdr head;
		struct inet_diag_msg body;
		uint8_t more[512];
	} a = {0};
	const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t n = -1;

	if (fd < 0)
		return false;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	if (send(fd, &q, sizeof q, 0) == (ssize_t)sizeof q)
		n = recv(fd, &a, sizeof a, 0);
	(void)close(fd);
	if (n < (ssize_t)(sizeof a.head + sizeof a.body) || a.head.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    a.body.id.idiag_sport != theirs->sin_port || a.body.id.idiag_dport != ours->sin_port)
		return false;
	*ret = a.body.idiag_uid;
	return true;
}

bool guard_admits(void *arg, int fd)
{
	const struct guard *g = &((const struct agent *)arg)->guard;
	struct sockaddr_in theirs = {0}, ours = {0};
	socklen_t theirs_len = sizeof theirs, ours_len = sizeof ours;
	uid_t owner;

	if (getpeername(fd, (struct sockaddr *)&theirs, &theirs_len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&ours, &ours_len) != 0 || theirs.sin_family != AF_INET ||
	    !owner_of(&theirs, &ours, &owner))
		return false;
	for (size_t i = 0; i < g->n_users; i++)
		if (g->users[i] == owner)
			return true;
	return false;
}

/* --- secrets and keys --- */

static void hash_of(const char *text, uint8_t ret[32])
{
	const struct hash_part part = {text, strlen(text)};

	hash_sha256(&part, 1, ret);
}

static void make_text(char ret[SECRET_TEXT + 1])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint8_t random[SECRET_TEXT];

	rp_random(random, sizeof random);
	for (size_t i = 0; i < SECRET_TEXT; i++)
		ret[i] = digits[random[i] % 64];
	ret[SECRET_TEXT] = '\0';
	rp_wipe(random, sizeof random);
}

void guard_secret(struct guard *g, enum key_kind kind, char ret[SECRET_TEXT + 1])
{
	size_t at = 0;

	make_text(ret);
	(void)pthread_mutex_lock(&g->lock);
	/* A free place, else the one that ends first. */
	for (size_t i = 1; i < GUARD_SECRETS; i++)
		if (g->secrets[i].until_ms < g->secrets[at].until_ms)
			at = i;
	hash_of(ret, g->secrets[at].hash);
	g->secrets[at].until_ms = clock_ms() + SECRET_LIVES_MS;
	g->secrets[at].kind = kind;
	(void)pthread_mutex_unlock(&g->lock);
}

/* With the lock held. Which place it has is no secret, so the search may end early; bytes are hashes. */
static bool take_secret(struct guard *g, const char *secret, enum key_kind *ret)
{
	uint8_t hash[32];

	hash_of(secret, hash);
	for (size_t i = 0; i < GUARD_SECRETS; i++)
		if (g->secrets[i].until_ms > clock_ms() && memcmp(g->secrets[i].hash, hash, 32) == 0) {
			g->secrets[i].until_ms = 0;
			*ret = g->secrets[i].kind;
			return true;
		}
	return false;
}

bool guard_trade(struct guard *g, const char *secret, char ret_key[SECRET_TEXT + 1])
{
	enum key_kind kind = KEY_PAGE;
	bool good;

	(void)pthread_mutex_lock(&g->lock);
	good = take_secret(g, secret, &kind);
	if (good) {
		make_text(ret_key);
		hash_of(ret_key, g->keys[g->next_key]);
		g->kinds[g->next_key] = kind;
		g->next_key = (g->next_key + 1) % GUARD_KEYS;
		g->n_keys += g->n_keys < GUARD_KEYS;
	}
	(void)pthread_mutex_unlock(&g->lock);
	return good;
}

json_t *guard_proofs(struct guard *g, const uint8_t nonce[32])
{
	json_t *list = json_array();

	(void)pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < g->n_keys; i++) {
		const struct hash_part parts[] = {{g->keys[i], 32}, {nonce, 32}};
		uint8_t proof[32];
		char hex[65];

		hash_sha256(parts, 2, proof);
		if (hex_of(proof, sizeof proof, hex, sizeof hex))
			(void)json_array_append_new(list, json_string(hex));
	}
	(void)pthread_mutex_unlock(&g->lock);
	return list;
}

static bool knows_key(struct guard *g, const char *key, enum key_kind *ret)
{
	uint8_t hash[32];
	bool found = false;

	hash_of(key, hash);
	(void)pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < g->n_keys; i++)
		if (memcmp(g->keys[i], hash, 32) == 0) {
			*ret = g->kinds[i];
			found = true;
		}
	(void)pthread_mutex_unlock(&g->lock);
	return found;
}

/* --- the head of a request --- */

/*
 * A page may be gone to from anywhere: it has no key by that, and cannot be framed. Its parts are
 * loaded by our pages alone; an Origin, where there is one, is ours.
 */
static bool allows_page(const struct http_request *r, const char *origin)
{
	if (r->origin[0] != '\0' && strcmp(r->origin, origin) != 0)
		return false;
	if (strcmp(r->mode, "navigate") == 0 && r->path != NULL &&
	    (strcmp(r->path, "/") == 0 || strcmp(r->path, "/kiosk") == 0 ||
	     strcmp(r->path, "/customer") == 0))
		return true;
	return r->site[0] == '\0' || strcmp(r->site, "same-origin") == 0 || strcmp(r->site, "none") == 0;
}

/* A PIN is typed in the customer's window, and what is the clerk's is asked from the clerk's page. */
static bool serves(const struct agent *a, enum key_kind kind, const struct http_request *r)
{
	const bool job = r->path != NULL && strcmp(r->path, "/api/jobs") == 0;
	const bool clerks = r->path != NULL && (strncmp(r->path, "/api/operator/", 14) == 0 ||
						strncmp(r->path, "/api/counter/", 13) == 0);

	if (a->mode != AGENT_DESK)
		return true;
	return kind == KEY_CUSTOMER ? !clerks : !job;
}

bool guard_allows(void *arg, const struct http_request *r)
{
	struct agent *a = arg;
	enum key_kind kind = KEY_PAGE;
	char origin[64];
	bool api, reads;

	(void)snprintf(origin, sizeof origin, "http://%s", a->guard.own);
	if (strcmp(r->host, a->guard.own) != 0)
		return false;
	api = r->path == NULL || strncmp(r->path, "/api/", 5) == 0;
	if (!api)
		return r->method == HTTP_GET && allows_page(r, origin);
	/* A fetch of the page's own origin by GET carries no Origin; Sec-Fetch-Site tells what it is. */
	reads = r->path != NULL && r->method == HTTP_GET;
	if (!(reads && r->origin[0] == '\0') && strcmp(r->origin, origin) != 0)
		return false;
	if (r->site[0] != '\0' && strcmp(r->site, "same-origin") != 0)
		return false;
	/* These two come before the key: one gives it, the other shows the page whom it speaks to. */
	if (r->path != NULL && (strcmp(r->path, "/api/start") == 0 || strcmp(r->path, "/api/proof") == 0))
		return r->method == HTTP_POST;
	return r->bearer[0] != '\0' && knows_key(&a->guard, r->bearer, &kind) && serves(a, kind, r);
}
