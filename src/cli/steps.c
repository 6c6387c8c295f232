/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

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

void step_say(const struct app *a, enum step s)
{
	char line[400];

	if (a->o.steps_fd < 0)
		return;
	(void)snprintf(line, sizeof line, "%s %s\n", steps[s].word, _(steps[s].text));
	/* Whoever shows the steps may have gone; the job goes on. */
	(void)!write(a->o.steps_fd, line, strlen(line));
}
