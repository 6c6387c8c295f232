/* SPDX-License-Identifier: Apache-2.0 */
/* What every command needs around the library: signals, context, readers, the card. */
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What the signal handler reaches: set before the handler is installed, or a lock-free pointer. */
static int cancel_pipe[2] = {-1, -1};
static rp_ctx *_Atomic cancel_ctx, *_Atomic cancel_second;

static void on_signal(int number)
{
	rp_ctx *ctx = cancel_ctx, *second = cancel_second;
	const ssize_t n = write(cancel_pipe[1], "", 1);

	(void)number;
	(void)n; /* full: it is readable already */
	if (ctx != NULL)
		rp_cancel(ctx);
	if (second != NULL)
		rp_cancel(second);
}

rp_code app_catch_signals(struct app *a, struct trouble *t)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: waits shall end */

	if (pipe2(cancel_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		return rp_fail(&t->err, RP_E_FAULT, "no pipe for signals");
	a->cancel_fd = cancel_pipe[0];
	(void)sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (sigaction(numbers[i], &sa, NULL) != 0)
			return rp_fail(&t->err, RP_E_FAULT, "signals cannot be caught");
	/* A reader of our output that leaves early must not end a job half-way. */
	(void)signal(SIGPIPE, SIG_IGN);
	return RP_OK;
}

rp_code app_conf(struct app *a, struct trouble *t)
{
	rp_code rc = RP_OK;

	/* doctor has read it already, to tell of it */
	if (!a->conf_read && strcmp(a->o.command, "doctor") != 0)
		rc = conf_read(a->o.config, &a->conf, &t->err);
	a->conf_read = rc == RP_OK;
	return rc;
}

rp_code app_ctx(struct app *a, struct trouble *t)
{
	const struct rp_wait now = {.deadline_ms = INT64_MAX, .cancel_fd = a->cancel_fd};
	rp_code rc = RP_OK;

	if (a->ctx != NULL)
		return RP_OK;
	rc = app_conf(a, t);
	if (rc == RP_OK && a->o.device_key != NULL)
		rc = phone_key(a, t);
	if (rc == RP_OK)
		rc = rp_ctx_new(&a->ctx, &t->err);
	if (rc != RP_OK)
		return rc;
	if (a->key != NULL)
		rp_ctx_app(a->ctx);
	cancel_ctx = a->ctx;
	/* A signal between the handler's start and this line found no context to cancel. */
	if (wait_cancelled(&now))
		rp_cancel(a->ctx);
	if (a->o.timeout_s > 0)
		rp_ctx_timeout(a->ctx, a->o.timeout_s * 1000);
	return a->conf.hicos_key != NULL ? rp_ctx_hicos_key(a->ctx, a->conf.hicos_key, &t->err) : RP_OK;
}

static rp_code keep_notes(const struct app *a, rp_ctx *ctx, struct rp_error *err)
{
	const char *dir = a->conf.state_dir[0] != '\0' ? a->conf.state_dir : NULL;
	rp_code rc = rp_ctx_notes(ctx, dir, err);

	rp_ctx_ledger(ctx, rc == RP_OK && !a->conf.ledger_off);
	return rc;
}

rp_code app_notes(struct app *a, struct rp_error *err)
{
	return keep_notes(a, a->ctx, err);
}

rp_code app_second(const struct app *a, rp_ctx **ret, struct rp_error *err)
{
	const struct rp_wait now = {.deadline_ms = INT64_MAX, .cancel_fd = a->cancel_fd};
	rp_ctx *ctx = NULL;
	rp_code rc = rp_ctx_new(&ctx, err);

	if (rc == RP_OK)
		rc = keep_notes(a, ctx, err);
	if (rc != RP_OK) {
		rp_ctx_free(ctx);
		return rc;
	}
	if (a->o.timeout_s > 0)
		rp_ctx_timeout(ctx, a->o.timeout_s * 1000);
	cancel_second = ctx;
	if (wait_cancelled(&now))
		rp_cancel(ctx);
	*ret = ctx;
	return RP_OK;
}

void app_second_free(rp_ctx *ctx)
{
	if (ctx == NULL)
		return;
	cancel_second = NULL;
	rp_ctx_free(ctx);
}

rp_code app_readers(struct app *a, const struct rp_reader **ret, size_t *ret_n, struct rp_error *err)
{
	static struct rp_reader readers[READERS_MAX];
	rp_code rc = rp_readers(a->ctx, readers, READERS_MAX, ret_n, err);

	if (rc == RP_OK)
		*ret = readers;
	return rc;
}

static void name_readers(struct app *a, bool only_cards, char *ret, size_t cap)
{
	const struct rp_reader *readers = NULL;
	size_t n = 0, at = 0;

	ret[0] = '\0';
	if (app_readers(a, &readers, &n, NULL) != RP_OK)
		return;
	for (size_t i = 0; i < n; i++) {
		int len;

		if (only_cards && readers[i].state == RP_READER_EMPTY)
			continue;
		len = snprintf(ret + at, cap - at, "%s'%s'", at > 0 ? ", " : "", readers[i].name);
		if (len < 0 || (size_t)len >= cap - at)
			return;
		at += (size_t)len;
	}
}

rp_code app_look(struct app *a, unsigned what, rp_card **ret, struct rp_card_facts *ret_facts,
		 struct trouble *t)
{
	char names[1024], next[1280];
	rp_code rc = app_ctx(a, t);

	if (rc == RP_OK)
		rc = rp_card_look(a->ctx, a->o.reader, what, ret, ret_facts, &t->err);
	if (rc != RP_E_USAGE && (rc != RP_E_NO_READER || a->o.reader == NULL))
		return rc;
	name_readers(a, a->o.reader == NULL, names, sizeof names);
	if (names[0] == '\0')
		return rc;
	(void)snprintf(next, sizeof next, _("Choose one with --reader: %s."), names);
	if (a->o.reader == NULL)
		return trouble_say(t, rc, next, _("There are cards in several readers."));
	if (rc == RP_E_USAGE)
		return trouble_say(t, rc, next, _("More than one reader's name holds '%s'."), a->o.reader);
	return trouble_say(t, rc, next, _("No reader's name is or holds '%s'."), a->o.reader);
}

void app_card_freep(rp_card **card)
{
	rp_card_close(*card);
	*card = NULL;
}

int64_t app_now_s(void)
{
	return (int64_t)time(NULL);
}

bool app_takes_secrets(const struct app *a)
{
	return a->o.run == cmd_change || a->o.run == cmd_unlock || a->o.run == cmd_resolve ||
	       a->o.run == cmd_reserve || a->o.run == cmd_reset || a->o.run == cmd_helpdesk ||
	       a->o.run == cmd_device;
}

void app_free(struct app *a)
{
	cancel_ctx = NULL;
	/*
	 * A look has let its card go, and the end of the process ends its connection to the service,
	 * sooner than words. But where there was a secret, what held it is wiped.
	 */
	if (app_takes_secrets(a) || a->conf.hicos_key != NULL)
		rp_ctx_free(a->ctx);
	rp_device_key_close(a->key);
	conf_free(&a->conf);
}
