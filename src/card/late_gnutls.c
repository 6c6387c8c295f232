/* SPDX-License-Identifier: Apache-2.0 */
#include "card/late_gnutls.h"

#include "base/log.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

static struct late_gnutls the_functions;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A pointer to data becomes a pointer to a function as POSIX's dlsym wants it: by its bytes. */
static bool find(void *lib, const char *name, void *ret, size_t size)
{
	void *p = dlsym(lib, name);

	memcpy(ret, &p, size); /* checked: both are pointers of the same size */
	return p != NULL;
}

static void load(void)
{
	void *lib = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_LOCAL);
	bool good = lib != NULL;

#define LATE_FIND(name) good = good && find(lib, #name, &the_functions.name, sizeof the_functions.name);
	LATE_GNUTLS(LATE_FIND)
#undef LATE_FIND
	good = good && find(lib, "gnutls_free", &the_functions.free, sizeof the_functions.free);
	if (!good)
		log_event(LOG_LVL_WARN, "gnutls.missing", "reason=\"%s\"",
			  lib == NULL ? dlerror() : "a function is missing");
	loaded = good;
}

const struct late_gnutls *late_gnutls(void)
{
	(void)pthread_once(&once, load);
	return loaded ? &the_functions : NULL;
}
