/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoftHSM behind a face that answers what a test wants, once and when it wants, and that counts
 * sessions and calls. Everything else is SoftHSM's own answer.
 */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

void fail_next(const char *function, CK_RV rv, unsigned after, unsigned times);
long fail_sessions(void);
long fail_session_peak(void);
long fail_objects(void);
unsigned long fail_starts(void);
unsigned long fail_misuses(void);
unsigned long fail_calls(const char *function);
void fail_session_limit(long n);
int fail_made(CK_ATTRIBUTE_TYPE type);
void fail_delay(unsigned ms);

static CK_FUNCTION_LIST face, *real;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	const char *function; /* the test's literal; NULL: none */
	CK_RV rv;
	unsigned after, times;
} planned;
static long sessions, peak, inside, session_limit;
static CK_SLOT_ID last_slot;
static unsigned long delay_ms;
static unsigned long starts, misuses;
static bool finalizing;
static struct {
	const char *name;
	unsigned long n;
} counted[64];

void fail_next(const char *function, CK_RV rv, unsigned after, unsigned times)
{
	(void)pthread_mutex_lock(&lock);
	planned.function = function;
	planned.rv = rv;
	planned.after = after;
	planned.times = times;
	(void)pthread_mutex_unlock(&lock);
}

void fail_delay(unsigned ms)
{
	(void)pthread_mutex_lock(&lock);
	delay_ms = ms;
	(void)pthread_mutex_unlock(&lock);
}

static unsigned long read_long(const void *p)
{
	unsigned long v;

	(void)pthread_mutex_lock(&lock);
	memcpy(&v, p, sizeof v);
	(void)pthread_mutex_unlock(&lock);
	return v;
}

long fail_sessions(void)
{
	return (long)read_long(&sessions);
}

long fail_session_peak(void)
{
	return (long)read_long(&peak);
}

/* What SoftHSM itself finds, without our counting. */
long fail_objects(void)
{
	CK_BBOOL no = CK_FALSE;
	CK_ATTRIBUTE want = {CKA_TOKEN, &no, sizeof no};
	CK_OBJECT_HANDLE found[256];
	CK_SESSION_HANDLE s;
	CK_ULONG n = 0;

	if (real->C_OpenSession(last_slot, CKF_SERIAL_SESSION, NULL, NULL, &s) != CKR_OK)
		return -1;
	if (real->C_FindObjectsInit(s, &want, 1) != CKR_OK ||
	    real->C_FindObjects(s, found, 256, &n) != CKR_OK)
		n = (CK_ULONG)-1;
	(void)real->C_FindObjectsFinal(s);
	(void)real->C_CloseSession(s);
	return (long)n;
}

unsigned long fail_starts(void)
{
	return read_long(&starts);
}

unsigned long fail_misuses(void)
{
	return read_long(&misuses);
}

void fail_session_limit(long n)
{
	(void)pthread_mutex_lock(&lock);
	session_limit = n;
	(void)pthread_mutex_unlock(&lock);
}

static unsigned long *count_of(const char *function)
{
	size_t i = 0;

	while (i < 63 && counted[i].name != NULL && strcmp(counted[i].name, function) != 0)
		i++;
	counted[i].name = function;
	return &counted[i].n;
}

unsigned long fail_calls(const char *function)
{
	unsigned long n;

	(void)pthread_mutex_lock(&lock);
	n = *count_of(function);
	(void)pthread_mutex_unlock(&lock);
	return n;
}

/* What is planned for this call; CKR_OK: it goes to SoftHSM. */
static CK_RV enter(const char *function)
{
	CK_RV rv = CKR_OK;

	(void)pthread_mutex_lock(&lock);
	if (finalizing)
		misuses++;
	inside++;
	++*count_of(function);
	if (planned.times > 0 && strcmp(planned.function, function) == 0) {
		if (planned.after > 0) {
			planned.after--;
		} else {
			planned.times--;
			rv = planned.rv;
		}
	}
	(void)pthread_mutex_unlock(&lock);
	return rv;
}

/* `what` changes by `by` when the call went well. */
static CK_RV leave(CK_RV rv, long *what, long by)
{
	(void)pthread_mutex_lock(&lock);
	inside--;
	if (rv == CKR_OK && what != NULL)
		*what += by;
	if (sessions > peak)
		peak = sessions;
	if (rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_OBJECT_HANDLE_INVALID ||
	    rv == CKR_KEY_HANDLE_INVALID)
		misuses++;
	(void)pthread_mutex_unlock(&lock);
	return rv;
}

/* A planned answer is no misuse of ours. */
static CK_RV leave_planned(CK_RV rv)
{
	if (rv != CKR_OK)
		(void)usleep((unsigned)read_long(&delay_ms) * 1000);
	(void)pthread_mutex_lock(&lock);
	inside--;
	(void)pthread_mutex_unlock(&lock);
	return rv;
}

static const CK_ATTRIBUTE_TYPE looked_at[] = {CKA_TOKEN,   CKA_PRIVATE, CKA_SENSITIVE, CKA_EXTRACTABLE,
					      CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN,      CKA_VERIFY,
					      CKA_WRAP,	   CKA_UNWRAP,	CKA_DERIVE};
#define N_LOOKED_AT (sizeof looked_at / sizeof looked_at[0])
static int seen[N_LOOKED_AT];

int fail_made(CK_ATTRIBUTE_TYPE type)
{
	int v = -1;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < N_LOOKED_AT; i++)
		if (looked_at[i] == type)
			v = seen[i];
	(void)pthread_mutex_unlock(&lock);
	return v;
}

/* What the token says of an object that was just made. NULL, for the macro's sake. */
static long *look_at(CK_SESSION_HANDLE session, const CK_OBJECT_HANDLE *object)
{
	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < N_LOOKED_AT; i++) {
		CK_BBOOL v = CK_FALSE;
		CK_ATTRIBUTE a = {looked_at[i], &v, sizeof v};

		seen[i] = real->C_GetAttributeValue(session, *object, &a, 1) == CKR_OK ? v : -1;
	}
	(void)pthread_mutex_unlock(&lock);
	return NULL;
}

#define FACE(name, parameters, arguments, what, by)                                                          \
	static CK_RV face_##name parameters                                                                  \
	{                                                                                                    \
		CK_RV rv = enter(#name);                                                                     \
		long *counter;                                                                               \
                                                                                                             \
		if (rv != CKR_OK)                                                                            \
			return leave_planned(rv);                                                            \
		rv = real->name arguments;                                                                   \
		counter = rv == CKR_OK ? what : NULL;                                                        \
		return leave(rv, counter, by);                                                               \
	}

FACE(C_CloseSession, (CK_SESSION_HANDLE s), (s), &sessions, -1)
FACE(C_Login, (CK_SESSION_HANDLE s, CK_USER_TYPE u, CK_UTF8CHAR_PTR p, CK_ULONG n), (s, u, p, n), NULL, 0)
FACE(C_GetSlotList, (CK_BBOOL t, CK_SLOT_ID_PTR l, CK_ULONG_PTR n), (t, l, n), NULL, 0)
FACE(C_GetTokenInfo, (CK_SLOT_ID s, CK_TOKEN_INFO_PTR i), (s, i), NULL, 0)
FACE(C_FindObjectsInit, (CK_SESSION_HANDLE s, CK_ATTRIBUTE_PTR a, CK_ULONG n), (s, a, n), NULL, 0)
FACE(C_FindObjects, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE_PTR o, CK_ULONG m, CK_ULONG_PTR n), (s, o, m, n),
     NULL, 0)
FACE(C_GetAttributeValue, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o, CK_ATTRIBUTE_PTR a, CK_ULONG n),
     (s, o, a, n), NULL, 0)
FACE(C_DeriveKey,
     (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE b, CK_ATTRIBUTE_PTR a, CK_ULONG n,
      CK_OBJECT_HANDLE_PTR k),
     (s, m, b, a, n, k), look_at(s, k), 0)
FACE(C_CreateObject, (CK_SESSION_HANDLE s, CK_ATTRIBUTE_PTR a, CK_ULONG n, CK_OBJECT_HANDLE_PTR o),
     (s, a, n, o), look_at(s, o), 0)
FACE(C_DestroyObject, (CK_SESSION_HANDLE s, CK_OBJECT_HANDLE o), (s, o), NULL, 0)
FACE(C_SignInit, (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE k), (s, m, k), NULL, 0)
FACE(C_Sign, (CK_SESSION_HANDLE s, CK_BYTE_PTR d, CK_ULONG n, CK_BYTE_PTR o, CK_ULONG_PTR l), (s, d, n, o, l),
     NULL, 0)
FACE(C_SignUpdate, (CK_SESSION_HANDLE s, CK_BYTE_PTR d, CK_ULONG n), (s, d, n), NULL, 0)
FACE(C_SignFinal, (CK_SESSION_HANDLE s, CK_BYTE_PTR o, CK_ULONG_PTR l), (s, o, l), NULL, 0)
FACE(C_EncryptInit, (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE k), (s, m, k), NULL, 0)
FACE(C_Encrypt, (CK_SESSION_HANDLE s, CK_BYTE_PTR d, CK_ULONG n, CK_BYTE_PTR o, CK_ULONG_PTR l),
     (s, d, n, o, l), NULL, 0)
FACE(C_DecryptInit, (CK_SESSION_HANDLE s, CK_MECHANISM_PTR m, CK_OBJECT_HANDLE k), (s, m, k), NULL, 0)
FACE(C_Decrypt, (CK_SESSION_HANDLE s, CK_BYTE_PTR d, CK_ULONG n, CK_BYTE_PTR o, CK_ULONG_PTR l),
     (s, d, n, o, l), NULL, 0)

static CK_RV face_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *app, CK_NOTIFY notify,
				CK_SESSION_HANDLE_PTR ret)
{
	CK_RV rv = enter("C_OpenSession");
	const long limit = (long)read_long(&session_limit);

	last_slot = slot;
	if (rv == CKR_OK && limit > 0 && fail_sessions() >= limit)
		rv = CKR_SESSION_COUNT;
	return rv != CKR_OK ? leave_planned(rv)
			    : leave(real->C_OpenSession(slot, flags, app, notify, ret), &sessions, 1);
}

static CK_RV face_C_Initialize(void *args)
{
	CK_RV rv = enter("C_Initialize");

	if (rv != CKR_OK)
		return leave_planned(rv);
	rv = real->C_Initialize(args);
	(void)pthread_mutex_lock(&lock);
	starts += rv == CKR_OK;
	(void)pthread_mutex_unlock(&lock);
	return leave_planned(rv);
}

static CK_RV face_C_Finalize(void *reserved)
{
	CK_RV rv;

	(void)pthread_mutex_lock(&lock);
	misuses += inside > 0;
	finalizing = true;
	(void)pthread_mutex_unlock(&lock);
	rv = real->C_Finalize(reserved);
	(void)pthread_mutex_lock(&lock);
	finalizing = false;
	sessions = 0; /* they end with it */
	(void)pthread_mutex_unlock(&lock);
	return rv;
}

static void put_faces(void)
{
	face = *real;
	face.C_Initialize = face_C_Initialize;
	face.C_Finalize = face_C_Finalize;
	face.C_OpenSession = face_C_OpenSession;
	face.C_CloseSession = face_C_CloseSession;
	face.C_Login = face_C_Login;
	face.C_GetSlotList = face_C_GetSlotList;
	face.C_GetTokenInfo = face_C_GetTokenInfo;
	face.C_FindObjectsInit = face_C_FindObjectsInit;
	face.C_FindObjects = face_C_FindObjects;
	face.C_GetAttributeValue = face_C_GetAttributeValue;
	face.C_DeriveKey = face_C_DeriveKey;
	face.C_CreateObject = face_C_CreateObject;
	face.C_DestroyObject = face_C_DestroyObject;
	face.C_SignInit = face_C_SignInit;
	face.C_Sign = face_C_Sign;
	face.C_SignUpdate = face_C_SignUpdate;
	face.C_SignFinal = face_C_SignFinal;
	face.C_EncryptInit = face_C_EncryptInit;
	face.C_Encrypt = face_C_Encrypt;
	face.C_DecryptInit = face_C_DecryptInit;
	face.C_Decrypt = face_C_Decrypt;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR ret)
{
	void *library = dlopen(SOFTHSM, RTLD_NOW | RTLD_LOCAL), *symbol;
	CK_C_GetFunctionList get;

	symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
	if (symbol == NULL)
		return CKR_LIBRARY_LOAD_FAILED;
	memcpy(&get, &symbol, sizeof get);
	if (get(&real) != CKR_OK)
		return CKR_LIBRARY_LOAD_FAILED;
	put_faces();
	*ret = &face;
	return CKR_OK;
}
