/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a small log with our own code into a folder, for check_log.py to judge: for each size in turn the
 * checkpoint, receipts of all leaves in JSON as the issuer gives them, and proofs from each smaller size.
 *
 *     make_log FOLDER SIZE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tlog/tlog.h"
#include <sodium.h>

#define MOST 32
#define ORIGIN "log.example/repin"

static uint8_t nodes[8][MOST][TLOG_HASH], salts[MOST][32], key[32], secret[64];
static char entries[MOST][128];
static const char *folder;

static void need(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "make_log: %s\n", what);
	exit(1);
}

static rp_code rd(void *arg, unsigned level, uint64_t index, uint8_t ret[TLOG_HASH], struct rp_error *err)
{
	(void)arg;
	(void)err;
	memcpy(ret, nodes[level][index], TLOG_HASH);
	return RP_OK;
}

static rp_code wr(void *arg, unsigned level, uint64_t index, const uint8_t hash[TLOG_HASH],
		  struct rp_error *err)
{
	(void)arg;
	(void)err;
	memcpy(nodes[level][index], hash, TLOG_HASH);
	return RP_OK;
}

static rp_code sign(void *arg, const void *text, size_t len, uint8_t ret[64], struct rp_error *err)
{
	(void)arg;
	(void)err;
	return crypto_sign_detached(ret, NULL, text, len, secret) == 0 ? RP_OK : RP_E_FAULT;
}

static FILE *file(const char *kind, uint64_t a, uint64_t b)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s-%" PRIu64 "-%" PRIu64, folder, kind, a, b);
	f = fopen(path, "w");
	need(f != NULL, path);
	return f;
}

static void put_hash(FILE *f, const uint8_t hash[TLOG_HASH])
{
	char text[48];

	need(base64_of(hash, TLOG_HASH, text, sizeof text), "base64");
	fprintf(f, "\"%s\"", text);
}

static void put_proof(FILE *f, const struct tlog_proof *p)
{
	fputs("\"proof\":[", f);
	for (size_t i = 0; i < p->n; i++) {
		if (i > 0)
			fputs(",", f);
		put_hash(f, p->hash[i]);
	}
	fputs("]}\n", f);
	need(fclose(f) == 0, "writing");
}

static void put_receipt(uint64_t leaf, uint64_t size)
{
	FILE *f = file("receipt", leaf, size);
	struct tlog_proof p;

	need(tlog_inclusion(leaf, size, rd, NULL, &p, NULL) == RP_OK, "inclusion");
	fprintf(f,
		"{\"receipt\":\"R%" PRIu64 "\",\"state\":\"sealed\",\"leaf\":%" PRIu64 ",\"size\":%" PRIu64
		",\"entry\":\"",
		leaf, leaf, size);
	for (const char *c = entries[leaf]; *c != '\0'; c++)
		fprintf(f, "%s%c", *c == '"' ? "\\" : "", *c);
	fputs("\",\"salt\":", f);
	put_hash(f, salts[leaf]);
	fputs(",", f);
	put_proof(f, &p);
}

static void put_consistency(uint64_t from, uint64_t to)
{
	FILE *f = file("consistency", from, to);
	struct tlog_proof p;

	need(tlog_consistency(from, to, rd, NULL, &p, NULL) == RP_OK, "consistency");
	fprintf(f, "{\"from\":%" PRIu64 ",\"to\":%" PRIu64 ",", from, to);
	put_proof(f, &p);
}

static void put_checkpoint(uint64_t size)
{
	struct tlog_checkpoint c = {.origin = ORIGIN, .size = size};
	char note[TLOG_NOTE_MAX];
	FILE *f = file("checkpoint", size, size);

	need(tlog_root(size, rd, NULL, c.root, NULL) == RP_OK, "root");
	need(tlog_note(&c, key, sign, NULL, note, sizeof note, NULL) == RP_OK, "note");
	fputs(note, f);
	need(fclose(f) == 0, "writing");
}

static void put_vkey(const char *kind)
{
	char vkey[256];
	FILE *f = file(kind, 0, 0);

	need(tlog_vkey(ORIGIN, key, vkey, sizeof vkey), "vkey");
	fputs(vkey, f);
	need(fclose(f) == 0, "writing");
}

int main(int argc, char **argv)
{
	uint8_t leaf[TLOG_HASH];
	uint64_t size;

	need(argc == 3 && sodium_init() >= 0, "usage: make_log FOLDER SIZE");
	folder = argv[1];
	size = strtoull(argv[2], NULL, 10);
	need(size > 0 && size <= MOST && crypto_sign_keypair(key, secret) == 0, "a size of 1 to 32");
	put_vkey("vkey");
	for (uint64_t i = 0; i < size; i++) {
		rp_random(salts[i], sizeof salts[i]);
		(void)snprintf(entries[i], sizeof entries[i],
			       "{\"act\":\"test\",\"receipt\":\"R%" PRIu64 "\"}", i);
		tlog_leaf(salts[i], entries[i], strlen(entries[i]), leaf);
		need(tlog_append(i, leaf, rd, wr, NULL, NULL) == RP_OK, "append");
		put_checkpoint(i + 1);
	}
	for (uint64_t n = 1; n <= size; n++) {
		for (uint64_t i = 0; i < n; i++) {
			put_receipt(i, n);
			put_consistency(i + 1, n);
		}
	}
	/* somebody else's key of the same name */
	need(crypto_sign_keypair(key, secret) == 0, "a key");
	put_vkey("other-vkey");
	return 0;
}
