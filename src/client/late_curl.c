/* SPDX-License-Identifier: Apache-2.0 */
#include "client/late_curl.h"

#include "base/log.h"
#include "base/secret.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct late_curl the_functions;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void wiping_free(void *p)
{
	if (p == NULL)
		return;
	rp_wipe(p, malloc_usable_size(p));
	free(p);
}

/* The C library's own would leave the old bytes where they were. */
static void *wiping_realloc(void *p, size_t size)
{
	const size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *wider = malloc(size > 0 ? size : 1);

	if (wider == NULL)
		return NULL;
	if (p != NULL)
		memcpy(wider, p, had < size ? had : size); /* checked: the smaller of both */
	wiping_free(p);
	return wider;
}

/* A pointer to data becomes a pointer to a function as POSIX's dlsym wants it: by its bytes. */
static bool find(void *lib, const char *name, void *ret, size_t size)
{
	void *p = dlsym(lib, name);

	memcpy(ret, &p, size); /* checked: both are pointers of the same size */
	return p != NULL;
}

static void load(void)
{
	void *lib = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
	bool good = lib != NULL;

#define LATE_FIND(name) good = good && find(lib, #name, &the_functions.name, sizeof the_functions.name);
	LATE_CURL(LATE_FIND)
#undef LATE_FIND
	if (!good)
		log_event(LOG_LVL_WARN, "curl.missing", "reason=\"%s\"",
			  lib == NULL ? dlerror() : "a function is missing");
	loaded = good && the_functions.curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
							    wiping_realloc, strdup, calloc) == CURLE_OK;
}

const struct late_curl *late_curl(void)
{
	(void)pthread_once(&once, load);
	return loaded ? &the_functions : NULL;
}
