/* SPDX-License-Identifier: Apache-2.0 */
/* After a user code or a password was sent, it is nowhere in this process. */
#include "kit.h"

#include <fcntl.h>
#include <unistd.h>

/* Never whole in this program: each byte is one less than what is sent. */
static const char one_less[] = "Y`rrhlnqsKnonghqvq";
#define LEN (sizeof one_less - 1)
#define SHADOW (1UL << 30) /* what the sanitizers keep of a whole address space is no memory of ours */

static rp_secret *whole(void)
{
	rp_secret *s = NULL;

	assert_int_equal(rp_secret_new(LEN, &s, NULL), RP_OK);
	for (size_t i = 0; i < LEN; i++)
		assert_true(rp_secret_push(s, (uint8_t)(one_less[i] + 1)));
	return s;
}

static bool is_here(const char *p)
{
	for (size_t i = 0; i < LEN; i++)
		if (p[i] != one_less[i] + 1)
			return false;
	return true;
}

/* How often it stands in what this process can write: heap, stacks, data. */
static unsigned count(void)
{
	static char chunk[1 << 16];
	FILE *maps = fopen("/proc/self/maps", "r");
	const int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long start, stop;
	unsigned n = 0;
	char line[512], perms[8];

	assert_non_null(maps);
	assert_true(mem >= 0);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &start, &stop, perms) != 3 || strncmp(perms, "rw", 2) != 0)
			continue;
		if (stop - start > SHADOW)
			continue;
		for (unsigned long at = start; at < stop; at += sizeof chunk - LEN) {
			const ssize_t got = pread(mem, chunk, sizeof chunk, (off_t)at);

			for (ssize_t i = 0; i + (ssize_t)LEN <= got; i++)
				/* our own window is part of what is looked through */
				if (is_here(chunk + i) &&
				    (at + (unsigned long)i < (unsigned long)chunk ||
				     at + (unsigned long)i >= (unsigned long)(chunk + sizeof chunk)))
					n++;
		}
	}
	(void)fclose(maps);
	(void)close(mem);
	return n;
}

static void the_search_finds_what_is_there(void **state)
{
	rp_secret *s = whole();
	char *copy = malloc(LEN);

	(void)state;
	assert_non_null(copy);
	memcpy(copy, rp_secret_bytes(s), LEN);
	assert_true(count() >= 2);
	rp_wipe(copy, LEN);
	rp_secret_free(s);
	assert_int_equal(count(), 0);
	free(copy);
}

static void nothing_is_left_of_a_user_code(void **state)
{
	const struct rp_presence card = {
		.profile = "hicos", .number = "XC00000000091349", .slot = RP_SLOT_PIN};
	rp_secret *code = whole();
	const struct rp_evidence e = {.door = "user-code", .user_code = code};
	struct rp_grant g = {0};

	(void)state;
	start(STEPS(SAYS(ISSUER),
		    REFUSES(403, "{\"type\":\"urn:repin:problem:code-wrong\",\"tries_left\":2}")));
	assert_int_equal(port.grant(port.arg, &card, &e, &g, &err), RP_E_ISSUER_REFUSED);
	rp_secret_free(code);
	assert_int_equal(count(), 0);
	client_free(one);
	one = NULL;
	assert_int_equal(count(), 0);
}

static void nothing_is_left_of_a_password(void **state)
{
	rp_secret *password = whole();

	(void)state;
	start(STEPS(SAYS(ISSUER), REFUSES(401, "{\"type\":\"urn:repin:problem:sign-in-wrong\"}")));
	assert_int_equal(client_sign_in(one, "ando", password, "123456", &err), RP_E_ISSUER_REFUSED);
	rp_secret_free(password);
	assert_int_equal(count(), 0);
}

static void nothing_is_left_when_nobody_answers(void **state)
{
	const struct rp_presence card = {
		.profile = "hicos", .number = "XC00000000091349", .slot = RP_SLOT_PIN};
	rp_secret *code = whole();
	const struct rp_evidence e = {.one_time = code, .new_code = code};
	char receipt[RP_ISSUER_ID];

	(void)state;
	start(STEPS(SAYS(ISSUER), {.act = PEER_CLOSES}));
	assert_int_equal(port.user_code(port.arg, &card, &e, receipt, &err), RP_E_ISSUER_AWAY);
	rp_secret_free(code);
	assert_int_equal(count(), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, end)
	const struct CMUnitTest tests[] = {
		T(the_search_finds_what_is_there),
		T(nothing_is_left_of_a_user_code),
		T(nothing_is_left_of_a_password),
		T(nothing_is_left_when_nobody_answers),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
