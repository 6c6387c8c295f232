/* SPDX-License-Identifier: Apache-2.0 */
/* The module that asks a token in another process, see far_token.h. One caller at a time. */
#include "far_token.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct far_call *call; /* mapped once, then kept */
static int memory = -1, to = -1;

/* --- the connection; the lock is held --- */

static void hang_up(void)
{
	if (to >= 0)
		(void)close(to);
	to = -1;
}

static bool give_memory(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec v = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof memory);
	memcpy(CMSG_DATA(&control.head), &memory, sizeof memory);
	return sendmsg(to, &m, MSG_NOSIGNAL) == 1;
}

static bool heard(void)
{
	char byte;

	return recv(to, &byte, 1, 0) == 1;
}

static CK_RV dial(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const char *path = getenv("REPIN_FAR_TOKEN");

	if (call == NULL) {
		void *p;

		memory = memfd_create("far_token", MFD_CLOEXEC);
		if (memory < 0 || ftruncate(memory, sizeof *call) != 0)
			return CKR_HOST_MEMORY;
		p = mmap(FAR_AT, sizeof *call, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
			 memory, 0);
		if (p == MAP_FAILED)
			return CKR_HOST_MEMORY;
		call = p;
	}
	if (path == NULL || snprintf(at.sun_path, sizeof at.sun_path, "%s", path) >= (int)sizeof at.sun_path)
		return CKR_GENERAL_ERROR;
	to = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (to < 0 || connect(to, (struct sockaddr *)&at, sizeof at) != 0 || !give_memory() || !heard()) {
		hang_up();
		return CKR_DEVICE_REMOVED;
	}
	return CKR_OK;
}

/* --- a call --- */

static void begin(enum far_op op, CK_ULONG u0, CK_ULONG u1, CK_ULONG u2)
{
	(void)pthread_mutex_lock(&lock);
	if (call == NULL)
		return;
	call->op = op;
	call->used = 0;
	call->u[0] = u0;
	call->u[1] = u1;
	call->u[2] = u2;
	call->u[3] = 0;
	memset(call->p, 0, sizeof call->p);
}

/* A copy of what the caller points at, or room for as much; NULL stays NULL. */
static void *put(const void *from, size_t len, bool copy)
{
	uint8_t *at;

	if (call == NULL || from == NULL)
		return NULL;
	at = call->room + call->used;
	if (len > sizeof call->room - call->used)
		abort();
	call->used += (len + 15) / 16 * 16;
	if (copy)
		memcpy(at, from, len);
	return at;
}

static CK_ATTRIBUTE *put_attributes(const CK_ATTRIBUTE *from, CK_ULONG n)
{
	CK_ATTRIBUTE *at = put(from, n * sizeof *from, true);

	for (CK_ULONG i = 0; at != NULL && i < n; i++)
		at[i].pValue = put(from[i].pValue, from[i].ulValueLen, true);
	return at;
}

static CK_MECHANISM *put_mechanism(const CK_MECHANISM *from)
{
	CK_MECHANISM *at = put(from, sizeof *from, true);

	if (at == NULL)
		return NULL;
	at->pParameter = put(from->pParameter, from->ulParameterLen, true);
	if (from->mechanism == CKM_AES_CBC_ENCRYPT_DATA) {
		CK_AES_CBC_ENCRYPT_DATA_PARAMS *data = at->pParameter;

		data->pData = put(data->pData, data->length, true);
	}
	if (from->mechanism == CKM_AES_GCM) {
		CK_GCM_PARAMS *gcm = at->pParameter;

		gcm->pIv = put(gcm->pIv, gcm->ulIvLen, true);
		gcm->pAAD = put(gcm->pAAD, gcm->ulAADLen, true);
	}
	return at;
}

static CK_RV ask(void)
{
	char byte = 0;

	if (to < 0 || call == NULL)
		return CKR_DEVICE_REMOVED;
	if (send(to, &byte, 1, MSG_NOSIGNAL) != 1 || !heard()) {
		hang_up();
		return CKR_DEVICE_REMOVED;
	}
	return call->rv;
}

static CK_RV end(CK_RV rv)
{
	(void)pthread_mutex_unlock(&lock);
	return rv;
}

static void take(void *to_caller, const void *from, size_t len)
{
	if (to_caller != NULL && from != NULL)
		memcpy(to_caller, from, len);
}

/* --- the functions --- */

static CK_RV f_initialize(void *args)
{
	(void)args;
	(void)pthread_mutex_lock(&lock);
	hang_up();
	return end(dial());
}

static CK_RV f_finalize(void *reserved)
{
	(void)reserved;
	(void)pthread_mutex_lock(&lock);
	hang_up();
	return end(CKR_OK);
}

static CK_RV f_slots(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *n)
{
	CK_RV rv;

	begin(FAR_SLOTS, present, slots != NULL ? *n : 0, 0);
	if (call != NULL)
		call->p[0] = put(slots, *n * sizeof *slots, false);
	rv = ask();
	if (rv == CKR_OK) {
		take(slots, call->p[0], call->u[1] * sizeof *slots);
		*n = call->u[1];
	}
	return end(rv);
}

static CK_RV f_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv;

	begin(FAR_TOKEN_INFO, slot, 0, 0);
	if (call != NULL)
		call->p[0] = put(info, sizeof *info, false);
	rv = ask();
	if (rv == CKR_OK)
		take(info, call->p[0], sizeof *info);
	return end(rv);
}

static CK_RV f_open(CK_SLOT_ID slot, CK_FLAGS flags, void *arg, CK_NOTIFY notify, CK_SESSION_HANDLE *ret)
{
	CK_RV rv;

	(void)arg;
	(void)notify;
	begin(FAR_OPEN, slot, flags, 0);
	rv = ask();
	if (rv == CKR_OK)
		*ret = call->u[2];
	return end(rv);
}

static CK_RV f_close(CK_SESSION_HANDLE session)
{
	begin(FAR_CLOSE, session, 0, 0);
	return end(ask());
}

static CK_RV f_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
	begin(FAR_LOGIN, session, user, len);
	if (call != NULL)
		call->p[0] = put(pin, len, true);
	return end(ask());
}

static CK_RV f_find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *want, CK_ULONG n)
{
	begin(FAR_FIND_INIT, session, n, 0);
	if (call != NULL)
		call->p[0] = put_attributes(want, n);
	return end(ask());
}

static CK_RV f_find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *found, CK_ULONG most, CK_ULONG *n)
{
	CK_RV rv;

	begin(FAR_FIND, session, most, 0);
	if (call != NULL)
		call->p[0] = put(found, most * sizeof *found, false);
	rv = ask();
	if (rv == CKR_OK) {
		*n = call->u[2];
		take(found, call->p[0], *n * sizeof *found);
	}
	return end(rv);
}

static CK_RV f_find_final(CK_SESSION_HANDLE session)
{
	begin(FAR_FIND_FINAL, session, 0, 0);
	return end(ask());
}

static CK_RV f_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, CK_ULONG n)
{
	const CK_ATTRIBUTE *got;
	CK_RV rv;

	begin(FAR_ATTRIBUTES, session, object, n);
	if (call != NULL)
		call->p[0] = put_attributes(a, n);
	rv = ask();
	for (CK_ULONG i = 0; call != NULL && rv != CKR_DEVICE_REMOVED && i < n; i++) {
		got = (const CK_ATTRIBUTE *)call->p[0] + i;
		if (got->ulValueLen != CK_UNAVAILABLE_INFORMATION && got->ulValueLen <= a[i].ulValueLen)
			take(a[i].pValue, got->pValue, got->ulValueLen);
		a[i].ulValueLen = got->ulValueLen;
	}
	return end(rv);
}

static CK_RV f_derive(CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_ATTRIBUTE *want,
		      CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	CK_RV rv;

	begin(FAR_DERIVE, session, key, n);
	if (call != NULL) {
		call->p[0] = put_mechanism(m);
		call->p[1] = put_attributes(want, n);
	}
	rv = ask();
	if (rv == CKR_OK)
		*ret = call->u[3];
	return end(rv);
}

static CK_RV f_destroy(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	begin(FAR_DESTROY, session, object, 0);
	return end(ask());
}

/* What begins with a mechanism and a key. */
static CK_RV with_key(enum far_op op, CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	begin(op, session, key, 0);
	if (call != NULL)
		call->p[0] = put_mechanism(m);
	return end(ask());
}

/* What makes bytes of bytes. */
static CK_RV all_at_once(enum far_op op, CK_SESSION_HANDLE session, const CK_BYTE *bytes, CK_ULONG len,
			 CK_BYTE *out, CK_ULONG *out_len)
{
	CK_RV rv;

	begin(op, session, len, *out_len);
	if (call != NULL) {
		call->p[0] = put(bytes, len, true);
		call->p[1] = put(out, *out_len, false);
	}
	rv = ask();
	if (rv == CKR_OK) {
		*out_len = call->u[2];
		take(out, call->p[1], *out_len);
	}
	return end(rv);
}

static CK_RV f_sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return with_key(FAR_SIGN_INIT, session, m, key);
}

static CK_RV f_sign(CK_SESSION_HANDLE session, CK_BYTE *bytes, CK_ULONG len, CK_BYTE *out, CK_ULONG *out_len)
{
	return all_at_once(FAR_SIGN, session, bytes, len, out, out_len);
}

static CK_RV f_encrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return with_key(FAR_ENCRYPT_INIT, session, m, key);
}

static CK_RV f_encrypt(CK_SESSION_HANDLE session, CK_BYTE *bytes, CK_ULONG len, CK_BYTE *out,
		       CK_ULONG *out_len)
{
	return all_at_once(FAR_ENCRYPT, session, bytes, len, out, out_len);
}

static CK_RV f_decrypt_init(CK_SESSION_HANDLE session, CK_MECHANISM *m, CK_OBJECT_HANDLE key)
{
	return with_key(FAR_DECRYPT_INIT, session, m, key);
}

static CK_RV f_decrypt(CK_SESSION_HANDLE session, CK_BYTE *bytes, CK_ULONG len, CK_BYTE *out,
		       CK_ULONG *out_len)
{
	return all_at_once(FAR_DECRYPT, session, bytes, len, out, out_len);
}

static CK_RV f_sign_update(CK_SESSION_HANDLE session, CK_BYTE *bytes, CK_ULONG len)
{
	begin(FAR_SIGN_UPDATE, session, len, 0);
	if (call != NULL)
		call->p[0] = put(bytes, len, true);
	return end(ask());
}

static CK_RV f_sign_final(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *out_len)
{
	CK_RV rv;

	begin(FAR_SIGN_FINAL, session, *out_len, 0);
	if (call != NULL)
		call->p[0] = put(out, *out_len, false);
	rv = ask();
	if (rv == CKR_OK) {
		*out_len = call->u[1];
		take(out, call->p[0], *out_len);
	}
	return end(rv);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
	static CK_FUNCTION_LIST list = {
		.version = {2, 40},
		.C_Initialize = f_initialize,
		.C_Finalize = f_finalize,
		.C_GetFunctionList = C_GetFunctionList,
		.C_GetSlotList = f_slots,
		.C_GetTokenInfo = f_token_info,
		.C_OpenSession = f_open,
		.C_CloseSession = f_close,
		.C_Login = f_login,
		.C_FindObjectsInit = f_find_init,
		.C_FindObjects = f_find,
		.C_FindObjectsFinal = f_find_final,
		.C_GetAttributeValue = f_attributes,
		.C_DeriveKey = f_derive,
		.C_DestroyObject = f_destroy,
		.C_SignInit = f_sign_init,
		.C_Sign = f_sign,
		.C_SignUpdate = f_sign_update,
		.C_SignFinal = f_sign_final,
		.C_EncryptInit = f_encrypt_init,
		.C_Encrypt = f_encrypt,
		.C_DecryptInit = f_decrypt_init,
		.C_Decrypt = f_decrypt,
	};

	*ret = &list;
	return CKR_OK;
}
