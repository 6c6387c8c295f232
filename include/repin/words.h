/* SPDX-License-Identifier: Apache-2.0 */
/* The words of codes, slots and states, as they stand in JSON and on the command line. */
#ifndef REPIN_WORDS_H
#define REPIN_WORDS_H

#include "repin/types.h"

/* "pin-wrong" for RP_E_PIN_WRONG; "fault" for a number that is no code. */
RP_API const char *rp_code_word(rp_code code);
/* A plain English sentence of the code. */
RP_API const char *rp_code_text(rp_code code);
/* Exit status of the command-line contract (0…10). */
RP_API int rp_code_exit(rp_code code);

/* "sign" for RP_SLOT_SIGN, "" for none. */
RP_API const char *rp_slot_word(rp_slot slot);
/* RP_SLOT_NONE when no slot has this word. */
RP_API rp_slot rp_slot_from_word(const char *word);
/* "ready", "locked", "dead", "not-set", "unknown". */
RP_API const char *rp_pin_state_word(rp_pin_state state);

/* "code-wrong", its title in English, the word of the door that it sends to ("" = none), its HTTP status. */
RP_API const char *rp_problem_slug(enum rp_problem p);
RP_API const char *rp_problem_title(enum rp_problem p);
RP_API const char *rp_problem_door(enum rp_problem p);
RP_API int rp_problem_status(enum rp_problem p);
/* RP_PROBLEM_NONE when no problem has this slug. */
RP_API enum rp_problem rp_problem_from_slug(const char *slug);

#endif
