/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/log.h"

#include <malloc.h>
#include <unistd.h>

static rp_code check_memory(struct app *a, struct trouble *t)
{
	rp_code rc = RP_OK;

	/* A look does not pay for the question. */
	if (app_takes_secrets(a) || a->o.run == cmd_doctor)
		rc = rp_secret_start(&a->memory_locked, &t->err);
	/* Only where something is at stake; for the other commands doctor tells it. */
	if (rc == RP_OK && app_takes_secrets(a) && !a->memory_locked && !a->o.json)
		out_parf(OUT_ERROR, 0, "repin: %s",
			 _("Memory could not be locked against being written to disk (ulimit -l). 'repin "
			   "doctor' tells more."));
	return rc;
}

/* On a terminal the priorities of base/log are noise. */
static void verbose_line(void *arg, enum log_level level, const char *line)
{
	(void)arg;
	(void)level;
	out_text(OUT_ERROR, line);
	out_gap(OUT_ERROR);
}

static rp_code run(struct app *a, int argc, char **argv, struct trouble *t)
{
	bool ascii = false, lang_known;
	rp_code rc = rp_secret_start(NULL, &t->err), lang_rc;

	lang_rc = i18n_start(opts_wants_lang(argc, argv), &ascii, t);
	lang_known = lang_rc == RP_OK;
	a->o.json = opts_wants_json(argc, argv);
	out_start(ascii, a->o.json);
	if (rc == RP_OK && lang_known)
		rc = opts_parse(argc, argv, &a->o, t);
	if (rc != RP_OK || !lang_known)
		return rc != RP_OK ? rc : lang_rc;
	if (a->o.help) {
		opts_help(&a->o);
		return RP_OK;
	}
	if (a->o.version) {
		out_parf(OUT_RESULT, 0, "repin %s", rp_version());
		return RP_OK;
	}
	if (a->o.pages)
		words_are_for_pages();
	if (a->o.verbose)
		log_to(verbose_line, NULL, LOG_LVL_DEBUG);
	rc = app_catch_signals(a, t);
	if (rc != RP_OK)
		return rc;
	rc = check_memory(a, t);
	return rc == RP_OK ? a->o.run(a, t) : rc;
}

int main(int argc, char **argv)
{
	static struct app a = {.o.secrets_fd = -1, .o.steps_fd = -1, .o.response_fd = -1, .cancel_fd = -1};
	static struct trouble t;
	rp_code rc;

	trouble_start(&t);
	/* One more heap for the card service's thread would cost more time than its few allocations. */
	(void)mallopt(M_ARENA_MAX, 1);
	rc = run(&a, argc, argv, &t);
	app_free(&a);
	if (rc != RP_OK) {
		t.err.code = rc;
		if (!t.shown)
			trouble_show(&t, a.o.json);
	} else if (!out_good()) {
		t.err.code = rc = RP_E_FAULT;
		out_parf(OUT_ERROR, 0, "repin: %s", _("The answer could not be written to standard output."));
	}
	/*
	 * Of the outcomes with these two, some have left a thread behind inside the card service's library:
	 * that is not taken down under it. (All words are out: nothing here waits in a buffer.)
	 */
	if (rp_code_exit(rc) == 7 || rp_code_exit(rc) == 10)
		_exit(rp_code_exit(rc));
	return rp_code_exit(rc);
}
