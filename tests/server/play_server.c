/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses over a domain that grants everything, on a port of loopback, until standard input ends.
 * For test_openapi.py, which holds the answers of success against docs/openapi.yaml.
 */
#include "server/server.h"
#include "support/play_domain.h"

#include <stdio.h>
#include <unistd.h>

int main(void)
{
	const struct server_conf c = {.api.listen = "127.0.0.1:0", .metrics.listen = "127.0.0.1:0"};
	struct rp_error err = RP_ERROR_INIT;
	server *s = NULL;
	char byte;

	if (server_start(&c, play_domain(), &s, &err) != RP_OK) {
		(void)fprintf(stderr, "%s\n", err.story);
		return 1;
	}
	(void)printf("http://127.0.0.1:%u\n", server_port(s));
	(void)fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		continue;
	server_stop(s);
	return 0;
}
