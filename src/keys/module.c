/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/module.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Every module of the process. Never freed, see the header. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct p11 *list;

/* --- words --- */

#define AGAIN "the next call tries again"
#define MODULE_MISUSE "this module cannot do what Repin needs"

/* Answers about the call, the configuration or this program: a restart of the module changes none. */
#define ANSWERS(X)                                                                                           \
	X(CKR_HOST_MEMORY, "free memory")                                                                    \
	X(CKR_DEVICE_MEMORY, "the token is full: close other sessions or remove objects")                    \
	X(CKR_ARGUMENTS_BAD, MODULE_MISUSE)                                                                  \
	X(CKR_ATTRIBUTE_READ_ONLY, MODULE_MISUSE)                                                            \
	X(CKR_ATTRIBUTE_SENSITIVE, "the key does not leave its token")                                       \
	X(CKR_ATTRIBUTE_TYPE_INVALID, MODULE_MISUSE)                                                         \
	X(CKR_ATTRIBUTE_VALUE_INVALID, MODULE_MISUSE)                                                        \
	X(CKR_TEMPLATE_INCOMPLETE, MODULE_MISUSE)                                                            \
	X(CKR_TEMPLATE_INCONSISTENT, MODULE_MISUSE)                                                          \
	X(CKR_FUNCTION_NOT_SUPPORTED, MODULE_MISUSE)                                                         \
	X(CKR_MECHANISM_INVALID, "the module does not offer this mechanism, or p11-kit is too old to pass "  \
				 "it on to another process")                                                 \
	X(CKR_MECHANISM_PARAM_INVALID, MODULE_MISUSE)                                                        \
	X(CKR_CURVE_NOT_SUPPORTED, "the module does not know Ed25519")                                       \
	X(CKR_DOMAIN_PARAMS_INVALID, "the module does not know Ed25519")                                     \
	X(CKR_BUFFER_TOO_SMALL, MODULE_MISUSE)                                                               \
	X(CKR_DATA_INVALID, MODULE_MISUSE)                                                                   \
	X(CKR_DATA_LEN_RANGE, MODULE_MISUSE)                                                                 \
	X(CKR_ENCRYPTED_DATA_INVALID, "what was to be decrypted is damaged")                                 \
	X(CKR_ENCRYPTED_DATA_LEN_RANGE, "what was to be decrypted is damaged")                               \
	X(CKR_KEY_SIZE_RANGE, "the key on the token has another size than Repin made")                       \
	X(CKR_KEY_TYPE_INCONSISTENT, "the key on the token has another type than Repin made")                \
	X(CKR_KEY_FUNCTION_NOT_PERMITTED, "the key on the token does not permit this use")                   \
	X(CKR_PIN_INCORRECT, "the PIN is wrong and is not tried again: set the right one and start again")   \
	X(CKR_PIN_LOCKED, "the PIN is locked: the security officer sets a new one")                          \
	X(CKR_PIN_EXPIRED, "the PIN has expired: set a new one")                                             \
	X(CKR_PIN_INVALID, "the token takes no such PIN")                                                    \
	X(CKR_PIN_LEN_RANGE, "the PIN is too short or too long for the token")                               \
	X(CKR_USER_PIN_NOT_INITIALIZED, "the token has no PIN yet: initialise it")                           \
	X(CKR_SESSION_COUNT, "the token gives no more sessions: close those of other programs")              \
	X(CKR_TOKEN_WRITE_PROTECTED, "the token is write-protected")

struct answer {
	CK_RV rv;
	const char *word, *remedy;
};

static const struct answer answers[] = {
#define ANSWER_ROW(rv, remedy) {rv, #rv, remedy},
	ANSWERS(ANSWER_ROW)
#undef ANSWER_ROW
};

/* Answers of a token that is gone, with what to look at. Whatever is in neither list counts as gone. */
static const struct answer gone[] = {
	{CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", "the token was taken away: connect it; " AGAIN},
	{CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", "the token is not there: connect it; " AGAIN},
	{CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", "see whether it is the right token; " AGAIN},
	{CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", "see whether the token and its service run; " AGAIN},
	{CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", "see whether the token and its service run; " AGAIN},
	{CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", "see whether the token and its service run; " AGAIN},
	{CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", "the token has changed its place; " AGAIN},
	{CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", "the token has forgotten us; " AGAIN},
	{CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", "the token has forgotten us; " AGAIN},
	{CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", "the token has forgotten us; " AGAIN},
	{CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", "the token has forgotten us; " AGAIN},
	{CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", "the token has forgotten us; " AGAIN},
	{CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", AGAIN},
};

static const struct answer *row_of(const struct answer *rows, size_t n, CK_RV rv)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].rv == rv)
			return &rows[i];
	return NULL;
}

bool p11_is_gone(CK_RV rv)
{
	return rv != CKR_OK && row_of(answers, sizeof answers / sizeof answers[0], rv) == NULL;
}

rp_code p11_fail(struct rp_error *err, CK_RV rv, const char *fmt, ...)
{
	const rp_code code = rv == CKR_HOST_MEMORY ? RP_E_NO_MEMORY : RP_E_TOKEN;
	const struct answer *a = row_of(answers, sizeof answers / sizeof answers[0], rv);
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap); /* a long one ends early, and that is fine */
	va_end(ap);
	if (a == NULL)
		a = row_of(gone, sizeof gone / sizeof gone[0], rv);
	if (a == NULL)
		return rp_fail(err, code, "%s: PKCS#11 answer 0x%lX (see the module's papers; " AGAIN ")",
			       what, rv);
	return rp_fail(err, code, "%s: %s (%s)", what, a->word, a->remedy);
}

void *p11_loose(const void *p)
{
	return (void *)(uintptr_t)p;
}

/* --- start and end --- */

static CK_RV initialise(struct p11 *p)
{
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_RV rv = p->fn->C_Initialize(&args);

	if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
		p->ours = false;
		rv = CKR_OK;
	} else if (rv == CKR_OK) {
		p->ours = true;
	}
	p->up = rv == CKR_OK;
	if (p->up)
		p->starts++;
	return rv;
}

CK_RV p11_restart(struct p11 *p)
{
	if (p->up)
		(void)p->fn->C_Finalize(NULL); /* it has failed before; what counts is the new start */
	p->up = false;
	return initialise(p);
}

/*
 * A module whose token is in another process (p11-kit-client.so) writes into a socket that may have
 * been closed, and the signal for that would end us. A handler that the program has set stays.
 */
static void survive_broken_pipes(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

static rp_code load_functions(struct p11 *p, struct rp_error *err)
{
	void *library = dlopen(p->path, RTLD_NOW | RTLD_LOCAL), *symbol;
	CK_C_GetFunctionList get;
	CK_RV rv;

	if (library == NULL)
		return rp_fail(err, RP_E_TOKEN,
			       "the PKCS#11 module cannot be loaded: install it (softhsm2), or set the path "
			       "of another: %s",
			       dlerror());
	symbol = dlsym(library, "C_GetFunctionList");
	if (symbol == NULL)
		return rp_fail(err, RP_E_TOKEN, "%s is no PKCS#11 module: set the path of one", p->path);
	memcpy(&get, &symbol, sizeof get); /* C has no cast from data to code */
	rv = get(&p->fn);
	if (rv != CKR_OK || p->fn == NULL)
		return p11_fail(err, rv, "the PKCS#11 module %s gives no functions", p->path);
	return RP_OK;
}

/*
 * p11-kit-client.so of p11-kit 0.24.1 serves its calls one after the other on one socket, and when
 * that breaks, it leaves those threads asleep for ever that wait for the answers to theirs. (Seen
 * with four threads and a server that was killed, about one time in ten.) One in it at a time loses nothing.
 */
static bool breaks_under_threads(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strncmp(slash != NULL ? slash + 1 : path, "p11-kit-client", strlen("p11-kit-client")) == 0;
}

static void p11_free(struct p11 **p)
{
	if (*p == NULL)
		return;
	(void)pthread_rwlock_destroy(&(*p)->use);
	free((*p)->path);
	free(*p);
}

static rp_code new_module(const char *path, struct p11 **ret, struct rp_error *err)
{
	RP_AUTO(p11_free) struct p11 *p = calloc(1, sizeof *p);
	pthread_rwlockattr_t attr;
	rp_code rc;

	if (p == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a PKCS#11 module");
	/* Who restarts the module waits for those inside, and they must not be followed by others. */
	(void)pthread_rwlockattr_init(&attr);
	(void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&p->use, &attr);
	(void)pthread_rwlockattr_destroy(&attr);
	p->one_at_a_time = breaks_under_threads(path);
	p->path = strdup(path);
	if (p->path == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a PKCS#11 module");
	rc = load_functions(p, err);
	if (rc != RP_OK)
		return rc;
	survive_broken_pipes();
	p->next = list;
	list = *ret = p;
	p = NULL;
	return RP_OK;
}

/* The list's lock is held. */
static rp_code find_or_load(const char *path, struct p11 **ret, struct rp_error *err)
{
	for (struct p11 *p = list; p != NULL; p = p->next)
		if (strcmp(p->path, path) == 0) {
			*ret = p;
			return RP_OK;
		}
	return new_module(path, ret, err);
}

rp_code p11_load(const char *path, struct p11 **ret, struct rp_error *err)
{
	struct p11 *p = NULL;
	CK_RV rv = CKR_OK;
	rp_code rc;

	if (path == NULL || path[0] == '\0')
		return rp_fail(err, RP_E_TOKEN, "no PKCS#11 module is set: set the path of one");
	(void)pthread_mutex_lock(&list_lock);
	rc = find_or_load(path, &p, err);
	if (rc == RP_OK && p->users == 0)
		rv = initialise(p);
	if (rc == RP_OK && rv == CKR_OK) {
		p->users++;
		*ret = p;
	}
	(void)pthread_mutex_unlock(&list_lock);
	return rv == CKR_OK ? rc : p11_fail(err, rv, "the PKCS#11 module %s does not start", path);
}

void p11_drop(struct p11 *p)
{
	if (p == NULL)
		return;
	(void)pthread_mutex_lock(&list_lock);
	if (--p->users == 0) {
		if (p->up && p->ours)
			(void)p->fn->C_Finalize(NULL); /* nothing is left that could be told */
		p->up = false;
	}
	(void)pthread_mutex_unlock(&list_lock);
}

static struct timespec deadline(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += P11_WAIT_S;
	return t;
}

bool p11_enter(struct p11 *p)
{
	const struct timespec end = deadline();

	if (p->one_at_a_time)
		return p11_enter_alone(p);
	return pthread_rwlock_clockrdlock(&p->use, CLOCK_MONOTONIC, &end) == 0;
}

bool p11_enter_alone(struct p11 *p)
{
	const struct timespec end = deadline();

	return pthread_rwlock_clockwrlock(&p->use, CLOCK_MONOTONIC, &end) == 0;
}

void p11_leave(struct p11 *p)
{
	(void)pthread_rwlock_unlock(&p->use);
}
