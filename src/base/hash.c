/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include "base/bytes.h"
#include "base/secret.h"

#include <sodium.h>
#include <string.h>

#define ARGON2_BYTES (19u * 1024 * 1024)
#define ARGON2_PASSES 2

void hash_sha256(const struct hash_part *parts, size_t n, uint8_t ret[SHA256_LEN])
{
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	for (size_t i = 0; i < n; i++)
		if (parts[i].len > 0)
			crypto_hash_sha256_update(&st, parts[i].p, parts[i].len);
	crypto_hash_sha256_final(&st, ret);
	rp_wipe(&st, sizeof st);
}

bool hash_card_id(const char *issuer, const char *profile, const char *number, uint8_t ret[CARD_ID_LEN])
{
	const char *texts[] = {issuer, profile, number};
	uint8_t lens[3], digest[SHA256_LEN];
	struct hash_part parts[7] = {{"REPIN1", 6}};

	for (size_t i = 0; i < 3; i++) {
		const size_t len = strnlen(texts[i], 256);

		if (len > 255)
			return false;
		lens[i] = (uint8_t)len;
		parts[1 + 2 * i] = (struct hash_part){&lens[i], 1};
		parts[2 + 2 * i] = (struct hash_part){texts[i], len};
	}
	hash_sha256(parts, 7, digest);
	memcpy(ret, digest, CARD_ID_LEN);
	return true;
}

bool hash_ed25519_good(const uint8_t key[32], const void *bytes, size_t len, const uint8_t sig[64])
{
	return crypto_sign_verify_detached(sig, bytes, len, key) == 0;
}

rp_code hash_argon2id(const void *secret, size_t len, const uint8_t salt[16], uint8_t ret[32],
		      struct rp_error *err)
{
	if (crypto_pwhash(ret, 32, secret, len, salt, ARGON2_PASSES, ARGON2_BYTES,
			  crypto_pwhash_ALG_ARGON2ID13) != 0)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory to compare a code or password");
	return RP_OK;
}

bool hash_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

bool base64_of(const void *bytes, size_t len, char *ret, size_t cap)
{
	if (cap < sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL))
		return false;
	sodium_bin2base64(ret, cap, bytes, len, sodium_base64_VARIANT_ORIGINAL);
	return true;
}

bool base64_read(const char *text, uint8_t *ret, size_t cap, size_t *ret_len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	const size_t text_len = strlen(text);
	const char *end;
	size_t len;

	/* libsodium 1.0.18 takes every byte from 80 to FF for a digit, where char has a sign */
	if (strspn(text, alphabet) != text_len)
		return false;
	if (sodium_base642bin(ret, cap, text, text_len, NULL, &len, &end, sodium_base64_VARIANT_ORIGINAL) !=
		    0 ||
	    end != text + text_len)
		return false;
	*ret_len = len;
	return true;
}

/* --- base-32 for people --- */

static const char code32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int code32_value(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	at = c == '\0' ? NULL : strchr(code32, c);
	return at == NULL ? -1 : (int)(at - code32);
}

/* Luhn modulo 32: finds every single wrong character and every swap of neighbours but 0 with Z. */
static int code32_check(const char *text, unsigned chars)
{
	int sum = 0;

	for (unsigned i = 0; i < chars; i++) {
		int v = code32_value(text[chars - 1 - i]);

		if (i % 2 == 0)
			v = 2 * v / 32 + 2 * v % 32;
		sum += v;
	}
	return (32 - sum % 32) % 32;
}

void code32_new(unsigned chars, char *ret)
{
	/* All at once, into the place of the characters: each asking is a call into the kernel. */
	rp_random(ret, chars);
	for (unsigned i = 0; i < chars; i++)
		ret[i] = code32[(uint8_t)ret[i] % 32];
	ret[chars] = code32[code32_check(ret, chars)];
	ret[chars + 1] = '\0';
}

bool code32_read(const char *typed, unsigned chars, char *ret)
{
	char text[64];
	unsigned n = 0;

	if (chars + 2 > sizeof text)
		return false;
	for (; *typed != '\0'; typed++) {
		const int v = code32_value(*typed);

		if (*typed == ' ' || *typed == '-')
			continue;
		if (v < 0 || n > chars)
			return false;
		text[n++] = code32[v];
	}
	text[n] = '\0';
	if (n != chars + 1 || code32_value(text[chars]) != code32_check(text, chars))
		return false;
	memcpy(ret, text, n + 1);
	return true;
}
