/* SPDX-License-Identifier: Apache-2.0 */
/* audit verify, export, receipt, erase; migrate; forget; recover */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "issuer/log.h"
#include "server/files.h"
#include "server/repind.h"

#define NOTE_MAX 1024

static rp_code read_checkpoint(struct app *a, char **ret, struct rp_error *err)
{
	size_t len = 0;

	return files_read(a->args.value[OPT_CHECKPOINT], NOTE_MAX, ret, &len, err);
}

rp_code cmd_audit_verify(struct app *a, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *note = NULL;
	struct log_audited seen = {0};
	rp_code rc = RP_OK;

	if (a->args.value[OPT_CHECKPOINT] != NULL)
		rc = read_checkpoint(a, &note, err);
	if (rc == RP_OK)
		rc = app_open_unchecked(a, err);
	if (rc == RP_OK)
		rc = log_audit(a->i, note, &seen, err);
	if (rc == RP_OK)
		(void)printf("%" PRIu64 " entries are whole%s; %" PRIu64 " of them are erased, %" PRIu64
			     " more wait for the seal\n",
			     seen.size, note != NULL ? " and hold the exported checkpoint" : "", seen.erased,
			     seen.waiting);
	return rc;
}

rp_code cmd_audit_export(struct app *a, struct rp_error *err)
{
	char note[NOTE_MAX] = "";
	rp_code rc = app_open_unchecked(a, err);

	if (rc == RP_OK)
		rc = issuer_checkpoint(a->i, note, sizeof note, err);
	if (rc == RP_OK)
		(void)fputs(note, stdout);
	return rc;
}

rp_code cmd_audit_receipt(struct app *a, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *json = NULL;
	rp_code rc = app_open(a, err);

	if (rc == RP_OK)
		rc = issuer_receipt(a->i, a->args.arg[0], &json, err);
	if (rc == RP_OK)
		(void)printf("%s\n", json);
	return rc;
}

/* Asks for an act of two people whose arguments are one or two texts. */
static rp_code ask_for(struct app *a, const char *act, const char *name, const char *value, const char *name2,
		       const char *value2, struct rp_error *err)
{
	char approval[RP_ISSUER_ID] = "";
	json_t *args = json_pack("{s:s,s:s*}", name, value, name2, value2);
	char *text = args != NULL ? json_dumps(args, JSON_COMPACT) : NULL;
	rp_code rc = text != NULL ? issuer_ask(a->i, a->by, act, text, approval, err)
				  : rp_fail(err, RP_E_USAGE, "the arguments are no text");

	free(text);
	json_decref(args);
	if (rc == RP_OK)
		app_say_approval(approval, "done");
	return rc;
}

rp_code cmd_audit_erase(struct app *a, struct rp_error *err)
{
	rp_code rc;

	if (a->args.value[OPT_REASON] == NULL)
		return rp_fail(err, RP_E_USAGE, "why? --reason is missing");
	rc = app_open_by(a, err);
	return rc == RP_OK ? ask_for(a, "erase", "receipt", a->args.arg[0], "reason",
				     a->args.value[OPT_REASON], err)
			   : rc;
}

rp_code cmd_migrate(struct app *a, struct rp_error *err)
{
	rp_code rc = app_store(a, err);

	if (rc == RP_OK)
		rc = store_migrate(a->s, err);
	if (rc == RP_OK)
		(void)printf("the database has this program's schema\n");
	return rc;
}

rp_code cmd_forget(struct app *a, struct rp_error *err)
{
	const bool really = a->args.value[OPT_REALLY] != NULL;
	unsigned asked = 0;
	rp_code rc = app_open_by(a, err);

	for (unsigned k = 0; rc == RP_OK && k < FORGET_KINDS; k++) {
		const unsigned days = a->set->keep_days[k];
		uint64_t n = 0;

		if (days == 0)
			continue;
		asked++;
		rc = issuer_forget(a->i, a->by, (enum forget_kind)k, days, really, &n, err);
		if (rc == RP_OK)
			(void)printf("%s older than %u days: %" PRIu64 " %s\n",
				     forget_word((enum forget_kind)k), days, n,
				     really ? "forgotten" : "would be forgotten (--really)");
	}
	if (rc == RP_OK && asked == 0)
		(void)printf("everything is kept for ever: repind.conf has no keep-...-days\n");
	return rc;
}

rp_code cmd_recover(struct app *a, struct rp_error *err)
{
	RP_AUTO(files_text_freep) char *note = NULL;
	char text[2 * NOTE_MAX];
	rp_code rc;

	if (a->args.value[OPT_CHECKPOINT] == NULL)
		return rp_fail(err, RP_E_USAGE, "the last exported checkpoint is missing: --checkpoint FILE");
	rc = read_checkpoint(a, &note, err);
	if (rc == RP_OK)
		rc = app_open_by(a, err);
	if (rc == RP_OK && !base64_of(note, strlen(note), text, sizeof text))
		rc = rp_fail(err, RP_E_USAGE, "the checkpoint is too long");
	return rc == RP_OK ? ask_for(a, "recover", "checkpoint", text, "reason", NULL, err) : rc;
}
