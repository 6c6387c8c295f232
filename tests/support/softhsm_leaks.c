/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoftHSM 2.6.1 forgets an ASN.1 string with each Ed25519 signature (C_SignInit), and the client of
 * p11-kit 0.24.1 a module when its C_Initialize fails. A test with a token adds this file, so that the
 * leak sanitizer speaks of our own leaks alone. The first is named by OpenSSL's functions, which
 * nothing of ours calls: its stacks end there, unless they are taken the slow way, which takes
 * minutes. tools/valgrind.supp has the same two.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:CRYPTO_zalloc\nleak:ASN1_STRING_set\nleak:p11-kit-client.so\n";
}
