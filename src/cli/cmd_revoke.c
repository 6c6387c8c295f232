/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end of the line, for a card that no door opens any more: an operator asks that it be revoked, an
 * approver agrees, or it is taken back until it is sent.
 */
#include "cli/issuer.h"

#include "base/hash.h"
#include "base/secret.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 16384
#define BASE64_MAX 6144

struct certificates {
	char text[CLIENT_CERTS][BASE64_MAX];
	char file[FILE_MAX + 1]; /* the one in hand */
};

static void certificates_freep(struct certificates **c)
{
	free(*c);
}

static rp_code bad_file(const char *path, struct trouble *t)
{
	return trouble_say(t, RP_E_USAGE, NULL, _("The file %s is not a certificate (PEM or DER)."), path);
}

static void close_filep(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

/* The base64 between the first pair of lines of a PEM, or that of a DER as it is. */
static bool as_base64(char *bytes, size_t len, char ret[BASE64_MAX])
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	const char *at = strstr(bytes, begin), *stop = at != NULL ? strstr(at, end) : NULL;
	size_t n = 0;

	if (at == NULL)
		return len > 4 && bytes[0] == 0x30 && base64_of(bytes, len, ret, BASE64_MAX);
	if (stop == NULL)
		return false;
	for (at += strlen(begin); at < stop; at++) {
		if (*at == '\n' || *at == '\r')
			continue;
		if (n + 1 >= BASE64_MAX)
			return false;
		ret[n++] = *at;
	}
	ret[n] = '\0';
	return n > 0;
}

static rp_code read_one(const char *path, struct certificates *into, char ret[BASE64_MAX], struct trouble *t)
{
	__attribute__((cleanup(close_filep))) FILE *f = fopen(path, "rbe");
	size_t n = f != NULL ? fread(into->file, 1, FILE_MAX, f) : 0;

	into->file[n] = '\0';
	return n > 0 && n < FILE_MAX && as_base64(into->file, n, ret) ? RP_OK : bad_file(path, t);
}

/* "pin=FILE" or "sign=FILE,auth=FILE" */
static rp_code read_certificates(const char *list, struct client_revocation *r, struct certificates *into,
				 struct trouble *t)
{
	while (list != NULL && *list != '\0') {
		const size_t n = strcspn(list, ",");
		char one[512] = "", *equals;
		rp_code rc;

		(void)snprintf(one, sizeof one, "%.*s", (int)n, list);
		equals = strchr(one, '=');
		if (equals == NULL || r->n_certs == CLIENT_CERTS)
			return trouble_say(t, RP_E_USAGE, NULL, _("The option --%s takes SLOT=FILE,..."),
					   "certificate");
		*equals = '\0';
		r->certs[r->n_certs].slot = rp_slot_from_word(one);
		if (r->certs[r->n_certs].slot == RP_SLOT_NONE)
			return trouble_say(t, RP_E_SLOT_UNKNOWN, NULL,
					   _("No card has a PIN with the name '%s'."), one);
		rc = read_one(equals + 1, into, into->text[r->n_certs], t);
		if (rc != RP_OK)
			return rc;
		r->certs[r->n_certs].base64 = into->text[r->n_certs];
		r->n_certs++;
		list += n + (list[n] == ',' ? 1 : 0);
	}
	return RP_OK;
}

static rp_code check(const struct opts *o, bool asks, struct trouble *t)
{
	const struct {
		const char *name, *value;
	} needed[] = {{"operator", o->operator_name},
		      {"card", asks ? o->card : ""},
		      {"reason", asks ? o->reason : ""},
		      {"identified-by", asks ? o->identified_by : ""},
		      {"certificate", asks ? o->certificate : ""}};

	for (size_t k = 0; k < sizeof needed / sizeof needed[0]; k++)
		if (needed[k].value == NULL)
			return trouble_say(t, RP_E_USAGE, _("'repin helpdesk --help' shows all of them."),
					   _("The option --%s is needed."), needed[k].name);
	if (o->n_args != (asks ? 1 : 2))
		return trouble_say(t, RP_E_USAGE, NULL, _("Which revocation? Name it by its number."));
	return RP_OK;
}

static rp_code say_asked(const struct job *j, const struct client_revoking *got, struct trouble *t)
{
	if (j->a->o.json)
		return json_show(json_pack("{s:s, s:s, s:s}", "revocation", got->id, "receipt", got->receipt,
					   "state", got->state),
				 t);
	out_parf(OUT_RESULT, 0, _("Revocation: %s"), got->id);
	out_parf(OUT_RESULT, 0, _("Receipt: %s"), got->receipt);
	out_parf(OUT_RESULT, 0, _("The holder follows it with: repin doors --receipt %s"), got->receipt);
	return RP_OK;
}

static rp_code ask(struct job *j, client *c, const struct client_revocation *r, struct trouble *t)
{
	struct client_revoking got;
	rp_code rc = client_revoke(c, r, &got, &t->err);

	return rc == RP_OK ? say_asked(j, &got, t) : rc;
}

static rp_code decide(struct job *j, client *c, struct trouble *t)
{
	const char *id = j->a->o.args[1];
	const bool agrees = strcmp(j->a->o.args[0], "approve") == 0;
	rp_code rc = client_revoke_decide(c, id, agrees, &t->err);

	if (rc != RP_OK)
		return rc;
	if (j->a->o.json)
		return json_show(
			json_pack("{s:s, s:s}", "revocation", id, "state", agrees ? "approved" : "withdrawn"),
			t);
	out_para(OUT_RESULT, 0,
		 agrees ? _("Approved: it is sent to the authority until that confirms it.")
			: _("Taken back: the card stays as it is."));
	return RP_OK;
}

bool revoke_is(const struct opts *o)
{
	return o->n_args > 0 && (strcmp(o->args[0], "revoke") == 0 || strcmp(o->args[0], "approve") == 0 ||
				 strcmp(o->args[0], "withdraw") == 0);
}

rp_code revoke_run(struct job *j, struct trouble *t)
{
	static const enum secret_name names[] = {SECRET_PASSWORD, SECRET_TOTP, SECRETS_N};
	RP_AUTO(issuer_close) struct issuer_link l = {0};
	RP_AUTO(certificates_freep) struct certificates *certs = calloc(1, sizeof *certs);
	const struct opts *o = &j->a->o;
	const bool asks = strcmp(o->args[0], "revoke") == 0;
	struct client_revocation r = {.profile = o->profile != NULL ? o->profile : "aosign",
				      .number = o->card,
				      .reason = o->reason,
				      .identified_by = o->identified_by,
				      .loss_certain = o->loss_certain};
	rp_code rc = certs != NULL ? check(o, asks, t) : rp_fail(&t->err, RP_E_NO_MEMORY, "no memory");

	if (rc == RP_OK && asks)
		rc = read_certificates(o->certificate, &r, certs, t);
	if (rc == RP_OK)
		rc = job_source(j, t);
	if (rc == RP_OK)
		rc = job_names(j, names, t);
	if (rc == RP_OK)
		rc = issuer_client(j->a, 0, &l.c, t);
	if (rc == RP_OK)
		rc = helpdesk_sign_in(j, l.c, t);
	if (rc != RP_OK)
		return rc;
	return asks ? ask(j, l.c, &r, t) : decide(j, l.c, t);
}
