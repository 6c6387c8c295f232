/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is freed with a secret of a request or an answer in it: every free() of ours comes by here. */
#include "serve_rig.h"

#include <malloc.h>

#define SECRET "SeCrEt0123456789"

void __real_free(void *p);
void __wrap_free(void *p);

static atomic_bool watching;
static atomic_uint freed_with_it;

void __wrap_free(void *p)
{
	if (p != NULL && watching && memmem(p, malloc_usable_size(p), SECRET, sizeof SECRET - 1) != NULL)
		freed_with_it++;
	__real_free(p);
}

static void bodies_tokens_and_answers_are_wiped(void **state)
{
	static const char text[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Type: application/json\r\n"
				   "Authorization: Bearer " SECRET
				   "\r\nContent-Length: 25\r\n\r\n{\"code\":\"" SECRET;
	http *h = serve_usual();

	(void)state;
	watching = true;
	open_one(h);
	assert_true(ask_say(&one, text));
	assert_true(ask_answer(&one));
	/* The echo has it, so it was there to be found. */
	assert_non_null(strstr(one.body, SECRET));
	/* A second one ends in the middle of its body. */
	assert_true(ask_send(&one, text, sizeof text - 3));
	sleep_ms(50);
	ask_close(&one);
	http_stop(h);
	watching = false;
	assert_int_equal(freed_with_it, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bodies_tokens_and_answers_are_wiped)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
