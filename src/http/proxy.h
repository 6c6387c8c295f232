/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PROXY protocol's second version: what a balancer says before the connection's own first byte.
 * Source: https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt, section 2.2.
 */
#ifndef REPIN_HTTP_PROXY_H
#define REPIN_HTTP_PROXY_H

#include "base/error.h"

#include <sys/socket.h>

#define PROXY_HEAD 16
#define PROXY_MAX 536 /* head, addresses, and what else a balancer adds */

/*
 * How many bytes the whole header has, once its first PROXY_HEAD are there; 0: it is none, or longer
 * than PROXY_MAX.
 */
size_t proxy_length(const uint8_t head[PROXY_HEAD]);
enum proxy_word {
	PROXY_BAD,  /* no address of a TCP connection in it, or cut */
	PROXY_OWN,  /* LOCAL: the balancer speaks for itself */
	PROXY_TOLD, /* *ret has the address */
};
enum proxy_word proxy_address(const uint8_t *header, size_t len, struct sockaddr_storage *ret,
			      socklen_t *ret_len);

#endif
