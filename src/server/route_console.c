/* SPDX-License-Identifier: Apache-2.0 */
/* What operators read: lists of people, of things, and of what waits. */
#include "issuer/lists.h"
#include "server/routes.h"

#include <stdlib.h>

void route_console(void *arg, const struct http_request *r, struct http_answer *ret)
{
	struct rp_error err = RP_ERROR_INIT;
	struct server *s = arg;
	struct asker_is who;
	char *text = NULL;

	asker_of(r, &who);
	if (issuer_console(s->issuer, &who.peer, r->arg, &text, &err) != RP_OK)
		http_problem(ret, &err);
	else
		http_text(ret, 200, "application/json", text);
	free(text);
}
