/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP proxy in a thread, which cuts a connection at a chosen moment: when the client sends
 * bytes with a certain word in them. Stands between the store and PostgreSQL.
 */
#ifndef REPIN_TESTS_PROXY_H
#define REPIN_TESTS_PROXY_H

#include <stdbool.h>

struct proxy;

enum proxy_cut {
	CUT_NOTHING,
	CUT_BEFORE, /* the bytes never arrive */
	CUT_AFTER,  /* they arrive, the answer does not */
	CUT_LATE,   /* the client is cut off at once, they arrive half a second later */
};

/* Listens on a free port of 127.0.0.1 and connects to `port` there. */
struct proxy *proxy_new(int port);
void proxy_free(struct proxy *p);
int proxy_port(const struct proxy *p);
/* Cuts once, at the next bytes from a client that hold `word` and its NUL: the name of a statement. */
void proxy_cut_at(struct proxy *p, const char *word, enum proxy_cut how);
/* It has cut since. */
bool proxy_has_cut(const struct proxy *p);

#endif
