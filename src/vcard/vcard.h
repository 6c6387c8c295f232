/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual card: one IC card in software, for tests, demonstrations and practice.
 * Written from the specifications and public facts (docs/wire.md for what is ours),
 * never from card/profiles: else one wrong row would be wrong on both sides.
 *
 * vcard_make or vcard_load -> vcard_power -> vcard_transmit… -> vcard_free. With a
 * state path every change of a counter or value is in the file before the answer is
 * given; a counter is lowered and saved before the compare.
 *
 * It holds test PINs in the clear, in its file and in its diary. It is no place for a
 * real one, and says so.
 */
#ifndef REPIN_VCARD_VCARD_H
#define REPIN_VCARD_VCARD_H

#include "base/error.h"

#include <jansson.h>

#define VCARD_PIN_MAX 128
#define VCARD_PINS_MAX 12
#define VCARD_ID_MAX 24	   /* with its NUL */
#define VCARD_PATH_MAX 512 /* with its NUL */
#define VCARD_RESPONSE_MAX 65538

/* One piece of reference data with its retry counter. */
struct vpin {
	char id[VCARD_ID_MAX]; /* "sign", "juki", "juki-common", "letter", …; unique on the card */
	rp_slot slot;	       /* two vpins may share a slot (juki) */
	uint8_t value[VCARD_PIN_MAX];
	uint8_t len;
	uint8_t tries, max;
	bool set;	 /* the card has it */
	bool verified;	 /* security status; volatile */
	uint16_t resets; /* counted by the reset application */
};

enum vcheck { VCHECK_OK, VCHECK_WRONG, VCHECK_BLOCKED };

/* A command APDU taken apart by the virtual card's own parser (short and extended). */
struct vcmd {
	uint8_t cla, ins, p1, p2;
	const uint8_t *data;
	size_t lc;
	size_t le; /* 0 = no Le; 256 or 65536 for "all" */
};

/* An answer being built. */
struct vrsp {
	uint8_t *p;
	size_t len, cap;
};

struct vcard;

/* What a family does. One const struct per family, in its applet file. */
struct vfamily {
	const char *name;	  /* "mynumber" */
	const char *default_pins; /* "sign=ABC123,auth=1234,…" */
	/* Default ATR. */
	const uint8_t *atr;
	size_t atr_len;
	/* Declares pins, files and certificates of a new card (card->spec is set). */
	rp_code (*make)(struct vcard *c, struct rp_error *err);
	/* Rebuilds what is not generic after a load; c->extra holds what make stored there. May be NULL. */
	rp_code (*load)(struct vcard *c, struct rp_error *err);
	/* Power-up or reset: volatile state of the family to its start. */
	void (*reset)(struct vcard *c);
	/* One command; appends data to rsp and returns the status word. */
	uint16_t (*process)(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp);
};

extern const struct vfamily vfamily_mynumber, vfamily_mynumber_mobile, vfamily_aosign, vfamily_hicos,
	vfamily_piv, vfamily_openpgp, vfamily_gids;
extern const struct vfamily *const vfamilies[];
extern const size_t n_vfamilies;
/* NULL when there is none of this name. */
const struct vfamily *vfamily_named(const char *name);

/* What a new card is made from. Strings may be NULL for the family's default. */
struct vcard_spec {
	const char *family;
	const char *number;
	const char *pins;	  /* "slot=value,…" over the defaults; "sign=" = the card is without it */
	const char *holder;	  /* name on the certificate, where the family has one */
	const char *municipality; /* mynumber: 5 digits of the common application's record */
	const uint8_t *reset_key; /* Kcard, 16 bytes; NULL = no reset application */
	const uint8_t *transport_key; /* hicos: 24 bytes 3DES; NULL = the test default */
	const char *ca_path;	      /* file of the test CA, made when missing; NULL = a CA of this run */
	const char *issuer;	      /* goes into the card id of the reset application; NULL = "test" */
};

/* A key pair and certificate of the test CA (src/vcard/vca.h makes them). */
struct vkey {
	char id[VCARD_ID_MAX]; /* "sign", "auth", … */
	uint8_t *key_der;
	size_t key_len; /* PKCS#8 or traditional, as GnuTLS exports it */
	uint8_t *cert_der;
	size_t cert_len;
	void *priv; /* src/vcard/vca.c's own: the key, ready to sign */
};
#define VCARD_KEYS_MAX 4
#define VCARD_FILES_MAX 48

/* A transparent file or data object, by a family's own number. */
struct vfile {
	uint32_t id;
	uint8_t *bytes;
	size_t len;
};

struct vcard {
	const struct vfamily *family;
	const struct vcard_spec *spec; /* only while making */
	char number[48];
	char issuer[64];
	uint8_t atr[33];
	size_t atr_len;
	struct vpin pins[VCARD_PINS_MAX];
	size_t n_pins;
	struct vkey keys[VCARD_KEYS_MAX];
	size_t n_keys;
	struct vfile files[VCARD_FILES_MAX];
	size_t n_files;
	bool has_reset;
	uint8_t reset_key[16]; /* Kcard */
	uint8_t card_id[16];
	uint8_t transport_key[24]; /* hicos */
	json_t *extra;		   /* a family's own persistent values (object) */
	bool dead;		   /* aosign: letter used up; persistent */
	/* volatile */
	int app;       /* family's own: which application is selected; 0 = none */
	uint32_t file; /* family's own: which file is selected; 0 = none */
	void *scratch; /* family's own volatile state, freed with free() */
	struct {
		bool pending; /* a challenge waits */
		bool granted; /* EXTERNAL AUTHENTICATE was right */
		uint8_t slot;
		uint8_t challenge[16];
	} reset;
	/* where it is saved; "" = memory only */
	char path[VCARD_PATH_MAX];
	bool save_failed; /* the file could not be written: 6581 to everything until it can */
	unsigned long saves;
};

/* Makes a card in memory. Errors: RP_E_USAGE (unknown family, bad pins), RP_E_FAULT. */
RP_MUST_CHECK rp_code vcard_make(const struct vcard_spec *spec, struct vcard **ret, struct rp_error *err);
/* Errors: RP_E_CONFIG when the file is not a card of ours. */
RP_MUST_CHECK rp_code vcard_load(const char *path, struct vcard **ret, struct rp_error *err);
/* Writes the card to path (mode 0600, atomically) and keeps it there from now on. */
RP_MUST_CHECK rp_code vcard_keep(struct vcard *c, const char *path, struct rp_error *err);
void vcard_free(struct vcard *c);

void vcard_reset(struct vcard *c); /* power-up and warm reset */
/* One command; writes the answer (data and status word) to ret, returns its length (2…cap). */
size_t vcard_transmit(struct vcard *c, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap);

/* --- for families --- */
bool vcmd_parse(const uint8_t *bytes, size_t len, struct vcmd *ret);
bool vcmd_is(const struct vcmd *c, uint8_t cla, uint8_t ins, uint8_t p1, uint8_t p2);
/* Appends; false when it does not fit (then nothing is added). */
bool vrsp_put(struct vrsp *r, const void *bytes, size_t len);
/* Declares a PIN; its value comes from spec->pins or the family's defaults. */
struct vpin *vcard_add_pin(struct vcard *c, const char *id, rp_slot slot, uint8_t max);
struct vpin *vcard_pin(struct vcard *c, const char *id); /* NULL when there is none */
/* The value asked for this slot in spec->pins, else in the defaults; NULL when not named; "" = without it. */
const char *vcard_wanted_pin(const struct vcard *c, const char *slot_word, char *buf, size_t cap);
/* Lowers and saves, compares, and on success fills and saves. A card that cannot save counts as blocked. */
enum vcheck vpin_check(struct vcard *c, struct vpin *p, const uint8_t *bytes, size_t len);
/* Sets value, full tries and resets + add_resets in one save; false, and nothing changed, when it fails. */
bool vpin_set(struct vcard *c, struct vpin *p, const uint8_t *bytes, size_t len, unsigned add_resets);
/* 9000 for OK, 63CX for WRONG (63C0 when none is left), `blocked` for BLOCKED. */
uint16_t vpin_sw(const struct vpin *p, enum vcheck c, uint16_t blocked);
bool vcard_save(struct vcard *c);
RP_MUST_CHECK rp_code vcard_add_file(struct vcard *c, uint32_t id, const void *bytes, size_t len,
				     struct rp_error *err);
struct vfile *vcard_file(struct vcard *c, uint32_t id);
/* READ BINARY of a file at offset: 9000; 6B00 past the end; appends min(le, rest). */
uint16_t vfile_read(const struct vfile *f, size_t offset, size_t le, struct vrsp *rsp);
/* An RSA-2048 key with a certificate of the test CA. subject: "CN=…,O=…" as for GnuTLS. */
RP_MUST_CHECK rp_code vcard_add_key(struct vcard *c, const char *id, const char *subject, bool is_signature,
				    struct rp_error *err);
struct vkey *vcard_key(struct vcard *c, const char *id);
/* PKCS#1 v1.5 of given bytes (a DigestInfo), 256 bytes to sig. */
bool vkey_sign(const struct vkey *k, const uint8_t *bytes, size_t len, uint8_t sig[256]);
bool v_random(void *bytes, size_t len);
bool v_equal(const void *a, const void *b, size_t len); /* constant time */

/* --- the reset application, src/vcard/reset_applet.c (docs/wire.md) --- */
#define VRESET_AID "\xF0\x52\x45\x50\x49\x4E\x31"
#define VRESET_AID_LEN 7
/* True when cmd is SELECT of its AID and this card has it; the answer is in rsp. */
bool vreset_select(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp);
/* Any command but SELECT while it is selected. */
uint16_t vreset_process(struct vcard *c, const struct vcmd *cmd, struct vrsp *rsp);
/* Forgets challenge and right: to be called for SELECT, reset and any other command. */
void vreset_forget(struct vcard *c);
/* card id of the reset application for issuer, profile and number. */
void vreset_card_id(const char *issuer, const char *profile, const char *number, uint8_t ret[16]);
/* False when this PIN may not have this value (6A80); the family's rules. */
typedef bool vpin_rule(const struct vpin *p, const uint8_t *bytes, size_t len);

#endif
