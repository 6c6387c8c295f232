/* SPDX-License-Identifier: Apache-2.0 */
/* repind: the issuer's server. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/repind.h"

static int say_error(const struct rp_error *err)
{
	(void)fprintf(stderr, "repind: %s\n", err->story[0] != '\0' ? err->story : rp_code_text(err->code));
	if (err->code == RP_E_USAGE)
		(void)fprintf(stderr, "repind: see 'repind --help'\n");
	return rp_code_exit(err->code);
}

static rp_code run(struct app *a, struct rp_error *err)
{
	const char *fd = a->args.value[OPT_SECRETS_FD];
	rp_code rc = rp_secret_start(NULL, err);

	/* Read and closed before anything else is opened. */
	if (rc == RP_OK && fd != NULL)
		rc = secrets_read(fd, &a->secrets, err);
	return rc == RP_OK ? a->args.command->run(a, err) : rc;
}

int main(int argc, char **argv)
{
	struct rp_error err = RP_ERROR_INIT;
	struct app a = {0};
	enum log_level usual;
	rp_code rc;

	(void)setlocale(LC_CTYPE, "");
	(void)signal(SIGPIPE, SIG_IGN);
	rc = args_parse(argc, argv, &a.args, &err);
	if (rc != RP_OK)
		return say_error(&err);
	if (a.args.value[OPT_VERSION] != NULL) {
		(void)printf("repind %s\n", REPIN_VERSION);
		return 0;
	}
	if (a.args.value[OPT_HELP] != NULL) {
		args_help(a.args.command);
		return 0;
	}
	/* Who types a command gets an answer; what is worth a warning each time, serve and doctor say. */
	usual = a.args.command->run == cmd_serve ? LOG_LVL_WARN : LOG_LVL_ERR;
	log_to_stderr(a.args.value[OPT_VERBOSE] != NULL ? LOG_LVL_DEBUG : usual);
	rc = run(&a, &err);
	app_close(&a);
	if (rc == RP_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
		rc = rp_fail(&err, RP_E_FAULT, "standard output cannot be written");
	return rc == RP_OK ? 0 : say_error(&err);
}
