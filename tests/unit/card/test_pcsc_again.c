/* SPDX-License-Identifier: Apache-2.0 */
/* A service that was started again, and a wait for readers: on a service of this process (service.h). */
#include <setjmp.h>
#include <stdarg.h>

#include "repin/repin.h"
#include "support/service.h"
#include "support/vreader.h"
#include <cmocka.h>

#define LONG_MS 10000
#define SHORT_MS 100

static struct vcard *card;
static rp_ctx *ctx;

static int fresh(void **state)
{
	(void)state;
	card = vreader_make("mynumber", NULL, true);
	service_start(card);
	return rp_ctx_new(&ctx, NULL) == RP_OK ? 0 : -1;
}

static int gone(void **state)
{
	(void)state;
	rp_ctx_free(ctx);
	vcard_free(card);
	return 0;
}

static rp_code list(void)
{
	struct rp_reader r[2];
	size_t n = 0;

	return rp_readers(ctx, r, 2, &n, NULL);
}

static void a_service_that_was_started_again_is_found(void **state)
{
	struct rp_card_facts facts;
	rp_card *open = NULL;

	(void)state;
	rp_ctx_timeout(ctx, LONG_MS);
	assert_int_equal(list(), RP_OK);
	service_restart();
	assert_int_equal(list(), RP_OK);
	assert_int_equal(service_count(SERVICE_ESTABLISH), 2);
	assert_int_equal(service_count(SERVICE_RELEASE), 1);
	assert_int_equal(list(), RP_OK);
	assert_int_equal(service_count(SERVICE_ESTABLISH), 2);
	/* With a card open it is not: that session is over, and does not go on elsewhere. */
	assert_int_equal(rp_card_look(ctx, NULL, RP_READ_PINS, &open, &facts, NULL), RP_OK);
	service_restart();
	assert_int_equal(list(), RP_E_NO_SERVICE);
	assert_int_equal(service_count(SERVICE_ESTABLISH), 2);
	rp_card_close(open);
	assert_int_equal(list(), RP_OK);
	assert_int_equal(service_count(SERVICE_ESTABLISH), 3);
}

static void a_wait_for_readers_begins_with_what_was_told(void **state)
{
	(void)state;
	rp_ctx_timeout(ctx, SHORT_MS);
	assert_int_equal(rp_readers_wait(ctx, NULL), RP_E_USAGE);
	assert_int_equal(list(), RP_OK);
	assert_int_equal(rp_readers_wait(ctx, NULL), RP_E_TIMEOUT);
	assert_int_equal(service_count(SERVICE_CONNECT), 0);
	rp_cancel(ctx);
	assert_int_equal(rp_readers_wait(ctx, NULL), RP_E_CANCELLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_service_that_was_started_again_is_found, fresh, gone),
		cmocka_unit_test_setup_teardown(a_wait_for_readers_begins_with_what_was_told, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
