/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoftHSM 2.6.1 forgets an ASN.1 string with each Ed25519 signature (C_SignInit), and the client of
 * p11-kit 0.24.1 a module when its C_Initialize fails. A test with a token adds this file, so that the
 * leak sanitizer speaks of our own leaks alone. Frames in them are found only when stacks are taken
 * the slow way. tools/valgrind.supp has the same.
 */
const char *__asan_default_options(void);
const char *__lsan_default_suppressions(void);

const char *__asan_default_options(void)
{
	return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions(void)
{
	return "leak:libsofthsm2.so\nleak:p11-kit-client.so\n";
}
