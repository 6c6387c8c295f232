/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/office_file.h"
#include "rules/hours_text.h"

#include <string.h>

#define VALUE_MAX 200
#define ID_MAX 31
#define KEYS_SEEN 64

struct reading {
	struct office_file *f;
	office_finding *each;
	void *arg;
	struct date today;
	unsigned line;
	bool failed;
	struct office *at; /* the office whose section this is; NULL = before the first */
	unsigned at_line;
	const char *agent, *documents; /* read, and always of one value */
	const char *days_source, *closed_source;
	const struct key *seen[KEYS_SEEN];
	size_t n_seen;
	size_t first_day;
};

static void found(struct reading *r, unsigned line, enum office_fault fault, const char *what)
{
	r->failed = r->failed || !office_faults[fault].advice;
	r->each(r->arg, line, fault, what);
}

/* --- values --- */

static bool is_phone(const char *text)
{
	size_t digits = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if ((*at >= '0' && *at <= '9'))
			digits++;
		else if (*at != '-' || at == text || at[-1] == '-' || at[1] == '\0')
			return false;
	}
	return digits >= 9 && digits <= 15;
}

static bool is_id(const char *text)
{
	const size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n >= 1 && n <= ID_MAX && text[n] == '\0' && text[0] != '-';
}

/* --- keys --- */

enum kind {
	TEXT,
	CODE,
	PHONE,
	POSTCODE,
	YES_NO,
	NO_ALONE,
	DOCUMENTS,
	MAIN_BRANCH,
	OPEN_CLOSED,
	WEEKDAYS_HOURS,
	DAY_HOURS,
	CLOSING,
	OWN_DAY
};

struct key {
	const char *name;
	enum kind kind;
	bool of_office, needed;
	size_t at; /* of a text in struct office (or of `ask`, the rules, the reading), or the weekday */
};

#define OFFICE(name, kind, needed, member)                                                                   \
	{                                                                                                    \
		name, kind, true, needed, offsetof(struct office, member)                                    \
	}
#define ASK(name, kind, member)                                                                              \
	{                                                                                                    \
		name, kind, false, true, offsetof(struct office_file, ask.member)                            \
	}
/* What all offices of the file share is put into the first one, and copied at the end. */
#define SHARED(name, kind, member)                                                                           \
	{                                                                                                    \
		name, kind, false, true, offsetof(struct office_file, offices[0].member)                     \
	}
#define RULE(name, member)                                                                                   \
	{                                                                                                    \
		name, YES_NO, false, true, offsetof(struct office_file, rules.member)                        \
	}
static const struct key keys[] = {
	SHARED("municipality", CODE, municipality),
	SHARED("municipality-en", TEXT, municipality_en),
	SHARED("municipality-ja", TEXT, municipality_ja),
	SHARED("municipality-zh", TEXT, municipality_zh),
	ASK("contact-en", TEXT, name_en),
	ASK("contact-ja", TEXT, name_ja),
	ASK("contact-zh", TEXT, name_zh),
	ASK("postcode", POSTCODE, postcode),
	ASK("address-en", TEXT, address_en),
	ASK("address-ja", TEXT, address_ja),
	ASK("address-zh", TEXT, address_zh),
	ASK("telephone", PHONE, telephone),
	ASK("fax", PHONE, fax),
	ASK("source", TEXT, source),
	{"agent-same-day", NO_ALONE, false, true, 0},
	{"documents", DOCUMENTS, false, true, 0},
	RULE("appointment", appointment),
	RULE("second-clerk", second_clerk),
	OFFICE("kind", MAIN_BRANCH, true, main),
	OFFICE("name-en", TEXT, true, name_en),
	OFFICE("name-ja", TEXT, true, name_ja),
	OFFICE("name-zh", TEXT, true, name_zh),
	OFFICE("source", TEXT, true, source),
	{"weekdays", WEEKDAYS_HOURS, true, false, 0},
	{"monday", DAY_HOURS, true, false, MONDAY},
	{"tuesday", DAY_HOURS, true, false, TUESDAY},
	{"wednesday", DAY_HOURS, true, false, WEDNESDAY},
	{"thursday", DAY_HOURS, true, false, THURSDAY},
	{"friday", DAY_HOURS, true, false, FRIDAY},
	{"saturday", DAY_HOURS, true, false, SATURDAY},
	{"sunday", DAY_HOURS, true, false, SUNDAY},
	{"national-holidays", OPEN_CLOSED, true, true, 0},
	{"closed", CLOSING, true, false, 0},
	{"closed-source", TEXT, true, false, offsetof(struct reading, closed_source)},
	{"days-source", TEXT, true, false, offsetof(struct reading, days_source)},
	{"day", OWN_DAY, true, false, 0},
};
#undef OFFICE
#undef ASK
#undef SHARED
#undef RULE
#define N_KEYS (sizeof keys / sizeof keys[0])

static const struct key *key_named(const struct reading *r, const char *name)
{
	for (size_t k = 0; k < N_KEYS; k++)
		if (keys[k].of_office == (r->at != NULL) && strcmp(keys[k].name, name) == 0)
			return &keys[k];
	return NULL;
}

static bool is_seen(const struct reading *r, const struct key *key)
{
	for (size_t k = 0; k < r->n_seen; k++)
		if (r->seen[k] == key)
			return true;
	return false;
}

static size_t number_of(const struct reading *r)
{
	return (size_t)(r->at - r->f->offices);
}

/* Where a key's value belongs. The two sources are kept until the section ends. */
static void *place_of(struct reading *r, const struct key *key)
{
	if (!key->of_office)
		return (char *)r->f + key->at;
	if (strcmp(key->name, "closed-source") == 0 || strcmp(key->name, "days-source") == 0)
		return (char *)r + key->at;
	return (char *)r->at + key->at;
}

static void put_text(struct reading *r, const struct key *key, const char *value)
{
	*(const char **)place_of(r, key) = value;
}

/* True and *ret when the value is one of two words; the second stands for true. */
static bool take_word(const char *value, const char *no, const char *yes, bool *ret)
{
	if (strcmp(value, no) != 0 && strcmp(value, yes) != 0)
		return false;
	*ret = strcmp(value, yes) == 0;
	return true;
}

static void take_own_day(struct reading *r, char *value)
{
	struct office_file *f = r->f;
	struct own_day d = {.source = ""};
	char *gap = strchr(value, ' ');

	if (f->n_days == OWN_DAYS_OF_FILE) {
		found(r, r->line, OFFICE_TOO_MANY, "day");
		return;
	}
	if (gap != NULL)
		*gap = '\0';
	if (!date_from_text(value, &d.date)) {
		found(r, r->line, OFFICE_BAD_DATE, value);
		return;
	}
	if (gap == NULL || !hours_text_day(gap + 1 + strspn(gap + 1, " "), &d.hours)) {
		found(r, r->line, OFFICE_BAD_HOURS, value);
		return;
	}
	if (f->n_days > r->first_day && date_compare(f->days[f->n_days - 1].date, d.date) >= 0) {
		found(r, r->line, OFFICE_DAY_ORDER, value);
		return;
	}
	if (!holidays_cover(d.date))
		found(r, r->line, OFFICE_HOLIDAYS_END, value);
	f->days[f->n_days++] = d;
}

static enum office_fault take_text(struct reading *r, const struct key *key, const char *value)
{
	if (key->kind == CODE && !text_is_like(value, "99999"))
		return OFFICE_BAD_CODE;
	if (key->kind == PHONE && !is_phone(value))
		return OFFICE_BAD_PHONE;
	if (key->kind == POSTCODE && !text_is_like(value, "999-9999"))
		return OFFICE_BAD_POSTCODE;
	put_text(r, key, value);
	return OFFICE_FAULTS;
}

static enum office_fault take_week(struct reading *r, const struct key *key, const char *value)
{
	struct calendar *c = &r->f->calendars[number_of(r)];
	struct day_hours h;

	if (!hours_text_day(value, &h))
		return OFFICE_BAD_HOURS;
	if (key->kind == DAY_HOURS) {
		c->week[key->at] = h;
		return OFFICE_FAULTS;
	}
	/* A day's own line has the last word, wherever it stands. */
	for (enum weekday d = MONDAY; d <= FRIDAY; d++) {
		bool own = false;

		for (size_t k = 0; k < r->n_seen; k++)
			own = own || (r->seen[k]->kind == DAY_HOURS && r->seen[k]->at == d);
		if (!own)
			c->week[d] = h;
	}
	return OFFICE_FAULTS;
}

static enum office_fault take_value(struct reading *r, const struct key *key, char *value)
{
	bool *at;

	switch (key->kind) {
	case TEXT:
	case CODE:
	case PHONE:
	case POSTCODE:
		return take_text(r, key, value);
	case YES_NO:
		at = place_of(r, key);
		return take_word(value, "no", "yes", at) ? OFFICE_FAULTS : OFFICE_BAD_WORD;
	case NO_ALONE:
		return strcmp(value, "no") == 0 ? OFFICE_FAULTS : OFFICE_SAME_DAY;
	case DOCUMENTS:
		return strcmp(value, "lists-a-and-b") == 0 ? OFFICE_FAULTS : OFFICE_BAD_WORD;
	case MAIN_BRANCH:
		at = place_of(r, key);
		return take_word(value, "branch", "main", at) ? OFFICE_FAULTS : OFFICE_BAD_WORD;
	case OPEN_CLOSED:
		at = &r->f->calendars[number_of(r)].closed_on_holidays;
		return take_word(value, "open", "closed", at) ? OFFICE_FAULTS : OFFICE_BAD_WORD;
	case WEEKDAYS_HOURS:
	case DAY_HOURS:
		return take_week(r, key, value);
	case CLOSING:
		if (!hours_text_closing(value, &r->f->closings[number_of(r)]))
			return OFFICE_BAD_DATE;
		r->f->calendars[number_of(r)].closing = &r->f->closings[number_of(r)];
		return OFFICE_FAULTS;
	case OWN_DAY:
		break;
	}
	take_own_day(r, value);
	return OFFICE_FAULTS;
}

/* --- sections --- */

static void check_needed(struct reading *r, unsigned line)
{
	for (size_t k = 0; k < N_KEYS; k++)
		if (keys[k].needed && keys[k].of_office == (r->at != NULL) && !is_seen(r, &keys[k]))
			found(r, line, OFFICE_KEY_MISSING, keys[k].name);
}

static bool same_hours(const struct day_hours *a, const struct day_hours *b)
{
	for (size_t k = 0; k < sizeof a->open / sizeof a->open[0]; k++)
		if (a->open[k].from != b->open[k].from || a->open[k].to != b->open[k].to)
			return false;
	return true;
}

/* What an office's days must be when all of its lines are read. */
static void end_days(struct reading *r)
{
	struct office_file *f = r->f;
	struct calendar *c = &f->calendars[number_of(r)];
	bool opens = false, coming = f->n_days == r->first_day;

	if (c->closing != NULL && r->closed_source == NULL)
		found(r, r->at_line, OFFICE_KEY_MISSING, "closed-source");
	if (f->n_days > r->first_day && r->days_source == NULL)
		found(r, r->at_line, OFFICE_KEY_MISSING, "days-source");
	f->closings[number_of(r)].source = r->closed_source;
	c->n_own_days = f->n_days - r->first_day;
	c->own_days = c->n_own_days > 0 ? &f->days[r->first_day] : NULL;
	for (size_t k = r->first_day; k < f->n_days; k++) {
		struct own_day *d = &f->days[k];

		d->source = r->days_source;
		opens = opens || d->hours.open[0].to > 0;
		coming = coming || date_compare(d->date, r->today) >= 0;
		if (d->hours.open[0].to > 0 && same_hours(&d->hours, &c->week[date_weekday(d->date)]) &&
		    holiday_on(d->date) == NULL)
			found(r, r->at_line, OFFICE_DAY_IS_USUAL, r->at->id);
	}
	for (size_t k = 0; k < WEEKDAYS; k++)
		opens = opens || c->week[k].open[0].to > 0;
	if (!opens)
		found(r, r->at_line, OFFICE_NEVER_OPEN, r->at->id);
	if (!coming)
		found(r, r->at_line, OFFICE_DAYS_OVER, r->at->id);
}

static void end_section(struct reading *r)
{
	check_needed(r, r->at_line);
	if (r->at == NULL)
		return;
	end_days(r);
	for (size_t k = 0; r->at->main && k < number_of(r); k++)
		if (r->f->offices[k].main)
			found(r, r->at_line, OFFICE_TWO_MAIN, r->at->id);
}

static void begin_section(struct reading *r, char *line)
{
	struct office_file *f = r->f;
	const size_t len = strlen(line);
	char *id = line + strlen("[office ");

	if (strncmp(line, "[office ", strlen("[office ")) != 0 || line[len - 1] != ']') {
		found(r, r->line, OFFICE_BAD_SECTION, line);
		return;
	}
	line[len - 1] = '\0';
	if (!is_id(id))
		found(r, r->line, OFFICE_BAD_SECTION, id);
	for (size_t k = 0; k < f->n; k++)
		if (strcmp(f->offices[k].id, id) == 0)
			found(r, r->line, OFFICE_ID_TWICE, id);
	if (f->n == OFFICES_OF_FILE) {
		found(r, r->line, OFFICE_TOO_MANY, id);
		return;
	}
	end_section(r);
	r->at = &f->offices[f->n++];
	/* The first one holds already what all share. */
	if (r->at != f->offices)
		*r->at = (struct office){0};
	r->at->id = id;
	r->at_line = r->line;
	r->n_seen = 0;
	r->first_day = f->n_days;
	r->days_source = r->closed_source = NULL;
}

/* --- lines --- */

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t");
	for (n = strlen(text); n > 0 && strchr(" \t\r", text[n - 1]) != NULL; n--)
		;
	text[n] = '\0';
	return text;
}

static void take_line(struct reading *r, char *text)
{
	char *line = trim(text), *is = strchr(line, '='), *name, *value;
	const struct key *key;
	enum office_fault fault;

	if (line[0] == '\0' || line[0] == '#')
		return;
	if (line[0] == '[') {
		begin_section(r, line);
		return;
	}
	if (is == NULL || is == line) {
		found(r, r->line, OFFICE_NOT_A_LINE, "");
		return;
	}
	*is = '\0';
	name = trim(line);
	value = trim(is + 1);
	key = key_named(r, name);
	if (key == NULL) {
		found(r, r->line, OFFICE_KEY_UNKNOWN, name);
		return;
	}
	if (key->kind != OWN_DAY && is_seen(r, key)) {
		found(r, r->line, OFFICE_KEY_TWICE, name);
		return;
	}
	if (!is_seen(r, key))
		r->seen[r->n_seen++] = key;
	if (value[0] == '\0')
		fault = OFFICE_VALUE_EMPTY;
	else
		fault = strlen(value) > VALUE_MAX ? OFFICE_VALUE_LONG : take_value(r, key, value);
	if (fault != OFFICE_FAULTS)
		found(r, r->line, fault, name);
}

/* UTF-8 by RFC 3629, section 4, and no control characters but the end of a line and a tab. */
static bool is_text(const unsigned char *at, size_t len)
{
	for (size_t k = 0; k < len;) {
		const unsigned char c = at[k];
		const size_t more = c < 0x80		    ? 0
				    : c >= 0xC2 && c < 0xE0 ? 1
				    : c >= 0xE0 && c < 0xF0 ? 2
				    : c >= 0xF0 && c < 0xF5 ? 3
							    : len;

		if (more == 0 && (c < 0x20 || c == 0x7F) && c != '\n' && c != '\r' && c != '\t')
			return false;
		if (more >= len - k)
			return false;
		for (size_t n = 1; n <= more; n++)
			if ((at[k + n] & 0xC0) != 0x80)
				return false;
		if ((c == 0xE0 && at[k + 1] < 0xA0) || (c == 0xED && at[k + 1] > 0x9F) ||
		    (c == 0xF0 && at[k + 1] < 0x90) || (c == 0xF4 && at[k + 1] > 0x8F))
			return false;
		k += more + 1;
	}
	return true;
}

static void share(struct office_file *f)
{
	const struct office *first = &f->offices[0];

	for (size_t k = 0; k < f->n; k++) {
		struct office *o = &f->offices[k];

		o->municipality = first->municipality;
		o->municipality_en = first->municipality_en;
		o->municipality_ja = first->municipality_ja;
		o->municipality_zh = first->municipality_zh;
		o->ask = &f->ask;
		o->rules = &f->rules;
		o->when = &f->calendars[k];
	}
}

bool office_file_read(char *text, size_t len, struct date today, office_finding *each, void *arg,
		      struct office_file *ret)
{
	struct reading r = {.f = ret, .each = each, .arg = arg, .today = today, .at_line = 1};
	bool has_main = false;

	memset(ret, 0, sizeof *ret);
	if (len > OFFICE_FILE_BYTES) {
		found(&r, 0, OFFICE_TOO_LONG, "");
		return false;
	}
	for (char *at = text, *end; at != NULL; at = end) {
		const size_t left = len - (size_t)(at - text);

		end = memchr(at, '\n', left);
		r.line++;
		if (!is_text((unsigned char *)at, end != NULL ? (size_t)(end - at) : left)) {
			found(&r, r.line, OFFICE_NOT_UTF8, "");
			return false;
		}
		if (end != NULL)
			*end++ = '\0';
		take_line(&r, at);
	}
	end_section(&r);
	for (size_t k = 0; k < ret->n; k++)
		has_main = has_main || ret->offices[k].main;
	if (ret->n == 0)
		found(&r, 0, OFFICE_NO_OFFICE, "");
	else if (!has_main)
		found(&r, 0, OFFICE_NO_MAIN, "");
	share(ret);
	return !r.failed;
}
