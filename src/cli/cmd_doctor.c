/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check-up: from this program down to the card, one finding each, with the next step.
 * It goes on after a finding where the rest still makes sense, and spends no try.
 */
#include "cli/cli.h"
#include "cli/doors.h"
#include "cli/issuer.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ISSUER_MS 3000

enum level { LEVEL_OK, LEVEL_WARN, LEVEL_FAIL };

struct checkup {
	struct app *a;
	json_t *list;  /* NULL: for people */
	rp_code first; /* of the first finding that failed */
	bool failed_memory;
	struct trouble *words; /* the sentences of a code */
};

static const char *level_word(enum level level)
{
	static const char *const word[] = {"ok", "warn", "fail"};

	return word[level];
}

static void tell(const char *message, enum level level, const char *next)
{
	RP_AUTO(table_free) struct table line = {0};
	const char *const mark[] = {_("+ ok"), _("! note"), _("x PROBLEM")};
	static const enum style style[] = {STYLE_GOOD, STYLE_CARE, STYLE_BAD};

	table_row(&line);
	table_cell(&line, 0, style[level], mark[level]);
	table_cell(&line, 1, STYLE_PLAIN, message);
	table_show(&line, OUT_RESULT, 0); /* short of memory: the exit status still tells */
	if (next != NULL)
		out_para(OUT_RESULT, 4, next);
}

static void found(struct checkup *c, const char *id, enum level level, rp_code code, const char *next,
		  const char *fmt, ...) RP_PRINTF(6, 7);
static void found(struct checkup *c, const char *id, enum level level, rp_code code, const char *next,
		  const char *fmt, ...)
{
	char message[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	if (level == LEVEL_FAIL && c->first == RP_OK)
		c->first = code;
	if (c->list == NULL) {
		tell(message, level, next);
		return;
	}
	if (json_array_append_new(
		    c->list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", id, "level", level_word(level),
				       "code", code != RP_OK ? json_text(rp_code_word(code)) : json_null(),
				       "message", json_text(message), "next", json_text(next))) != 0)
		c->failed_memory = true;
}

/* The sentences that every command has for this code. */
static const char *next_of(struct checkup *c, rp_code code)
{
	trouble_start(c->words);
	c->words->err.code = code;
	trouble_explain(c->words);
	return c->words->next;
}

static void check_memory(struct checkup *c)
{
	if (c->a->memory_locked)
		found(c, "memory", LEVEL_OK, RP_OK, NULL, "%s",
		      _("Entries stay in memory that is never written to disk."));
	else
		found(c, "memory", LEVEL_WARN, RP_OK,
		      _("Raise the limit of locked memory: 'ulimit -l 1024', or memlock in "
			"/etc/security/limits.conf. Until then, entries could be written to the swap space "
			"while Repin runs."),
		      "%s", _("Memory cannot be locked against being written to disk."));
}

static void check_conf(struct checkup *c)
{
	struct rp_error err = RP_ERROR_INIT;
	rp_code rc = conf_read(c->a->o.config, &c->a->conf, &err);

	if (rc != RP_OK)
		found(c, "config", LEVEL_FAIL, rc, next_of(c, RP_E_CONFIG),
		      _("The configuration is wrong: %s."), err.story);
	else if (c->a->conf.path[0] != '\0')
		found(c, "config", LEVEL_OK, RP_OK, NULL, _("The configuration file %s is in order."),
		      c->a->conf.path);
	else
		found(c, "config", LEVEL_OK, RP_OK, NULL, "%s",
		      _("There is no configuration file, and none is needed."));
}

/* Base knows no families: a misspelt one would be shown with no card, and nobody would notice. */
static void check_contacts(struct checkup *c)
{
	for (size_t i = 0; i < c->a->conf.n_contacts; i++) {
		const char *profile = c->a->conf.contacts[i].profile;
		struct rp_profile_info info;

		if (strcmp(profile, "*") != 0 && !rp_profile_of(profile, &info))
			found(c, "config", LEVEL_WARN, RP_OK, next_of(c, RP_E_CONFIG),
			      _("The configuration has a contact for cards that Repin does not know: %s."),
			      profile);
	}
}

static void check_session(struct checkup *c)
{
	static const char *const signs[] = {"SSH_CONNECTION", "SSH_TTY", "XRDP_SESSION", "X2GO_SESSION"};

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (getenv(signs[i]) != NULL) {
			found(c, "session", LEVEL_WARN, RP_OK,
			      _("Repin sees the readers of the machine on which it runs, not of the one "
				"before which you sit. Connect the reader there, or run Repin here. Many "
				"systems allow the smart card service only to people who sit at the "
				"machine."),
			      "%s", _("You use this machine from afar (remote session)."));
			return;
		}
	found(c, "session", LEVEL_OK, RP_OK, NULL, "%s",
	      _("You sit at this machine: no sign of a remote session."));
}

static void check_ledger(struct checkup *c)
{
	static struct rp_ledger_card kept[256];
	size_t n = 0;

	if (!c->a->conf.ledger_off || rp_ledger_cards(c->a->ctx, NULL, kept, 256, &n, NULL) != RP_OK)
		return;
	if (n == 0)
		found(c, "ledger", LEVEL_OK, RP_OK, NULL, "%s",
		      _("The ledger is switched off, and nothing is kept of it."));
	else
		found(c, "ledger", LEVEL_WARN, RP_OK, _("'repin ledger --wipe --all' removes it."),
		      ngettext("The ledger is switched off, and what it noted before of %zu card is still "
			       "kept.",
			       "The ledger is switched off, and what it noted before of %zu cards is still "
			       "kept.",
			       n),
		      n);
}

static void check_notes(struct checkup *c)
{
	struct rp_error err = RP_ERROR_INIT;
	char dir[768];
	rp_code rc = app_notes(c->a, &err);

	if (rc == RP_OK)
		rc = rp_notes_check(c->a->ctx, dir, sizeof dir, &err);
	if (rc == RP_OK)
		found(c, "notes", LEVEL_OK, RP_OK, NULL, _("Notes about cards can be kept in %s."), dir);
	else
		found(c, "notes", LEVEL_WARN, rc,
		      _("Change and unlock need this place. Mend it, or name another directory with "
			"state-directory in repin.conf(5)."),
		      _("Notes about cards cannot be kept: %s."), err.story);
	check_ledger(c);
}

/* A holder's card works without it; a terminal does nothing without it. */
static void check_issuer(struct checkup *c)
{
	static struct trouble t;
	const struct conf *conf = &c->a->conf;
	const enum level level = conf->terminal_cert[0] != '\0' ? LEVEL_FAIL : LEVEL_WARN;
	struct issuer_link l = {0};
	rp_code rc;

	if (conf->issuer_url[0] == '\0')
		return;
	trouble_start(&t);
	rc = issuer_connect(c->a, ISSUER_MS, &l, &t);
	if (rc == RP_OK)
		found(c, "issuer", LEVEL_OK, RP_OK, NULL, _("The issuer (%s) answers at %s."), l.port.issuer,
		      conf->issuer_url);
	else
		found(c, "issuer", level, rc,
		      _("Look at the network, at this machine's clock, and at issuer-url and issuer-ca-file "
			"in "
			"the configuration."),
		      _("The issuer at %s cannot be asked: %s."), conf->issuer_url, t.err.story);
	issuer_close(&l);
}

static bool is_installed(void)
{
	return access("/usr/sbin/pcscd", X_OK) == 0 || access("/usr/local/sbin/pcscd", X_OK) == 0 ||
	       access("/usr/bin/pcscd", X_OK) == 0;
}

static void service_failed(struct checkup *c, rp_code rc)
{
	switch ((int)rc) {
	case RP_E_NO_SERVICE:
		if (is_installed())
			found(c, "service", LEVEL_FAIL, rc,
			      _("Start it: 'sudo systemctl start pcscd.socket'."), "%s",
			      _("The smart card service (pcscd) is installed but does not run."));
		else
			found(c, "service", LEVEL_FAIL, rc, _("Install it: 'sudo apt install pcscd'."), "%s",
			      _("The smart card service (pcscd) is not installed."));
		return;
	case RP_E_NO_PERMISSION:
		found(c, "permission", LEVEL_FAIL, rc, next_of(c, rc), "%s",
		      _("The smart card service refuses you."));
		return;
	case RP_E_TIMEOUT:
		found(c, "service", LEVEL_FAIL, rc, _("Restart it: 'sudo systemctl restart pcscd'."), "%s",
		      _("The smart card service (pcscd) does not answer."));
		return;
	default:
		found(c, "service", LEVEL_FAIL, rc, next_of(c, rc), "%s",
		      _("The smart card service could not be asked for its readers."));
		return;
	}
}

/* Whom to ask about this card, where its issuer has told. */
static void say_contacts(struct checkup *c, const char *profile)
{
	struct contact_line lines[CONTACT_KINDS];
	const size_t n = contacts_of(&c->a->conf, profile, false, lines);

	for (size_t i = 0; i < n; i++)
		found(c, "contact", LEVEL_OK, RP_OK, NULL, "%s: %s", lines[i].label, lines[i].text);
}

static void known_card(struct checkup *c, const char *reader, const struct rp_card_facts *f,
		       const struct rp_pad *pad)
{
	const bool is_hicos = strcmp(f->profile, "hicos") == 0;

	if (is_hicos && (c->a->conf.hicos_key == NULL || !f->ours))
		found(c, "card", LEVEL_WARN, RP_OK, text_no_change(f->profile, RP_SLOT_PIN),
		      _("Reader '%s': %s. Repin shows its data, and cannot change its PIN."), reader,
		      words_family(f->profile));
	else
		found(c, "card", LEVEL_OK, RP_OK, NULL, _("Reader '%s': %s."), reader,
		      words_family(f->profile));
	say_contacts(c, f->profile);
	if (pad->modify)
		found(c, "pad", LEVEL_OK, RP_OK, NULL,
		      _("Reader '%s' has keys of its own: 'repin change --pinpad' uses them."), reader);
}

static void card_failed(struct checkup *c, const char *reader, rp_code rc)
{
	const char *next = next_of(c, rc);

	switch ((int)rc) {
	case RP_E_CARD_MUTE:
		found(c, "card", LEVEL_FAIL, rc, next,
		      _("Reader '%s': a card is in it and does not answer. It may be upside down."), reader);
		return;
	case RP_E_CARD_BUSY:
		found(c, "card", LEVEL_FAIL, rc, next,
		      _("Reader '%s': another program uses the card and does not let go of it."), reader);
		return;
	case RP_E_CARD_UNKNOWN:
		found(c, "card", LEVEL_FAIL, rc, next,
		      _("Reader '%s': Repin does not know this kind of card."), reader);
		return;
	default:
		found(c, "card", LEVEL_FAIL, rc, next, _("Reader '%s': the card could not be read."), reader);
		return;
	}
}

static void check_card(struct checkup *c, const struct rp_reader *r)
{
	struct rp_card_facts facts = {0};
	struct rp_pad pad = {0};
	rp_card *card = NULL;
	rp_code rc = RP_OK;

	if (r->state == RP_READER_MUTE)
		rc = RP_E_CARD_MUTE;
	else if (r->state == RP_READER_BUSY)
		rc = RP_E_CARD_BUSY;
	if (rc == RP_OK)
		rc = rp_card_open(c->a->ctx, r->name, &card, NULL);
	/* Before the look, which lets the reader go too. */
	if (rc == RP_OK && rp_pad_of(card, &pad, NULL) != RP_OK)
		pad = (struct rp_pad){0}; /* a reader that cannot tell has no keys for us */
	if (rc == RP_OK)
		rc = rp_card_read(card, RP_READ_PINS | RP_READ_ONCE, &facts, NULL);
	if (rc == RP_OK)
		known_card(c, r->name, &facts, &pad);
	else
		card_failed(c, r->name, rc);
	rp_card_close(card);
}

static void check_readers(struct checkup *c)
{
	const struct rp_reader *readers = NULL;
	size_t n = 0, cards = 0;
	rp_code rc = app_readers(c->a, &readers, &n, NULL);

	if (rc != RP_OK) {
		service_failed(c, rc);
		return;
	}
	found(c, "service", LEVEL_OK, RP_OK, NULL, "%s",
	      _("The smart card service (pcscd) runs and answers."));
	if (n == 0) {
		found(c, "reader", LEVEL_FAIL, RP_E_NO_READER,
		      _("Connect the reader and look whether 'lsusb' lists it. Most readers need the package "
			"libccid; a contactless one may need its maker's driver."),
		      "%s", _("No card reader is connected."));
		return;
	}
	found(c, "reader", LEVEL_OK, RP_OK, NULL,
	      ngettext("%zu reader is connected.", "%zu readers are connected.", n), n);
	for (size_t i = 0; i < n; i++)
		cards += readers[i].state != RP_READER_EMPTY;
	if (cards == 0)
		found(c, "card", LEVEL_FAIL, RP_E_NO_CARD, next_of(c, RP_E_NO_CARD), "%s",
		      _("No card is in any reader."));
	for (size_t i = 0; i < n; i++)
		if (readers[i].state != RP_READER_EMPTY)
			check_card(c, &readers[i]);
}

rp_code cmd_doctor(struct app *a, struct trouble *t)
{
	static struct trouble words;
	struct checkup c = {.a = a, .list = a->o.json ? json_array() : NULL, .words = &words};
	rp_code rc;

	if (a->o.n_args > 0) {
		json_decref(c.list);
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("'%s' takes no further words."), a->o.command);
	}
	check_memory(&c);
	check_conf(&c);
	check_contacts(&c);
	check_session(&c);
	rc = app_ctx(a, t);
	if (rc == RP_OK) {
		check_notes(&c);
		check_issuer(&c);
		check_readers(&c);
	}
	if (rc == RP_OK && c.failed_memory)
		rc = rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the findings");
	if (rc != RP_OK) {
		json_decref(c.list);
		return rc;
	}
	if (a->o.json)
		rc = json_show(c.list, t);
	else if (c.first == RP_OK)
		out_para(OUT_RESULT, 0, _("All is well. The check-up spent no try."));
	else
		out_para(OUT_RESULT, 0, _("Look at the first problem first. The check-up spent no try."));
	if (rc != RP_OK)
		return rc;
	t->shown = c.first != RP_OK;
	return c.first;
}
