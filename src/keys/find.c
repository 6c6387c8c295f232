/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot has the token, and which of its objects are our keys. */
#include "keys/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 256

/* --- the token --- */

bool token_label_is(const CK_UTF8CHAR padded[32], const char *label)
{
	const size_t len = strlen(label);

	if (len > 32 || memcmp(padded, label, len) != 0) /* checked: 32 bytes are there */
		return false;
	for (size_t i = len; i < 32; i++)
		if (padded[i] != ' ')
			return false;
	return true;
}

rp_code token_slots(CK_FUNCTION_LIST *fn, CK_SLOT_ID **ret, CK_ULONG *ret_n, struct rp_error *err)
{
	CK_ULONG n = 0;
	CK_SLOT_ID *slots;
	/* Asked without a buffer first: only then the list is made anew (PKCS#11 2.40, C_GetSlotList). */
	CK_RV rv = fn->C_GetSlotList(CK_TRUE, NULL, &n);

	if (rv != CKR_OK || n > SLOTS_MAX)
		return p11_fail(err, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, "the list of tokens");
	n = SLOTS_MAX; /* one may have come meanwhile */
	slots = calloc(SLOTS_MAX, sizeof *slots);
	if (slots == NULL)
		return rp_fail(err, RP_E_NO_MEMORY, "no memory for a list of tokens");
	rv = fn->C_GetSlotList(CK_TRUE, slots, &n);
	if (rv != CKR_OK || n > SLOTS_MAX) {
		free(slots);
		return p11_fail(err, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, "the list of tokens");
	}
	*ret = slots;
	*ret_n = n;
	return RP_OK;
}

static void free_slots(CK_SLOT_ID **slots)
{
	free(*slots);
}

static void keep_serial(const CK_TOKEN_INFO *info, char *ret)
{
	memcpy(ret, info->serialNumber, 16);
	ret[16] = '\0';
}

rp_code token_find(CK_FUNCTION_LIST *fn, const char *path, const char *label, CK_SLOT_ID *ret,
		   char *ret_serial, struct rp_error *err)
{
	RP_AUTO(free_slots) CK_SLOT_ID *slots = NULL;
	CK_ULONG n = 0;
	unsigned found = 0;
	CK_SLOT_ID slot = 0;
	char serial[17] = "";
	rp_code rc = token_slots(fn, &slots, &n, err);

	if (rc != RP_OK)
		return rc;
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		/* A slot that does not answer is not ours, unless none is: then it is said that none is. */
		if (fn->C_GetTokenInfo(slots[i], &info) != CKR_OK || !(info.flags & CKF_TOKEN_INITIALIZED) ||
		    !token_label_is(info.label, label))
			continue;
		found++;
		slot = slots[i];
		keep_serial(&info, serial);
	}
	if (found == 0)
		return rp_fail(err, RP_E_TOKEN,
			       "module %s has no token \"%s\": connect it, restore it from its backup, or "
			       "correct the label "
			       "(SoftHSM: SOFTHSM2_CONF says where tokens are)",
			       path, label);
	if (found > 1)
		return rp_fail(err, RP_E_TOKEN, "module %s has %u tokens \"%s\": labels must differ", path,
			       found, label);
	*ret = slot;
	memcpy(ret_serial, serial, sizeof serial);
	return RP_OK;
}

/* --- the keys --- */

static const struct use_row {
	const char *word;
	CK_OBJECT_CLASS class;
	CK_KEY_TYPE type;
} uses[KEYS_USES] = {
	[KEYS_RESET] = {"reset", CKO_SECRET_KEY, CKK_AES},
	[KEYS_PEPPER] = {"pepper", CKO_SECRET_KEY, CKK_GENERIC_SECRET},
	[KEYS_SEAL] = {"seal", CKO_PRIVATE_KEY, CKK_EC_EDWARDS},
	[KEYS_WRAP] = {"wrap", CKO_SECRET_KEY, CKK_AES},
};

const char *use_word(enum keys_use use)
{
	return uses[use].word;
}

/* "reset-12" -> KEYS_RESET, 12. Other names belong to others. */
static bool read_name(const char *name, enum keys_use *ret_use, unsigned *ret_version)
{
	for (enum keys_use u = 0; u < KEYS_USES; u++) {
		const size_t len = strlen(uses[u].word);
		unsigned v = 0;
		const char *p = name + len + 1;

		if (strncmp(name, uses[u].word, len) != 0 || name[len] != '-' || *p < '1' || *p > '9')
			continue;
		for (; *p >= '0' && *p <= '9' && v < 100000; p++)
			v = v * 10 + (unsigned)(*p - '0');
		if (*p != '\0' || v >= 100000)
			return false;
		*ret_use = u;
		*ret_version = v;
		return true;
	}
	return false;
}

static struct key_row *row_of(struct key_rows *rows, enum keys_use use, unsigned version)
{
	for (size_t i = 0; i < rows->n; i++)
		if (rows->row[i].use == use && rows->row[i].version == version)
			return &rows->row[i];
	return NULL;
}

struct search {
	CK_FUNCTION_LIST *fn;
	CK_SESSION_HANDLE session;
	struct key_rows *rows;
};

/* What the token promises of a key: that it is of its kind and cannot be taken out. */
static rp_code check_key(const struct search *s, CK_OBJECT_HANDLE object, const char *name, CK_KEY_TYPE want,
			 struct rp_error *err)
{
	CK_KEY_TYPE type = 0;
	CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE;
	CK_ATTRIBUTE a[] = {{CKA_KEY_TYPE, &type, sizeof type},
			    {CKA_SENSITIVE, &sensitive, sizeof sensitive},
			    {CKA_EXTRACTABLE, &extractable, sizeof extractable}};
	CK_RV rv = s->fn->C_GetAttributeValue(s->session, object, a, 3);

	if (rv != CKR_OK)
		return p11_fail(err, rv, "asking what kind of key %s is", name);
	if (type != want)
		return rp_fail(err, RP_E_TOKEN,
			       "%s on the token is a key of another kind: restore the right one", name);
	if (!sensitive || extractable)
		return rp_fail(err, RP_E_TOKEN,
			       "%s could be taken out of the token: it must be sensitive and not extractable",
			       name);
	return RP_OK;
}

static rp_code keep_secret(const struct search *s, CK_OBJECT_HANDLE object, CK_OBJECT_CLASS class,
			   const char *name, struct rp_error *err)
{
	enum keys_use use = KEYS_USES;
	unsigned version = 0;
	rp_code rc;

	if (!read_name(name, &use, &version) || uses[use].class != class)
		return RP_OK;
	if (row_of(s->rows, use, version) != NULL)
		return rp_fail(err, RP_E_TOKEN, "two keys on the token are called %s: remove the wrong one",
			       name);
	if (s->rows->n == KEY_ROWS_MAX)
		return rp_fail(err, RP_E_TOKEN, "more than %d keys of ours are on the token", KEY_ROWS_MAX);
	rc = check_key(s, object, name, uses[use].type, err);
	if (rc != RP_OK)
		return rc;
	s->rows->row[s->rows->n++] = (struct key_row){
		.use = use, .version = version, .key = object, .public_key = CK_INVALID_HANDLE};
	return RP_OK;
}

/* The private keys are known by now. */
static rp_code keep_public(const struct search *s, CK_OBJECT_HANDLE object, const char *name,
			   struct rp_error *err)
{
	enum keys_use use = KEYS_USES;
	unsigned version = 0;
	struct key_row *row;

	if (!read_name(name, &use, &version) || use != KEYS_SEAL)
		return RP_OK;
	row = row_of(s->rows, use, version);
	if (row == NULL)
		return RP_OK;
	if (row->public_key != CK_INVALID_HANDLE)
		return rp_fail(err, RP_E_TOKEN,
			       "two public keys on the token are called %s: remove the wrong one", name);
	row->public_key = object;
	return RP_OK;
}

static rp_code keep(const struct search *s, CK_OBJECT_HANDLE object, CK_OBJECT_CLASS class,
		    struct rp_error *err)
{
	char name[32];
	CK_ATTRIBUTE label = {CKA_LABEL, name, sizeof name - 1};
	CK_RV rv = s->fn->C_GetAttributeValue(s->session, object, &label, 1);

	if (rv == CKR_BUFFER_TOO_SMALL || rv == CKR_ATTRIBUTE_TYPE_INVALID)
		return RP_OK; /* no name of ours */
	if (rv != CKR_OK || label.ulValueLen >= sizeof name)
		return p11_fail(err, rv != CKR_OK ? rv : CKR_GENERAL_ERROR, "reading the name of a key");
	name[label.ulValueLen] = '\0';
	return class == CKO_PUBLIC_KEY ? keep_public(s, object, name, err)
				       : keep_secret(s, object, class, name, err);
}

static rp_code keep_class(const struct search *s, CK_OBJECT_CLASS class, struct rp_error *err)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE want[] = {{CKA_CLASS, &class, sizeof class}, {CKA_TOKEN, &yes, sizeof yes}};
	CK_OBJECT_HANDLE objects[16];
	CK_ULONG n = 0;
	rp_code rc = RP_OK;
	CK_RV rv = s->fn->C_FindObjectsInit(s->session, want, 2);

	while (rv == CKR_OK && rc == RP_OK) {
		rv = s->fn->C_FindObjects(s->session, objects, 16, &n);
		if (rv != CKR_OK || n == 0 || n > 16)
			break;
		for (CK_ULONG i = 0; i < n && rc == RP_OK; i++)
			rc = keep(s, objects[i], class, err);
	}
	if (rc != RP_OK)
		return rc; /* the session is closed by who opened it */
	if (rv == CKR_OK)
		rv = s->fn->C_FindObjectsFinal(s->session);
	return rv == CKR_OK ? RP_OK : p11_fail(err, rv, "looking for the keys on the token");
}

static rp_code nothing_is_missing(const struct key_rows *rows, struct rp_error *err)
{
	bool there[KEYS_USES] = {false};

	for (size_t i = 0; i < rows->n; i++) {
		there[rows->row[i].use] = true;
		if (rows->row[i].use == KEYS_SEAL && rows->row[i].public_key == CK_INVALID_HANDLE)
			return rp_fail(err, RP_E_TOKEN,
				       "the public key of seal-%u is missing on the token: restore the token "
				       "from its "
				       "backup",
				       rows->row[i].version);
	}
	for (enum keys_use u = 0; u < KEYS_USES; u++)
		if (!there[u])
			return rp_fail(err, RP_E_TOKEN,
				       "no key %s-N is on the token: restore the token from its backup, or "
				       "make a new "
				       "token",
				       uses[u].word);
	return RP_OK;
}

rp_code rows_find(CK_FUNCTION_LIST *fn, CK_SESSION_HANDLE session, struct key_rows *ret, struct rp_error *err)
{
	struct key_rows rows = {.n = 0};
	const struct search s = {.fn = fn, .session = session, .rows = &rows};
	rp_code rc = keep_class(&s, CKO_SECRET_KEY, err);

	if (rc == RP_OK)
		rc = keep_class(&s, CKO_PRIVATE_KEY, err);
	if (rc == RP_OK)
		rc = keep_class(&s, CKO_PUBLIC_KEY, err);
	if (rc == RP_OK)
		rc = nothing_is_missing(&rows, err);
	if (rc == RP_OK)
		*ret = rows;
	return rc;
}
