/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "issuer/lists.h"
#include "server/files.h"
#include "server/repind.h"

#define PIN_MAX 256
#define ANCHORS_MAX (1024 * 1024)

const char *app_text(const struct app *a, enum opt o, const char *fallback)
{
	return a->args.value[o] != NULL ? a->args.value[o] : fallback;
}

rp_code app_field_sized(const struct app *a, enum opt o, bool needed, char *ret, size_t cap,
			struct rp_error *err)
{
	const char *text = app_text(a, o, "");

	if (needed && text[0] == '\0')
		return rp_fail(err, RP_E_USAGE, "%s: an option is missing (repind %s --help)",
			       a->args.command->name, a->args.command->name);
	if (snprintf(ret, cap, "%s", text) >= (int)cap)
		return rp_fail(err, RP_E_USAGE, "an option has more than %zu bytes", cap - 1);
	return RP_OK;
}

rp_code app_settings(struct app *a, struct rp_error *err)
{
	rp_code rc;

	if (a->set != NULL)
		return RP_OK;
	rc = settings_read(app_text(a, OPT_CONFIG, "/etc/repin/repind.conf"), &a->set, err);
	if (rc == RP_OK)
		rc = offices_load(a->set->dir, err);
	return rc == RP_OK ? token_use(a->set, err) : rc;
}

rp_code app_store(struct app *a, struct rp_error *err)
{
	struct store_conf c;
	rp_code rc = app_settings(a, err);

	if (rc != RP_OK)
		return rc;
	settings_store(a->set, &c);
	return store_open(&c, &a->s, err);
}

rp_code app_keys(struct app *a, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *pin = NULL;
	struct keys_conf c = {.module = a->set->module, .token = a->set->token, .sessions = a->set->sessions};
	rp_code rc = files_secret(a->set->pin_file, PIN_MAX, &pin, err);

	c.pin = pin;
	return rc == RP_OK ? keys_open(&c, &a->k, err) : rc;
}

rp_code app_make_key(struct app *a, enum keys_use use, unsigned version, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *pin = NULL;
	struct keys_conf c = {.module = a->set->module, .token = a->set->token};
	rp_code rc = files_secret(a->set->pin_file, PIN_MAX, &pin, err);

	c.pin = pin;
	return rc == RP_OK ? keys_make_next(&c, use, version, err) : rc;
}

rp_code app_anchors_hash(const struct app *a, uint8_t ret[SHA256_LEN], struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *text = NULL;
	size_t len = 0;
	rp_code rc = files_read(a->set->anchors, ANCHORS_MAX, &text, &len, err);

	if (rc == RP_OK)
		hash_sha256(&(struct hash_part){text, len}, 1, ret);
	return rc;
}

/* Whoever can change the file of anchors can make certificates: two people agree to another one. */
rp_code app_check_anchors(struct app *a, struct rp_error *err)
{
	uint8_t hash[SHA256_LEN];
	rp_code rc = app_anchors_hash(a, hash, err);

	return rc == RP_OK ? issuer_anchors_agreed(a->i, hash, err) : rc;
}

rp_code app_open_unchecked(struct app *a, struct rp_error *err)
{
	struct issuer_conf c;
	rp_code rc = app_settings(a, err);

	if (rc == RP_OK && a->k == NULL)
		rc = app_keys(a, err);
	if (rc == RP_OK && a->s == NULL)
		rc = app_store(a, err);
	if (rc != RP_OK)
		return rc;
	settings_issuer(a->set, &c);
	return issuer_open(&c, a->k, a->s, &a->i, err);
}

rp_code app_open(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open_unchecked(a, err);

	return rc == RP_OK ? app_check_anchors(a, err) : rc;
}

/* Password and one-time password of an operator, as at a desk; the session ends at once. */
rp_code app_sign_in(struct app *a, const char *name, struct rp_error *err)
{
	struct issuer_peer who = {.source = "console"};
	const rp_secret *password = NULL, *totp = NULL;
	uint8_t hash[SHA256_LEN];
	char token[48], code[16] = "";
	int64_t until = 0;
	rp_code rc = ask_secret(&a->secrets, SECRET_PASSWORD, "Password", false, &password, err);

	if (rc == RP_OK)
		rc = ask_secret(&a->secrets, SECRET_TOTP, "One-time password", false, &totp, err);
	if (rc != RP_OK)
		return rc;
	if (!secret_text(totp, code, sizeof code))
		return rp_fail(err, RP_E_INPUT_LENGTH, "a one-time password has six digits");
	rc = issuer_sign_in(a->i, &who, name, password, code, token, &until, err);
	rp_wipe(code, sizeof code);
	if (rc != RP_OK)
		return rc;
	hash_sha256(&(struct hash_part){token, strlen(token)}, 1, hash);
	rp_wipe(token, sizeof token);
	who.session = hash;
	rc = issuer_sign_out(a->i, &who, err);
	if (rc == RP_OK)
		(void)snprintf(a->by, sizeof a->by, "%s", name);
	return rc;
}

rp_code app_open_by(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open(a, err);

	(void)snprintf(a->by, sizeof a->by, "console");
	if (rc == RP_OK && a->args.value[OPT_BY] != NULL)
		rc = app_sign_in(a, a->args.value[OPT_BY], err);
	return rc;
}

void app_close(struct app *a)
{
	if (a->i != NULL) {
		issuer_close(a->i);
	} else {
		keys_close(a->k);
		if (a->s != NULL)
			store_close(a->s);
	}
	a->i = NULL;
	a->k = NULL;
	a->s = NULL;
	settings_freep(&a->set);
	secrets_free(&a->secrets);
}

void app_say_approval(const char *approval, const char *done)
{
	if (approval[0] == '\0')
		(void)printf("%s\n", done);
	else
		(void)printf("asked for; another person agrees with: repind approve --by NAME %s\n", approval);
}
