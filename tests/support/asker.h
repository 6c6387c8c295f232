/* SPDX-License-Identifier: Apache-2.0 */
/* A client that sends exactly the bytes it is told, over a plain socket or TLS, to a port on loopback. */
#ifndef REPIN_TESTS_ASKER_H
#define REPIN_TESTS_ASKER_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

struct asker {
	int fd;
	gnutls_session_t tls; /* NULL: plain */
	gnutls_certificate_credentials_t cred;
	char got[70000];
	size_t len;
	/* The last answer, text with a NUL. */
	int status;
	char head[4096], body[65536];
};

/* False when nobody takes the connection. */
bool ask_open(struct asker *a, unsigned port);
/* Over TLS, with the files NAME.pem and NAME.key of `dir` (NULL: no certificate), trusting ca.pem of it. */
bool ask_open_tls(struct asker *a, unsigned port, const char *dir, const char *name);
/* The same on a connection that is open, with other priorities (NULL: usual ones). False: no handshake. */
bool ask_start_tls(struct asker *a, const char *dir, const char *name, const char *priorities);
bool ask_send(struct asker *a, const void *bytes, size_t len);
bool ask_say(struct asker *a, const char *text);
/* Reads one answer; false when the connection ended before it was whole. At most 15 s. */
bool ask_answer(struct asker *a);
/* say, then answer: the status, 0 when there was none. */
int ask(struct asker *a, const char *text);
/* The value of a header of the last answer, or NULL. */
const char *ask_header(struct asker *a, const char *name, char *ret, size_t cap);
/* Waits until the peer has ended the connection; false when it has not within so many milliseconds. */
bool ask_ended(struct asker *a, int within_ms);
void ask_close(struct asker *a);

#endif
