/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl (its GnuTLS build), loaded when an issuer is first asked: with the twenty libraries that it brings
 * it costs more time than a whole look at a card, and most runs ask nobody. Its interface number
 * (libcurl-gnutls.so.4) is part of its promise to callers.
 */
#ifndef REPIN_CLIENT_LATE_CURL_H
#define REPIN_CLIENT_LATE_CURL_H

#define CURL_DISABLE_TYPECHECK /* its macros would be in the way of calls through pointers */
#include <curl/curl.h>

#define LATE_CURL(X)                                                                                         \
	X(curl_global_init_mem)                                                                              \
	X(curl_easy_init)                                                                                    \
	X(curl_easy_cleanup)                                                                                 \
	X(curl_easy_setopt)                                                                                  \
	X(curl_easy_getinfo)                                                                                 \
	X(curl_easy_reset)                                                                                   \
	X(curl_easy_strerror)                                                                                \
	X(curl_slist_append)                                                                                 \
	X(curl_slist_free_all)                                                                               \
	X(curl_multi_init)                                                                                   \
	X(curl_multi_cleanup)                                                                                \
	X(curl_multi_add_handle)                                                                             \
	X(curl_multi_remove_handle)                                                                          \
	X(curl_multi_perform)                                                                                \
	X(curl_multi_poll)                                                                                   \
	X(curl_multi_info_read)

struct late_curl {
#define LATE_FIELD(name) __typeof__(&name) name;
	LATE_CURL(LATE_FIELD)
#undef LATE_FIELD
};

/*
 * The functions, or NULL when the library cannot be loaded. Loaded once; safe from any thread. What libcurl
 * allocates is wiped when it is freed: bodies with user codes pass through its buffers.
 */
const struct late_curl *late_curl(void);

#endif
