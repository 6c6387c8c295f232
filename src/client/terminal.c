/* SPDX-License-Identifier: Apache-2.0 */
/* How a terminal is named in the proof's lines: by the SHA-256 of its certificate. */
#include "client/wire.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PEM_MAX 16384

static const char begins[] = "-----BEGIN CERTIFICATE-----", ends[] = "-----END CERTIFICATE-----";

static rp_code read_pem(const char *path, char ret[PEM_MAX + 1], struct rp_error *err)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return rp_fail(err, RP_E_CONFIG, "the certificate %s cannot be opened: %s", path,
			       strerror(errno));
	n = fread(ret, 1, PEM_MAX, f);
	ret[n] = '\0';
	(void)fclose(f);
	return RP_OK;
}

/* The base64 of the first certificate, without its line ends. False: there is none. */
static bool strip(const char *pem, char *ret)
{
	const char *p = strstr(pem, begins), *end = p != NULL ? strstr(p, ends) : NULL;

	if (end == NULL)
		return false;
	for (p += sizeof begins - 1; p < end; p++)
		if (strchr(" \t\r\n", *p) == NULL)
			*ret++ = *p;
	*ret = '\0';
	return true;
}

rp_code wire_fingerprint(const char *cert_file, char ret[65], struct rp_error *err)
{
	static _Thread_local char pem[PEM_MAX + 1], text[PEM_MAX + 1]; /* too large for the stack */
	static _Thread_local uint8_t der[PEM_MAX];
	struct hash_part part = {.p = der};
	uint8_t hash[SHA256_LEN];
	rp_code rc = read_pem(cert_file, pem, err);

	if (rc != RP_OK)
		return rc;
	if (!strip(pem, text) || !base64_read(text, der, sizeof der, &part.len) || part.len == 0)
		return rp_fail(err, RP_E_CONFIG, "%s holds no certificate in PEM", cert_file);
	hash_sha256(&part, 1, hash);
	(void)hex_of(hash, sizeof hash, ret, 65);
	return RP_OK;
}
