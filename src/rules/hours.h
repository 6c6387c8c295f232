/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a counter or a kiosk is open, as data: hours of each weekday, days with hours of their
 * own (holiday counter days), days off every year, national holidays. What a day is, is asked
 * in this order: a day with hours of its own, days off every year, national holiday, weekday.
 *
 * Times are the local time of the place, as arguments; spans are half open: at the closing
 * minute it is closed. Beyond the years of the holiday table a calendar that follows the
 * national holidays answers "unknown", never "open".
 *
 * Source: seed 004, "Application Location" and "Reception Hours"; sources of rows stand in them.
 */
#ifndef REPIN_RULES_HOURS_H
#define REPIN_RULES_HOURS_H

#include <stddef.h>

#include "repin/types.h"
#include "rules/date.h"
#include "rules/holidays.h"

/* A minute of the day as clocks write it: AT(8, 30). */
#define AT(hour, minute) ((hour)*60 + (minute))

/* From its first minute to before its last one; {0, 0} is no span. `to` may be 24:00. */
struct span {
	int from, to;
};

/* In the order of the day, and apart; a day off has none. */
struct day_hours {
	struct span open[2];
};

/* A day whose hours are its own, whatever weekday or holiday it is. No span: closed. */
struct own_day {
	struct date date;
	struct day_hours hours;
	const char *source;
};

/* Days off every year, both ends included; they may run over New Year. */
struct yearly_closing {
	int from_month, from_day, to_month, to_day;
	const char *source;
};

struct calendar {
	struct day_hours week[WEEKDAYS];
	const struct own_day *own_days; /* in the order of their dates */
	size_t n_own_days;
	const struct yearly_closing *closing; /* NULL = none */
	bool closed_on_holidays;	      /* national ones */
};

enum hours_reason {
	HOURS_OPEN,
	HOURS_OPEN_OWN_DAY, /* open, on a day with hours of its own */
	HOURS_EARLY,	    /* opens later today */
	HOURS_BREAK,	    /* opens again later today */
	HOURS_LATE,	    /* has closed for today */
	HOURS_DAY_OFF,	    /* has no hours on that weekday */
	HOURS_HOLIDAY,	    /* national holiday */
	HOURS_YEARLY,	    /* off every year */
	HOURS_OWN_DAY_OFF,  /* off this once */
	HOURS_UNKNOWN,	    /* the holidays of that year are not known */
	HOURS_REASONS
};

struct hours_state {
	bool open;
	enum hours_reason reason;
	int until;		       /* minute of this day when that ends: 0…1440; -1 = not today */
	const struct holiday *holiday; /* the day's, NULL when it is none */
	const struct own_day *own_day; /* the row that decided, else NULL */
};

/* Whom to ask. Empty texts are not known. */
struct contact {
	const char *name_ja, *name_en, *name_zh;
	const char *postcode, *address_ja, *address_en, *address_zh, *telephone, *fax;
	const char *source;
};

/* What an office asks for beside the documents. */
struct office_rules {
	bool appointment;  /* whoever has none is not served */
	bool second_clerk; /* a second person agrees to each application */
};

/* A counter. */
struct office {
	const char *id;
	const char *name_ja, *name_en, *name_zh;
	const char *municipality; /* code, 5 digits (JIS X 0402), as the card's common application has it */
	const char *municipality_ja, *municipality_en, *municipality_zh;
	bool main;		   /* the others are branches */
	const struct contact *ask; /* branches without a telephone of their own: the main office */
	const struct calendar *when;
	const struct office_rules *rules;
	const char *source;
};

/* Offices in order: a main office stands before its branches. */
struct offices {
	const struct office *at;
	size_t n;
};

/* Kiosks of one operator. */
struct kiosk_group {
	const char *id;
	const char *operator_ja, *operator_en;
	const char *places;
	const rp_slot *resets; /* the PINs of the card that may be reset there */
	size_t n_resets;
	const struct calendar *when;
	const char *source;
};

/*
 * The offices that this program knows: those of offices_use(), else the example, data/offices/inagi.office,
 * which every program has in it.
 */
const struct offices *offices(void);
/* Before any other thread asks; `all` lives as long as the program. */
void offices_use(const struct offices *all);
/* NULL when none has this id. */
const struct office *office_named(const char *id);
/* The example file's bytes, as shipped; a zero stands after them. */
extern const unsigned char office_example_text[];
extern const size_t office_example_len;

/* The kiosk groups of the convenience stores. */
extern const struct kiosk_group kiosk_groups_example[];
extern const size_t n_kiosk_groups_example;

/* What the calendar says of that minute. `at` is valid. */
struct hours_state calendar_state(const struct calendar *c, struct datetime at);
/*
 * The first minute from `at` on when it is open: `at` itself when it is open then. Looks 366
 * days ahead, and not into years whose holidays are not known. False, with *ret untouched, when
 * it is not open before that.
 */
bool calendar_next_opening(const struct calendar *c, struct datetime at, struct datetime *ret);

struct hours_state office_open_at(const struct office *o, struct datetime at);
bool office_next_opening(const struct office *o, struct datetime at, struct datetime *ret);
struct hours_state kiosk_open_at(const struct kiosk_group *g, struct datetime at);
bool kiosk_next_opening(const struct kiosk_group *g, struct datetime at, struct datetime *ret);
/* True when a card's PIN `slot` may be reset at these kiosks. */
bool kiosk_resets(const struct kiosk_group *g, rp_slot slot);

/* "open", "holiday", … for JSON; static. */
const char *hours_reason_word(enum hours_reason r);
/* The sentence, an English msgid; static. */
const char *hours_reason_text(enum hours_reason r);

/* True when the card of a holder registered there (code, 5 digits) is served at this office. */
bool office_serves(const struct office *o, const char *municipality);
/* The main office of a municipality, to name the right one. NULL when `of` has none. */
const struct office *office_of(const struct office *of, size_t n, const char *municipality);

#endif
