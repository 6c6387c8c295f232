/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *word, *text;
} steps[] = {
	[STEP_IDENTIFY] = {"identify", N_("The card is being looked at.")},
	[STEP_ISSUER] = {"issuer", N_("The card shows itself to its issuer.")},
	[STEP_PROVE] = {"prove", N_("Your entry is being checked by the card.")},
	[STEP_GRANT] = {"grant", N_("The issuer is being asked for its permission.")},
	[STEP_SET] = {"set", N_("The new PIN is being set. Leave the card where it is.")},
	[STEP_SETTLE] = {"settle", N_("The card confirms what was done.")},
};

/* The steps go forwards: one that was said, or that lies behind, is not said again. */
static unsigned next_step;

rp_code steps_check(const struct opts *o, struct trouble *t)
{
	const int flags = o->steps_fd >= 0 ? fcntl(o->steps_fd, F_GETFL) : O_WRONLY;

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY &&
	    (o->steps_fd < 0 || o->steps_fd != o->secrets_fd))
		return RP_OK;
	return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
			   _("The option --%s names a descriptor that cannot be written to."), "steps-fd");
}

void step_tell(const struct app *a, const char *word, const char *text)
{
	struct pollfd to = {.fd = a->o.steps_fd, .events = POLLOUT};
	char line[400];
	int len;

	if (a->o.steps_fd < 0)
		return;
	len = snprintf(line, sizeof line, "%s %s\n", word, text);
	/*
	 * Whoever shows the steps may have gone, or may not read: the job goes on. (A pipe that can
	 * be written to has room for such a line.)
	 */
	if (len > 0 && (size_t)len < sizeof line && poll(&to, 1, 0) == 1 && (to.revents & POLLOUT) != 0)
		(void)!write(a->o.steps_fd, line, (size_t)len);
}

void step_say(const struct app *a, enum step s)
{
	if ((unsigned)s < next_step)
		return;
	next_step = (unsigned)s + 1;
	step_tell(a, steps[s].word, _(steps[s].text));
}
