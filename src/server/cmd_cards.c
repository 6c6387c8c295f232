/* SPDX-License-Identifier: Apache-2.0 */
/* enrol, card key, card status, card renew, card lift-halt, usercode reset */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "issuer/lists.h"
#include "server/ca.h"
#include "server/files.h"
#include "server/repind.h"
#include "server/wrap_key.h"

#define CERT_FILE_MAX 65536
#define CERTS CARD_CERTS
#define GIDS_KEY_LEN 24

/* --- enrol --- */

static void show_progress(void *arg, const struct issuer_many *m, const char *refused)
{
	struct progress *p = arg;
	char note[64];

	if (refused != NULL) {
		progress_end(p);
		(void)fprintf(stderr, "refused: %s\n", refused);
		return;
	}
	(void)snprintf(note, sizeof note, "%" PRIu64 " cards, %" PRIu64 " refused", m->done, m->refused);
	progress_draw(p, m->bytes, m->bytes_all, note);
}

static rp_code enrol_file(struct app *a, const char *path, struct rp_error *err)
{
	struct progress p = {.what = "enrolling"};
	struct issuer_many m = {0};
	rp_code rc = issuer_enrol_file(a->i, a->by, path, show_progress, &p, &m, err);

	progress_end(&p);
	(void)printf("%" PRIu64 " cards enrolled, %" PRIu64 " lines refused\n", m.done, m.refused);
	if (rc == RP_OK && m.refused > 0)
		rc = rp_fail(err, RP_E_ISSUER_REFUSED, "%" PRIu64 " lines were refused", m.refused);
	return rc;
}

void card_files_clear(struct card_files *f)
{
	for (size_t k = 0; k < CERTS; k++) {
		free(f->text[k]);
		free(f->der[k]);
	}
}

/* --certificate SLOT=FILE */
static rp_code take_certificate(const char *value, struct card_files *f, struct issuer_card *c,
				struct rp_error *err)
{
	const char *equals = strchr(value, '=');
	char word[24] = "";
	struct issuer_cert *cert = &c->certs[c->n_certs];
	size_t len = 0;
	rp_code rc;

	if (equals == NULL || c->n_certs == CERTS)
		return rp_fail(err, RP_E_USAGE, "--certificate SLOT=FILE, at most %d times", CERTS);
	(void)snprintf(word, sizeof word, "%.*s", (int)(equals - value), value);
	cert->slot = rp_slot_from_word(word);
	if (cert->slot == RP_SLOT_NONE)
		return rp_fail(err, RP_E_USAGE, "--certificate %s: there is no PIN of this name", word);
	rc = files_read(equals + 1, CERT_FILE_MAX, &f->text[c->n_certs], &len, err);
	if (rc == RP_OK)
		rc = ca_der(f->text[c->n_certs], len, &f->der[c->n_certs], &cert->len, err);
	if (rc != RP_OK)
		return rp_context(err, rc, "%s", equals + 1);
	cert->der = f->der[c->n_certs];
	c->n_certs++;
	return RP_OK;
}

rp_code take_certificates(struct app *a, struct card_files *f, struct issuer_card *c, struct rp_error *err)
{
	rp_code rc = RP_OK;

	for (size_t k = 0; rc == RP_OK && k < a->args.n_many; k++)
		if (a->args.many[k].opt == OPT_CERTIFICATE)
			rc = take_certificate(a->args.many[k].value, f, c, err);
	return rc;
}

/* 48 hex digits into 24 bytes. */
static rp_code take_gids_key(struct app *a, rp_secret **ret, struct rp_error *err)
{
	const rp_secret *typed = NULL;
	char text[2 * GIDS_KEY_LEN + 1] = "";
	uint8_t key[GIDS_KEY_LEN];
	size_t len = 0;
	rp_code rc = ask_secret(&a->secrets, SECRET_GIDS_KEY, "Admin key (48 hex digits)", false, &typed,
				err);

	if (rc != RP_OK)
		return rc;
	if (secret_text(typed, text, sizeof text) && hex_read(text, key, sizeof key, &len) &&
	    len == sizeof key)
		rc = rp_secret_from(key, sizeof key, ret, err);
	else
		rc = rp_fail(err, RP_E_INPUT_FORMAT, "an admin key is 48 hex digits");
	rp_wipe(text, sizeof text);
	rp_wipe(key, sizeof key);
	return rc;
}

/* PROFILE:NUMBER */
static rp_code take_replaced(const char *value, char profile[24], struct issuer_card *c, struct rp_error *err)
{
	const char *colon = strchr(value, ':');

	if (colon == NULL || colon - value >= 24)
		return rp_fail(err, RP_E_USAGE, "--replaces PROFILE:NUMBER");
	(void)snprintf(profile, 24, "%.*s", (int)(colon - value), value);
	c->replaces_profile = profile;
	c->replaces_number = colon + 1;
	return RP_OK;
}

static rp_code enrol_one(struct app *a, struct rp_error *err)
{
	RP_AUTO(card_files_clear) struct card_files files = {0};
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	struct issuer_card c = {.profile = a->args.value[OPT_PROFILE],
				.number = a->args.value[OPT_NUMBER],
				.source = a->args.value[OPT_SOURCE],
				.municipality = app_text(a, OPT_MUNICIPALITY, "")};
	char old[24] = "";
	rp_code rc = RP_OK;

	if (c.profile == NULL || c.number == NULL)
		return rp_fail(err, RP_E_USAGE, "which card? a file, or --profile and --number");
	rc = take_certificates(a, &files, &c, err);
	if (rc == RP_OK && a->args.value[OPT_REPLACES] != NULL)
		rc = take_replaced(a->args.value[OPT_REPLACES], old, &c, err);
	if (rc == RP_OK && a->args.value[OPT_USER_CODE] != NULL)
		rc = ask_secret(&a->secrets, SECRET_USER_CODE, "User code", true, &c.user_code, err);
	if (rc == RP_OK && a->args.value[OPT_GIDS_KEY] != NULL)
		rc = take_gids_key(a, &key, err);
	c.gids_key = key;
	if (rc == RP_OK)
		rc = issuer_enrol(a->i, a->by, &c, err);
	if (rc == RP_OK)
		(void)printf("1 card enrolled\n");
	return rc;
}

rp_code cmd_enrol(struct app *a, struct rp_error *err)
{
	rp_code rc = app_open_by(a, err);

	if (rc != RP_OK)
		return rc;
	return a->args.n_arg == 1 ? enrol_file(a, a->args.arg[0], err) : enrol_one(a, err);
}

/* --- one card --- */

rp_code which_card(struct app *a, const char **ret_profile, const char **ret_number, struct rp_error *err)
{
	*ret_profile = a->args.value[OPT_PROFILE];
	*ret_number = a->args.value[OPT_NUMBER];
	if (*ret_profile == NULL || *ret_number == NULL)
		return rp_fail(err, RP_E_USAGE, "which card? --profile and --number");
	return app_open_by(a, err);
}

static rp_code print_plain(const rp_secret *key, struct rp_error *err)
{
	char hex[65] = "";
	rp_code rc = RP_OK;

	if (!hex_of(rp_secret_bytes(key), rp_secret_len(key), hex, sizeof hex))
		rc = rp_fail(err, RP_E_FAULT, "the key is longer than a card's key");
	else
		(void)printf("%s\n", hex);
	rp_wipe(hex, sizeof hex);
	return rc;
}

static rp_code print_wrapped(const struct wrap_key *to, const rp_secret *key, struct rp_error *err)
{
	uint8_t wrapped[WRAP_BYTES];
	char text[WRAP_BYTES * 4 / 3 + 8];
	size_t len = 0;
	rp_code rc = wrap_key_for(to, key, wrapped, &len, err);

	if (rc == RP_OK && !base64_of(wrapped, len, text, sizeof text))
		rc = rp_fail(err, RP_E_FAULT, "the wrapped key is too long");
	if (rc == RP_OK)
		(void)printf("%s\n", text);
	return rc;
}

static rp_code read_wrap_key(const struct app *a, struct wrap_key **ret, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *pem = NULL;
	size_t len = 0;
	rp_code rc = files_read(a->args.value[OPT_FOR], 64 * 1024, &pem, &len, err);

	return rc == RP_OK ? wrap_key_read(pem, len, ret, err) : rc;
}

rp_code cmd_card_key(struct app *a, struct rp_error *err)
{
	RP_AUTO(rp_secret_freep) rp_secret *key = NULL;
	RP_AUTO(wrap_key_freep) struct wrap_key *to = NULL;
	const bool plain = a->args.value[OPT_HEX] != NULL;
	char how[96] = "plain";
	const char *profile, *number;
	rp_code rc = RP_OK;

	if (plain == (a->args.value[OPT_FOR] != NULL))
		return rp_fail(err, RP_E_USAGE,
			       "for whom? --for FILE wraps it for a public key; --hex prints it as it is");
	/* Before anything is logged: a file that is none gives nobody a key. */
	if (!plain)
		rc = read_wrap_key(a, &to, err);
	if (rc == RP_OK && !plain)
		(void)snprintf(how, sizeof how, "wrapped for %s", wrap_key_name(to));
	if (rc == RP_OK)
		rc = which_card(a, &profile, &number, err);
	if (rc == RP_OK)
		rc = issuer_card_key(a->i, a->by, profile, number, how, &key, err);
	if (rc != RP_OK)
		return rc;
	return plain ? print_plain(key, err) : print_wrapped(to, key, err);
}

rp_code cmd_key_new(struct app *a, struct rp_error *err)
{
	static const struct {
		const char *name;
		enum keys_use use;
	} kinds[] = {{"pepper", KEYS_PEPPER}, {"wrap", KEYS_WRAP}};
	const char *kind = a->args.arg[0];
	unsigned version = 0;
	size_t k = 0;
	rp_code rc;

	while (k < 2 && strcmp(kinds[k].name, kind) != 0)
		k++;
	if (k == 2)
		return rp_fail(err, RP_E_USAGE, "a further version is made of pepper and wrap, not of %s",
			       kind);
	rc = app_open_by(a, err);
	if (rc == RP_OK)
		rc = issuer_key_next(a->i, a->by, kinds[k].use, kind, &version, err);
	if (rc == RP_OK)
		rc = app_make_key(a, kinds[k].use, version, err);
	if (rc == RP_OK)
		(void)printf("%s-%u is on the token: restart every server of this issuer now\n", kind,
			     version);
	return rc;
}

rp_code cmd_card_status(struct app *a, struct rp_error *err)
{
	const char *profile, *number;
	rp_code rc = which_card(a, &profile, &number, err);

	if (rc == RP_OK)
		rc = issuer_card_status(a->i, a->by, profile, number, a->args.arg[0],
					a->args.value[OPT_REASON], err);
	if (rc == RP_OK)
		(void)printf("the card is %s\n", a->args.arg[0]);
	return rc;
}

rp_code cmd_card_renew(struct app *a, struct rp_error *err)
{
	RP_AUTO(card_files_clear) struct card_files files = {0};
	struct issuer_card c = {.municipality = ""};
	rp_code rc = which_card(a, &c.profile, &c.number, err);

	if (rc == RP_OK)
		rc = take_certificates(a, &files, &c, err);
	if (rc == RP_OK)
		rc = issuer_card_renew(a->i, a->by, &c, err);
	if (rc == RP_OK)
		(void)printf("the card has its new certificates\n");
	return rc;
}

rp_code cmd_card_lift_halt(struct app *a, struct rp_error *err)
{
	const char *profile, *number;
	char approval[RP_ISSUER_ID] = "";
	char *end = NULL;
	const long resets = strtol(a->args.arg[1], &end, 10);
	json_t *args;
	char *text;
	rp_code rc;

	if (*end != '\0' || a->args.arg[1][0] == '\0' || resets < 0 || resets > 65535)
		return rp_fail(err, RP_E_USAGE, "the count is a number up to 65535");
	rc = which_card(a, &profile, &number, err);
	if (rc != RP_OK)
		return rc;
	args = json_pack("{s:s,s:s,s:s,s:I}", "profile", profile, "number", number, "slot", a->args.arg[0],
			 "resets", (json_int_t)resets);
	text = args != NULL ? json_dumps(args, JSON_COMPACT) : NULL;
	rc = text != NULL ? issuer_ask(a->i, a->by, "lift-halt", text, approval, err)
			  : rp_fail(err, RP_E_USAGE, "the arguments are no text");
	free(text);
	json_decref(args);
	if (rc == RP_OK)
		app_say_approval(approval, "the card goes on");
	return rc;
}

rp_code cmd_usercode_reset(struct app *a, struct rp_error *err)
{
	const char *number = a->args.value[OPT_CARD];
	char code[16] = "";
	rp_code rc;

	if (number == NULL)
		return rp_fail(err, RP_E_USAGE, "which card? --card NUMBER");
	rc = app_open_by(a, err);
	if (rc == RP_OK)
		rc = issuer_user_code_letter(a->i, a->by, app_text(a, OPT_PROFILE, "hicos"), number, code,
					     err);
	if (rc == RP_OK)
		(void)printf("%s\n", code);
	rp_wipe(code, sizeof code);
	return rc;
}
