/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include "base/bytes.h"

#include <jansson.h>
#include <string.h>

/* One reader and what is in it. */
struct row {
	const struct rp_reader *reader;
	struct rp_card_facts facts; /* profile NULL: no card that was read */
	rp_code code;		    /* why not */
};

static void look(struct app *a, struct row *row)
{
	rp_card *card = NULL;

	row->code = RP_OK;
	if (row->reader->state != RP_READER_CARD)
		return;
	row->code = rp_card_look(a->ctx, row->reader->name, RP_READ_CARD | RP_READ_ONCE, &card, &row->facts,
				 NULL);
	if (row->code != RP_OK)
		row->facts.profile = NULL;
	rp_card_close(card);
}

static const char *state_word(enum rp_reader_state state)
{
	switch (state) {
	case RP_READER_CARD:
		return "card";
	case RP_READER_MUTE:
		return "mute";
	case RP_READER_BUSY:
		return "busy";
	case RP_READER_EMPTY:
		break;
	}
	return "empty";
}

static const char *sentence(const struct row *row)
{
	if (row->facts.profile != NULL)
		return words_family(row->facts.profile);
	if (row->reader->state == RP_READER_EMPTY || row->code == RP_E_NO_CARD || row->code == RP_E_CARD_GONE)
		return _("no card");
	if (row->reader->state == RP_READER_MUTE || row->code == RP_E_CARD_MUTE)
		return _("a card that does not answer: is it upside down?");
	if (row->reader->state == RP_READER_BUSY || row->code == RP_E_CARD_BUSY)
		return _("a card that another program is using");
	if (row->code == RP_E_CARD_UNKNOWN)
		return _("a card that Repin does not know");
	return _("a card that could not be read");
}

static json_t *row_json(const struct row *row)
{
	char atr[2 * sizeof row->reader->atr + 1] = "";

	if (!hex_of(row->reader->atr, row->reader->atr_len, atr, sizeof atr))
		atr[0] = '\0';
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "reader", json_text(row->reader->name), "state",
			 state_word(row->reader->state), "atr", json_text(atr), "card",
			 row->facts.profile != NULL ? json_card(&row->facts) : json_null(), "error",
			 row->code != RP_OK ? json_text(rp_code_word(row->code)) : json_null());
}

static rp_code show_json(struct app *a, const struct rp_reader *readers, size_t n, struct trouble *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct row row = {.reader = &readers[i]};

		look(a, &row);
		if (json_array_append_new(list, row_json(&row)) != 0) {
			json_decref(list);
			return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the list");
		}
	}
	return json_show(json_pack("{s:o}", "readers", list), t);
}

static rp_code show(struct app *a, const struct rp_reader *readers, size_t n, struct trouble *t)
{
	RP_AUTO(table_free) struct table table = {0};

	table_row(&table);
	table_cell(&table, 0, STYLE_HEAD, _("Reader"));
	table_cell(&table, 1, STYLE_HEAD, _("Card"));
	table_cell(&table, 2, STYLE_HEAD, _("Number"));
	for (size_t i = 0; i < n; i++) {
		struct row row = {.reader = &readers[i]};

		look(a, &row);
		table_row(&table);
		table_cell(&table, 0, STYLE_PLAIN, readers[i].name);
		table_cell(&table, 1, row.facts.profile != NULL ? STYLE_GOOD : STYLE_PLAIN, sentence(&row));
		table_cell(&table, 2, STYLE_PLAIN, row.facts.profile != NULL ? row.facts.number : "");
	}
	if (!table_show(&table, OUT_RESULT, 0))
		return rp_fail(&t->err, RP_E_NO_MEMORY, "no memory for the list");
	return RP_OK;
}

rp_code cmd_list(struct app *a, struct trouble *t)
{
	const struct rp_reader *readers = NULL;
	size_t n = 0;
	rp_code rc;

	if (a->o.n_args > 0)
		return trouble_say(t, RP_E_USAGE, _("'repin --help' shows how."),
				   _("'%s' takes no further words."), a->o.command);
	rc = app_ctx(a, t);
	if (rc == RP_OK)
		rc = app_readers(a, &readers, &n, &t->err);
	if (rc != RP_OK)
		return rc;
	if (n == 0)
		return rp_fail(&t->err, RP_E_NO_READER, "the service knows no reader");
	return a->o.json ? show_json(a, readers, n, t) : show(a, readers, n, t);
}
