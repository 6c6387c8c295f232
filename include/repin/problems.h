/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an issuer refuses: one list for the domain that refuses, the server that answers (RFC 9457
 * problem details, `type` = slug), the client that reads it and the programs that make a
 * sentence of it. A refusal has changed nothing on the card.
 *
 * X(name, slug, HTTP status, title in English, next door's word or "")
 * Numbers follow the order and go nowhere; slugs are the contract and are never reused.
 */
#ifndef REPIN_PROBLEMS_H
#define REPIN_PROBLEMS_H

#define RP_PROBLEMS(X)                                                                                       \
	/* the request */                                                                                    \
	X(MALFORMED, "malformed", 400, "The request is not what the interface describes", "")                \
	X(NOT_FOUND, "not-found", 404, "There is nothing at this address", "")                               \
	X(METHOD, "method-not-allowed", 405, "This address does not take this method", "")                   \
	X(TOO_LARGE, "too-large", 413, "The request is too large", "")                                       \
	X(MEDIA_TYPE, "media-type", 415, "The request is not JSON", "")                                      \
	X(KEY_REUSED, "idempotency-key-reused", 422, "This idempotency key was used for another request",    \
	  "")                                                                                                \
	X(TOO_MANY, "too-many-requests", 429, "Too many requests; wait", "")                                 \
	X(BUSY, "busy", 503, "All places are taken; nothing was counted; try again in a moment", "")         \
	X(NOT_READY, "not-ready", 503, "The issuer's service is not ready; nothing was counted", "")         \
	X(FAULT, "fault", 500, "A fault of the issuer's service", "")                                        \
	/* who asks */                                                                                       \
	X(TERMINAL, "terminal-unknown", 401, "This needs a terminal that is enrolled", "")                   \
	X(TERMINAL_LOCKED, "terminal-locked", 403, "This terminal is locked", "counter")                     \
	X(CLASS, "terminal-class", 403, "Not at this kind of terminal", "")                                  \
	X(APP_ONLY, "app-only", 403, "Only the app on the smartphone does this", "app")                      \
	X(DEVICE, "device-unknown", 403, "The issuer does not know the key of this phone", "app")            \
	X(CAPABILITY, "terminal-capability", 403, "This terminal may not reset this PIN", "counter")         \
	X(SIGN_IN, "sign-in", 401, "Sign in first", "")                                                      \
	X(SIGN_IN_WRONG, "sign-in-wrong", 401, "Name, password or one-time password are not right", "")      \
	X(ROLE, "role", 403, "Your role does not allow this", "")                                            \
	X(OWN_CARD, "own-card", 403, "Nobody handles their own card", "")                                    \
	X(OFFICE, "office", 403, "Another office is responsible", "counter")                                 \
	X(FOUR_EYES, "four-eyes", 403, "A second person must agree", "")                                     \
	/* the card */                                                                                       \
	X(CARD_NOT_SHOWN, "card-not-shown", 403, "The card was not shown to the issuer", "")                 \
	X(NONCE_OLD, "nonce-old", 403, "The issuer's number was used or is too old; begin again", "")        \
	X(CARD_SUSPENDED, "card-suspended", 403, "The card is suspended", "counter")                         \
	X(CARD_REVOKED, "card-revoked", 403, "The card is revoked", "re-issue")                              \
	X(CARD_HALTED, "card-halted", 403, "The card and the issuer's records do not agree", "counter")      \
	X(SLOT, "slot", 403, "This PIN cannot be reset by the issuer", "counter")                            \
	X(STOPPED, "stopped", 403, "The issuer has stopped this way for the moment", "")                     \
	/* evidence */                                                                                       \
	X(DOOR, "door", 403, "This way is not open for this PIN", "")                                        \
	X(EVIDENCE_MISSING, "evidence-missing", 403, "Something that this way asks for is missing", "")      \
	X(EVIDENCE_EXTERNAL, "evidence-external", 403, "The issuer also asks for a check made elsewhere",    \
	  "")                                                                                                \
	X(NO_RESERVATION, "no-reservation", 403, "There is no reservation for this PIN", "kiosk")            \
	X(RESERVATION_OVER, "reservation-over", 403, "The time of the reservation is over", "kiosk")         \
	X(PROOF_WRONG, "proof-wrong", 403, "The card's signature is not right", "counter")                   \
	X(KEY_UNKNOWN, "key-unknown", 403, "The issuer does not know this card's certificate", "counter")    \
	X(SOURCE_CARD, "source-card", 403, "It is not the card that the phone's certificate came from",      \
	  "app")                                                                                             \
	X(CERT_INVALID, "certificate-invalid", 403, "A certificate of the card is not valid any more",       \
	  "counter")                                                                                         \
	X(CERT_REVOKED, "certificate-revoked", 403, "A certificate of the card is revoked", "re-issue")      \
	X(CRL_OLD, "revocation-unknown", 503, "It cannot be found out whether the card is revoked", "")      \
	X(CODE_MISSING, "code-missing", 403, "No code is set for this card", "user-code-reset")              \
	X(CODE_WRONG, "code-wrong", 403, "The code is wrong", "")                                            \
	X(CODE_BLOCKED, "code-blocked", 403, "The code is blocked", "user-code-reset")                       \
	X(CODE_EXPIRED, "code-expired", 403, "The time of the code is over", "")                             \
	X(CODE_RULE, "code-rule", 403, "The new code is not one that the issuer takes", "")                  \
	X(LETTER_LIMIT, "letter-limit", 429, "A code was sent for this card less than a week ago", "")       \
	/* case and grant */                                                                                 \
	X(CASE, "case", 403, "There is no such case for this card", "")                                      \
	X(CASE_STATE, "case-state", 409, "The case does not allow this any more", "")                        \
	X(GRANTS_USED, "grants-used", 403, "This case was granted as often as it may be", "")                \
	X(OFFICE_CLOSED, "office-closed", 403, "The office is closed", "counter")                            \
	X(KIOSK_CLOSED, "kiosk-closed", 403, "These kiosks are closed", "kiosk")                             \
	/* revocation */                                                                                     \
	X(LOSS_NOT_CERTAIN, "loss-not-certain", 409,                                                         \
	  "The holder has not confirmed that the loss is certain", "")                                       \
	X(REVOCATION_SENT, "revocation-sent", 409,                                                           \
	  "The revocation is on its way or done; a letter found again does not make the card usable",        \
	  "re-issue")

enum rp_problem {
	RP_PROBLEM_NONE = 0,
#define RP_PROBLEM_ENUM(name, slug, status, title, door) RP_PROBLEM_##name,
	RP_PROBLEMS(RP_PROBLEM_ENUM)
#undef RP_PROBLEM_ENUM
		RP_PROBLEMS_N
};

#endif
