/* SPDX-License-Identifier: Apache-2.0 */
/* The token's process, see far_token.h: a child for each connection, which ends with it. */
#include "far_token.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static CK_RV answer(CK_FUNCTION_LIST *fn, struct far_call *c)
{
	CK_ULONG *u = c->u;
	void **p = c->p;

	switch (c->op) {
	case FAR_SLOTS:
		return fn->C_GetSlotList((CK_BBOOL)u[0], p[0], &u[1]);
	case FAR_TOKEN_INFO:
		return fn->C_GetTokenInfo(u[0], p[0]);
	case FAR_OPEN:
		return fn->C_OpenSession(u[0], u[1], NULL, NULL, &u[2]);
	case FAR_CLOSE:
		return fn->C_CloseSession(u[0]);
	case FAR_LOGIN:
		return fn->C_Login(u[0], u[1], p[0], u[2]);
	case FAR_FIND_INIT:
		return fn->C_FindObjectsInit(u[0], p[0], u[1]);
	case FAR_FIND:
		return fn->C_FindObjects(u[0], p[0], u[1], &u[2]);
	case FAR_FIND_FINAL:
		return fn->C_FindObjectsFinal(u[0]);
	case FAR_ATTRIBUTES:
		return fn->C_GetAttributeValue(u[0], u[1], p[0], u[2]);
	case FAR_DERIVE:
		return fn->C_DeriveKey(u[0], p[0], u[1], p[1], u[2], &u[3]);
	case FAR_DESTROY:
		return fn->C_DestroyObject(u[0], u[1]);
	case FAR_SIGN_INIT:
		return fn->C_SignInit(u[0], p[0], u[1]);
	case FAR_SIGN:
		return fn->C_Sign(u[0], p[0], u[1], p[1], &u[2]);
	case FAR_SIGN_UPDATE:
		return fn->C_SignUpdate(u[0], p[0], u[1]);
	case FAR_SIGN_FINAL:
		return fn->C_SignFinal(u[0], p[0], &u[1]);
	case FAR_ENCRYPT_INIT:
		return fn->C_EncryptInit(u[0], p[0], u[1]);
	case FAR_ENCRYPT:
		return fn->C_Encrypt(u[0], p[0], u[1], p[1], &u[2]);
	case FAR_DECRYPT_INIT:
		return fn->C_DecryptInit(u[0], p[0], u[1]);
	case FAR_DECRYPT:
		return fn->C_Decrypt(u[0], p[0], u[1], p[1], &u[2]);
	}
	return CKR_FUNCTION_NOT_SUPPORTED;
}

/* The memory that both see, or NULL. */
static struct far_call *take_memory(int s)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte;
	struct iovec v = {&byte, 1};
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int fd;
	void *at;

	if (recvmsg(s, &m, 0) != 1 || CMSG_FIRSTHDR(&m) == NULL)
		return NULL;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	at = mmap(FAR_AT, sizeof(struct far_call), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE,
		  fd, 0);
	return at != MAP_FAILED ? at : NULL;
}

static int serve(int s, const char *path)
{
	struct far_call *c = take_memory(s);
	void *module = dlopen(path, RTLD_NOW);
	CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
	CK_C_GetFunctionList get = NULL;
	CK_FUNCTION_LIST *fn;
	void *symbol;
	char byte = 0;

	if (c == NULL || module == NULL || (symbol = dlsym(module, "C_GetFunctionList")) == NULL)
		return 1;
	memcpy(&get, &symbol, sizeof get);
	if (get(&fn) != CKR_OK || fn->C_Initialize(&args) != CKR_OK)
		return 1;
	do {
		if (send(s, &byte, 1, MSG_NOSIGNAL) != 1 || recv(s, &byte, 1, 0) != 1)
			break;
		c->rv = answer(fn, c);
	} while (1);
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), s;

	if (argc != 3 || listener < 0 ||
	    snprintf(at.sun_path, sizeof at.sun_path, "%s", argv[1]) >= (int)sizeof at.sun_path) {
		(void)fprintf(stderr, "usage: far_token SOCKET MODULE\n");
		return 2;
	}
	(void)signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
	(void)unlink(argv[1]);
	if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 16) != 0) {
		perror("far_token");
		return 1;
	}
	while ((s = accept(listener, NULL, NULL)) >= 0) {
		const pid_t pid = fork();

		if (pid == 0)
			_exit(serve(s, argv[2]));
		(void)close(s);
	}
	return 1;
}
