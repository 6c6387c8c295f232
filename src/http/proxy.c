/* SPDX-License-Identifier: Apache-2.0 */
#include "http/proxy.h"
#include "base/bytes.h"

#include <netinet/in.h>
#include <string.h>

#define COMMAND_LOCAL 0x20 /* version 2 in the upper half */
#define COMMAND_PROXY 0x21
#define TCP4 0x11
#define TCP6 0x21

static const uint8_t signature[12] = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};

size_t proxy_length(const uint8_t head[PROXY_HEAD])
{
	struct rd r = rd_of(head, PROXY_HEAD);
	const uint8_t *begin = rd_take(&r, sizeof signature);
	const uint8_t command = rd_u8(&r);
	size_t len;

	if (memcmp(begin, signature, sizeof signature) != 0)
		return 0;
	if (command != COMMAND_LOCAL && command != COMMAND_PROXY)
		return 0;
	rd_skip(&r, 1);
	len = PROXY_HEAD + (size_t)rd_u16(&r);
	return len <= PROXY_MAX ? len : 0;
}

static bool address4(struct rd *r, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	const uint8_t *from = rd_take(r, 4);

	rd_skip(r, 4);
	in.sin_port = htons(rd_u16(r));
	if (r->failed)
		return false;
	memcpy(&in.sin_addr, from, 4);
	memcpy(ret, &in, sizeof in);
	*ret_len = sizeof in;
	return true;
}

static bool address6(struct rd *r, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	struct sockaddr_in6 in = {.sin6_family = AF_INET6};
	const uint8_t *from = rd_take(r, 16);

	rd_skip(r, 16);
	in.sin6_port = htons(rd_u16(r));
	if (r->failed)
		return false;
	memcpy(&in.sin6_addr, from, 16);
	memcpy(ret, &in, sizeof in);
	*ret_len = sizeof in;
	return true;
}

enum proxy_word proxy_address(const uint8_t *header, size_t len, struct sockaddr_storage *ret,
			      socklen_t *ret_len)
{
	struct rd r = rd_of(header, len);
	uint8_t command, family;

	rd_skip(&r, sizeof signature);
	command = rd_u8(&r);
	family = rd_u8(&r);
	rd_skip(&r, 2);
	if (!r.failed && command == COMMAND_LOCAL)
		return PROXY_OWN;
	if (family == TCP4 && address4(&r, ret, ret_len))
		return PROXY_TOLD;
	return family == TCP6 && address6(&r, ret, ret_len) ? PROXY_TOLD : PROXY_BAD;
}
