/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in: limits, a balancer in front, addresses. */
#include "serve_rig.h"
#include <arpa/inet.h>

/* --- limits --- */

static void connections_end_at_their_limit(void **state)
{
	http *h = serve((struct http_conf){.connections = 100, .per_address = 3});
	static struct asker many[101];
	struct http_counts counts;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(ask_open(&many[i], http_port(h)));
		assert_int_equal(get_hello(&many[i]), 200);
	}
	/* The kernel takes it, and then it is shut in its face. */
	assert_true(ask_open(&many[100], http_port(h)));
	assert_int_equal(get_hello(&many[100]), 0);
	http_counts(h, &counts);
	assert_int_equal(counts.connections, 100);
	assert_int_equal(counts.refused, 1);
	ask_close(&many[0]);
	sleep_ms(100);
	ask_close(&many[100]);
	assert_true(ask_open(&many[100], http_port(h)));
	assert_int_equal(get_hello(&many[100]), 200);
	for (int i = 0; i < 101; i++)
		ask_close(&many[i]);
	http_stop(h);
}

/* --- a balancer in front --- */

/* A PROXY v2 header: `address` and ours behind it. */
static size_t proxy_header(uint8_t *ret, const char *address)
{
	static const uint8_t begin[14] = {0x0D, 0x0A, 0x0D, 0x0A, 0,	0x0D, 0x0A,
					  'Q',	'U',  'I',  'T',  0x0A, 0x21, 0x11};
	const bool six = strchr(address, ':') != NULL;
	const uint16_t len = six ? 36 : 12;

	memset(ret, 0, 64);
	memcpy(ret, begin, sizeof begin);
	ret[13] = six ? 0x21 : 0x11;
	ret[15] = (uint8_t)(len + 4);
	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, address, ret + 16), 1);
	/* And a TLV of a kind that nobody knows. */
	ret[16 + len] = 0xE0;
	ret[16 + len + 2] = 1;
	return 16u + len + 4u;
}

static void open_from(http *h, struct asker *a, const char *address)
{
	uint8_t header[64];
	const size_t len = proxy_header(header, address);

	assert_true(ask_open(a, http_port(h)));
	assert_true(ask_send(a, header, len));
}

static void the_balancer_tells_the_source(void **state)
{
	http *h = serve((struct http_conf){.proxy_v2_from_loopback = true});
	uint8_t header[64];
	size_t len;

	(void)state;
	open_from(h, &one, "192.0.2.7");
	assert_int_equal(ask(&one, "GET /hello HTTP/1.1\r\n" HOST "X-Forwarded-For: 198.51.100.1\r\n\r\n"),
			 200);
	assert_non_null(strstr(one.body, "\"source\":\"192.0.2.7\""));
	ask_close(&one);
	/* The header in pieces, and the request right behind it. */
	len = proxy_header(header, "2001:db8::5");
	open_one(h);
	for (size_t i = 0; i < len; i++) {
		assert_true(ask_send(&one, header + i, 1));
		sleep_ms(2);
	}
	assert_int_equal(get_hello(&one), 200);
	assert_non_null(strstr(one.body, "\"source\":\"2001:db8::5\""));
	ask_close(&one);
	http_stop(h);
}

static void whoever_speaks_without_the_balancers_header_is_refused(void **state)
{
	static const uint8_t local[16] = {0x0D, 0x0A, 0x0D, 0x0A, 0,	0x0D, 0x0A,
					  'Q',	'U',  'I',  'T',  0x0A, 0x20, 0};
	http *h = serve((struct http_conf){.proxy_v2_from_loopback = true});
	uint8_t header[64];

	(void)state;
	open_one(h);
	assert_int_equal(get_hello(&one), 0);
	ask_close(&one);
	(void)proxy_header(header, "192.0.2.7");
	header[15] = 4; /* too short for its addresses */
	open_one(h);
	assert_true(ask_send(&one, header, 20));
	assert_int_equal(get_hello(&one), 0);
	ask_close(&one);
	open_one(h);
	assert_true(ask_send(&one, local, sizeof local));
	assert_int_equal(get_hello(&one), 200);
	assert_non_null(strstr(one.body, "\"source\":\"127.0.0.1\""));
	ask_close(&one);
	http_stop(h);
	h = serve_usual();
	open_from(h, &one, "192.0.2.7");
	assert_int_not_equal(get_hello(&one), 200);
	ask_close(&one);
	http_stop(h);
}

static void one_address_has_its_limit(void **state)
{
	static const char *const from[] = {"192.0.2.7", "2001:db8::1"},
				 *const others[] = {"192.0.2.8", "2001:db9::1"},
				 *const neighbour[] = {"192.0.2.7", "2001:db8::ffff"};
	static struct asker many[3];

	(void)state;
	for (int k = 0; k < 2; k++) {
		http *h = serve((struct http_conf){.proxy_v2_from_loopback = true, .per_address = 2});

		open_from(h, &many[0], from[k]);
		assert_int_equal(get_hello(&many[0]), 200);
		open_from(h, &many[1], neighbour[k]);
		assert_int_equal(get_hello(&many[1]), 200);
		open_from(h, &many[2], from[k]);
		assert_int_equal(get_hello(&many[2]), 0);
		ask_close(&many[2]);
		open_from(h, &many[2], others[k]);
		assert_int_equal(get_hello(&many[2]), 200);
		for (int i = 0; i < 3; i++)
			ask_close(&many[i]);
		http_stop(h);
	}
}

/* --- configuration --- */

static void a_wrong_address_is_a_wrong_configuration(void **state)
{
	static const char *const bad[] = {"",
					  "8443",
					  "localhost:1",
					  "127.0.0.1",
					  "127.0.0.1:",
					  "127.0.0.1:x",
					  "127.0.0.1:99999",
					  "::1:1",
					  "[127.0.0.1]:70000",
					  "0.0.0.0:0",
					  "[::]:0",
					  "[::1:1"};
	struct rp_error err;
	http *h = NULL, *same = NULL;
	char taken[32];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (http_start(&(struct http_conf){.listen = bad[i]}, routes, 1, NULL, &h, &err) !=
		    RP_E_CONFIG)
			fail_msg("%s", bad[i]);
	assert_null(h);
	h = serve_usual();
	(void)snprintf(taken, sizeof taken, "127.0.0.1:%u", http_port(h));
	assert_int_equal(http_start(&(struct http_conf){.listen = taken}, routes, 1, NULL, &same, &err),
			 RP_E_CONFIG);
	assert_non_null(strstr(err.story, "in use"));
	http_stop(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_end_at_their_limit),
		cmocka_unit_test(the_balancer_tells_the_source),
		cmocka_unit_test(whoever_speaks_without_the_balancers_header_is_refused),
		cmocka_unit_test(one_address_has_its_limit),
		cmocka_unit_test(a_wrong_address_is_a_wrong_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
