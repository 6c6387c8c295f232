/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store_kit.h"

#include "server/proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct proxy {
	int listens, port, to;
	pthread_t thread;
	pthread_mutex_t lock;
	char word[32];
	enum proxy_cut how;
	atomic_bool cut, ends;
	atomic_int pipes; /* threads of connections */
};

struct pipe_ends {
	struct proxy *p;
	int client, server;
};

static void nap_ms(long ms)
{
	const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

static bool send_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static enum proxy_cut how_to_treat(struct proxy *p, const uint8_t *bytes, size_t n)
{
	enum proxy_cut how = CUT_NOTHING;

	pthread_mutex_lock(&p->lock);
	if (p->how != CUT_NOTHING && memmem(bytes, n, p->word, strlen(p->word) + 1) != NULL) {
		how = p->how;
		p->how = CUT_NOTHING;
	}
	pthread_mutex_unlock(&p->lock);
	return how;
}

/* False: the connection is over. */
static bool client_says(struct pipe_ends *e)
{
	uint8_t bytes[16384];
	ssize_t n = recv(e->client, bytes, sizeof bytes, 0);
	enum proxy_cut how;

	if (n <= 0)
		return false;
	how = how_to_treat(e->p, bytes, (size_t)n);
	if (how == CUT_NOTHING)
		return send_all(e->server, bytes, (size_t)n);
	e->p->cut = true;
	if (how == CUT_LATE) {
		shutdown(e->client, SHUT_RDWR);
		nap_ms(500);
	}
	if (how != CUT_BEFORE)
		(void)send_all(e->server, bytes, (size_t)n);
	if (how == CUT_AFTER || how == CUT_LATE)
		(void)recv(e->server, bytes, 1, 0); /* it has answered, and nobody hears it */
	return false;
}

static void *connection(void *arg)
{
	struct pipe_ends *e = arg;
	struct pollfd fds[2] = {{.fd = e->client, .events = POLLIN}, {.fd = e->server, .events = POLLIN}};
	uint8_t bytes[16384];
	bool on = true;

	while (on && !e->p->ends && poll(fds, 2, 50) >= 0) {
		if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
			on = client_says(e);
		if (on && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
			ssize_t n = recv(e->server, bytes, sizeof bytes, 0);
			on = n > 0 && send_all(e->client, bytes, (size_t)n);
		}
	}
	close(e->client);
	close(e->server);
	e->p->pipes--;
	free(e);
	return NULL;
}

static struct sockaddr_in local(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void begin(struct proxy *p, int client)
{
	const struct sockaddr_in to = local(p->to);
	struct pipe_ends *e = calloc(1, sizeof *e);
	pthread_attr_t detached;
	pthread_t thread;

	*e = (struct pipe_ends){p, client, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	if (connect(e->server, (const struct sockaddr *)&to, sizeof to) != 0) {
		close(e->server);
		close(client);
		free(e);
		return;
	}
	p->pipes++;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	(void)pthread_create(&thread, &detached, connection, e);
	pthread_attr_destroy(&detached);
}

static void *accepting(void *arg)
{
	struct proxy *p = arg;
	struct pollfd fd = {.fd = p->listens, .events = POLLIN};

	while (!p->ends)
		if (poll(&fd, 1, 50) == 1) {
			int client = accept4(p->listens, NULL, NULL, SOCK_CLOEXEC);
			if (client >= 0)
				begin(p, client);
		}
	return NULL;
}

struct proxy *proxy_new(int port)
{
	struct sockaddr_in at = local(0);
	socklen_t len = sizeof at;
	struct proxy *p = calloc(1, sizeof *p);

	assert_non_null(p);
	p->to = port;
	pthread_mutex_init(&p->lock, NULL);
	p->listens = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->listens, (const struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(p->listens, 16), 0);
	assert_int_equal(getsockname(p->listens, (struct sockaddr *)&at, &len), 0);
	p->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&p->thread, NULL, accepting, p), 0);
	return p;
}

void proxy_free(struct proxy *p)
{
	p->ends = true;
	(void)pthread_join(p->thread, NULL);
	while (p->pipes > 0)
		nap_ms(10);
	close(p->listens);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

int proxy_port(const struct proxy *p)
{
	return p->port;
}

void proxy_cut_at(struct proxy *p, const char *word, enum proxy_cut how)
{
	pthread_mutex_lock(&p->lock);
	(void)snprintf(p->word, sizeof p->word, "%s", word);
	p->how = how;
	p->cut = false;
	pthread_mutex_unlock(&p->lock);
}

bool proxy_has_cut(const struct proxy *p)
{
	return p->cut;
}
