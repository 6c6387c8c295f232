/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another program that holds the card, as a second client of PC/SC: in a transaction, or
 * exclusively. Says "held" and waits for a signal.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <winscard.h>

int main(int argc, char **argv)
{
	const int exclusive = argc > 1 && strcmp(argv[1], "exclusive") == 0;
	SCARDCONTEXT ctx;
	SCARDHANDLE card;
	DWORD protocol, len = 0;
	char names[2048];
	LONG rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &ctx);

	len = sizeof names;
	if (rv == SCARD_S_SUCCESS)
		rv = SCardListReaders(ctx, NULL, names, &len);
	if (rv == SCARD_S_SUCCESS)
		rv = SCardConnect(ctx, names, exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED,
				  SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card, &protocol);
	if (rv == SCARD_S_SUCCESS && !exclusive)
		rv = SCardBeginTransaction(card);
	if (rv != SCARD_S_SUCCESS) {
		printf("%s\n", pcsc_stringify_error(rv));
		return 1;
	}
	printf("held\n");
	fflush(stdout);
	(void)pause();
	return 0;
}
