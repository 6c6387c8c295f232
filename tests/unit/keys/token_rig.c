/* SPDX-License-Identifier: Apache-2.0 */
#include "token_rig.h"

#include <dlfcn.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void rig_begin(struct rig *r)
{
	char path[128];
	FILE *conf;

	(void)snprintf(r->folder, sizeof r->folder, "%s", "/tmp/repin-keys-XXXXXX");
	assert_non_null(mkdtemp(r->folder));
	(void)snprintf(path, sizeof path, "%s/tokens", r->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/softhsm2.conf", r->folder);
	conf = fopen(path, "w");
	assert_non_null(conf);
	(void)fprintf(conf,
		      "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
		      r->folder);
	assert_int_equal(fclose(conf), 0);
	assert_int_equal(setenv("SOFTHSM2_CONF", path, 1), 0);
	assert_int_equal(rp_secret_from(RIG_PIN, strlen(RIG_PIN), &r->pin, NULL), RP_OK);
	assert_int_equal(rp_secret_from(RIG_SO_PIN, strlen(RIG_SO_PIN), &r->so_pin, NULL), RP_OK);
}

void rig_end(struct rig *r)
{
	rp_secret_free(r->pin);
	rp_secret_free(r->so_pin);
	(void)nftw(r->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct keys_conf rig_conf(const struct rig *r, const char *module, const char *label)
{
	return (struct keys_conf){.module = module, .token = label, .pin = r->pin};
}

void rig_token(struct rig *r, const char *label)
{
	const struct keys_conf c = rig_conf(r, SOFTHSM, label);
	struct rp_error err = RP_ERROR_INIT;

	if (keys_make_token(&c, r->so_pin, &err) != RP_OK)
		fail_msg("making token %s: %s", label, err.story);
}

keys *rig_open(const struct rig *r, const char *module, const char *label)
{
	const struct keys_conf c = rig_conf(r, module, label);
	struct rp_error err = RP_ERROR_INIT;
	keys *k = NULL;

	if (keys_open(&c, &k, &err) != RP_OK)
		fail_msg("opening token %s: %s", label, err.story);
	return k;
}

/* --- raw --- */

static CK_SLOT_ID slot_of(CK_FUNCTION_LIST *fn, const char *label)
{
	CK_SLOT_ID slots[32];
	CK_ULONG n = 0;

	assert_int_equal(fn->C_GetSlotList(CK_TRUE, NULL, &n), CKR_OK);
	assert_true(n <= 32);
	n = 32;
	assert_int_equal(fn->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		assert_int_equal(fn->C_GetTokenInfo(slots[i], &info), CKR_OK);
		if (memcmp(info.label, label, strlen(label)) == 0 && info.label[strlen(label)] == ' ')
			return slots[i];
	}
	fail_msg("no token %s", label);
	return 0;
}

struct raw raw_begin(const char *label)
{
	struct raw w = {NULL, 0};
	void *library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL), *symbol;
	CK_C_GetFunctionList get;
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};

	assert_non_null(library);
	symbol = dlsym(library, "C_GetFunctionList");
	assert_non_null(symbol);
	memcpy(&get, &symbol, sizeof get);
	assert_int_equal(get(&w.fn), CKR_OK);
	assert_int_equal(w.fn->C_Initialize(&args), CKR_OK);
	assert_int_equal(w.fn->C_OpenSession(slot_of(w.fn, label), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
					     NULL, &w.session),
			 CKR_OK);
	assert_int_equal(w.fn->C_Login(w.session, CKU_USER, (CK_UTF8CHAR[]){RIG_PIN}, strlen(RIG_PIN)),
			 CKR_OK);
	return w;
}

void raw_end(struct raw *w)
{
	assert_int_equal(w->fn->C_Finalize(NULL), CKR_OK);
}

unsigned raw_destroy(struct raw *w, const char *name)
{
	char text[64];
	CK_ATTRIBUTE want = {CKA_LABEL, text, strlen(name)};
	CK_OBJECT_HANDLE found[8];
	CK_ULONG n = 0;

	(void)snprintf(text, sizeof text, "%s", name);
	assert_int_equal(w->fn->C_FindObjectsInit(w->session, &want, 1), CKR_OK);
	assert_int_equal(w->fn->C_FindObjects(w->session, found, 8, &n), CKR_OK);
	assert_int_equal(w->fn->C_FindObjectsFinal(w->session), CKR_OK);
	for (CK_ULONG i = 0; i < n; i++)
		assert_int_equal(w->fn->C_DestroyObject(w->session, found[i]), CKR_OK);
	return (unsigned)n;
}

bool raw_flag(struct raw *w, CK_OBJECT_CLASS class, const char *name, CK_ATTRIBUTE_TYPE type)
{
	char text[64];
	CK_ATTRIBUTE want[] = {{CKA_LABEL, text, strlen(name)}, {CKA_CLASS, &class, sizeof class}};
	CK_BBOOL v = CK_FALSE;
	CK_ATTRIBUTE flag = {type, &v, sizeof v};
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n = 0;

	(void)snprintf(text, sizeof text, "%s", name);
	assert_int_equal(w->fn->C_FindObjectsInit(w->session, want, 2), CKR_OK);
	assert_int_equal(w->fn->C_FindObjects(w->session, found, 2, &n), CKR_OK);
	assert_int_equal(w->fn->C_FindObjectsFinal(w->session), CKR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(w->fn->C_GetAttributeValue(w->session, found[0], &flag, 1), CKR_OK);
	return v;
}

void raw_import(struct raw *w, const char *name, CK_KEY_TYPE type, const void *value, size_t len, bool derive,
		bool extractable)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_BBOOL yes = CK_TRUE, derives = derive, leaves = extractable, stays = !extractable;
	CK_OBJECT_HANDLE key = 0;
	uint8_t bytes[64];
	char text[64];
	CK_ATTRIBUTE a[] = {{CKA_CLASS, &class, sizeof class},
			    {CKA_KEY_TYPE, &type, sizeof type},
			    {CKA_VALUE, bytes, len},
			    {CKA_LABEL, text, strlen(name)},
			    {CKA_TOKEN, &yes, sizeof yes},
			    {CKA_PRIVATE, &yes, sizeof yes},
			    {CKA_SENSITIVE, &stays, sizeof stays},
			    {CKA_EXTRACTABLE, &leaves, sizeof leaves},
			    {CKA_DERIVE, &derives, sizeof derives},
			    {CKA_SIGN, &yes, sizeof yes}};

	assert_true(len <= sizeof bytes);
	memcpy(bytes, value, len);
	(void)snprintf(text, sizeof text, "%s", name);
	assert_int_equal(w->fn->C_CreateObject(w->session, a, sizeof a / sizeof a[0], &key), CKR_OK);
}

/* --- the module that fails when told to --- */

static void take(void *library, const char *name, void *ret, size_t len)
{
	void *symbol = dlsym(library, name);

	if (symbol == NULL)
		fail_msg("no %s in " FAIL_MODULE, name);
	memcpy(ret, &symbol, len);
}

struct fail_controls fail_controls(void)
{
	struct fail_controls c;
	void *library = dlopen(FAIL_MODULE, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		fail_msg("%s", dlerror());
	take(library, "fail_next", &c.next, sizeof c.next);
	take(library, "fail_sessions", &c.sessions, sizeof c.sessions);
	take(library, "fail_session_peak", &c.session_peak, sizeof c.session_peak);
	take(library, "fail_objects", &c.objects, sizeof c.objects);
	take(library, "fail_starts", &c.starts, sizeof c.starts);
	take(library, "fail_misuses", &c.misuses, sizeof c.misuses);
	take(library, "fail_calls", &c.calls, sizeof c.calls);
	take(library, "fail_session_limit", &c.session_limit, sizeof c.session_limit);
	take(library, "fail_delay", &c.delay, sizeof c.delay);
	take(library, "fail_made", &c.made, sizeof c.made);
	return c;
}
