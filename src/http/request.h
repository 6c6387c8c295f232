/* SPDX-License-Identifier: Apache-2.0 */
/* What libmicrohttpd calls; for daemon.c alone. `arg` is the http. */
#ifndef REPIN_HTTP_REQUEST_H
#define REPIN_HTTP_REQUEST_H

#include <stdint.h>
#include <microhttpd.h>

void *request_begin(void *arg, const char *uri, struct MHD_Connection *c);
enum MHD_Result request_handle(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			       const char *version, const char *upload, size_t *upload_len, void **req);
void request_end(void *arg, struct MHD_Connection *c, void **req, enum MHD_RequestTerminationCode why);
void request_connection(void *arg, struct MHD_Connection *c, void **conn,
			enum MHD_ConnectionNotificationCode what);

#endif
