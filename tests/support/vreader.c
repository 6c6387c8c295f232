/* SPDX-License-Identifier: Apache-2.0 */
#include "support/vreader.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Cards made in this run. Their RSA keys take most of a second; a copy takes none. */
#define MADE_MAX 32
static char made_dir[] = "/tmp/repin-test-cards-XXXXXX";
static struct {
	char what[128], path[160];
} made[MADE_MAX];
static size_t n_made;

static void remove_made(void)
{
	for (size_t i = 0; i < n_made; i++)
		(void)unlink(made[i].path);
	(void)rmdir(made_dir);
}

/* Makes the card that `spec` says, and keeps it in a file. */
static const char *make_once(const struct vcard_spec *spec, const char *what)
{
	struct vcard *c = NULL;
	struct rp_error err = RP_ERROR_INIT;

	for (size_t i = 0; i < n_made; i++)
		if (strcmp(made[i].what, what) == 0)
			return made[i].path;
	if (n_made == MADE_MAX || (n_made == 0 && (mkdtemp(made_dir) == NULL || atexit(remove_made) != 0)))
		fail_msg("no place for another card");
	(void)snprintf(made[n_made].what, sizeof made[n_made].what, "%s", what);
	(void)snprintf(made[n_made].path, sizeof made[n_made].path, "%s/%zu.json", made_dir, n_made);
	if (vcard_make(spec, &c, &err) != RP_OK || vcard_keep(c, made[n_made].path, &err) != RP_OK)
		fail_msg("vcard_make: %s", err.story);
	vcard_free(c);
	return made[n_made++].path;
}

struct vcard *vreader_make_number(const char *family, const char *pins, bool reset_key, const char *number)
{
	static const uint8_t key[16] = {0xbf, 0xcf, 0x19, 0x4c, 0xd2, 0x2b, 0xb6, 0xa7,
					0xbb, 0x18, 0x7b, 0x05, 0x9f, 0xb9, 0xde, 0xc2};
	/* The other families have ways of their own back to a PIN. */
	const bool can = strncmp(family, "mynumber", 8) == 0 || strcmp(family, "hicos") == 0;
	const struct vcard_spec spec = {
		.family = family, .pins = pins, .number = number, .reset_key = reset_key && can ? key : NULL};
	struct vcard *c = NULL;
	struct rp_error err = RP_ERROR_INIT;
	char what[128];

	(void)snprintf(what, sizeof what, "%s|%s|%s|%d", family, pins != NULL ? pins : "",
		       number != NULL ? number : "", spec.reset_key != NULL);
	if (vcard_load(make_once(&spec, what), &c, &err) != RP_OK)
		fail_msg("vcard_load: %s", err.story);
	c->path[0] = '\0'; /* from here on in memory only */
	return c;
}

struct vcard *vreader_make(const char *family, const char *pins, bool reset_key)
{
	return vreader_make_number(family, pins, reset_key, NULL);
}

static size_t v_atr(void *arg, uint8_t *ret, size_t cap)
{
	struct vreader *v = arg;

	assert_true(v->card->atr_len <= cap);
	memcpy(ret, v->card->atr, v->card->atr_len);
	return v->card->atr_len;
}

static void v_reset(void *arg)
{
	struct vreader *v = arg;

	vcard_reset(v->card);
}

static void note(struct vreader *v, const uint8_t *cmd, size_t len, const uint8_t *rsp, size_t rsp_len)
{
	if (v->n == VREADER_LOG)
		fail_msg("more commands than a job may need");
	memcpy(v->log[v->n].head, cmd, len < 4 ? len : 4);
	v->log[v->n].len = len;
	v->log[v->n].sw = rsp_len >= 2 ? (uint16_t)(rsp[rsp_len - 2] << 8 | rsp[rsp_len - 1]) : 0;
	v->n++;
	if (len > 5 && len <= sizeof v->last_cmd) {
		memcpy(v->last_cmd, cmd, len);
		v->last_len = len;
	}
}

static size_t v_transmit(void *arg, const uint8_t *cmd, size_t len, uint8_t *ret, size_t cap)
{
	struct vreader *v = arg;
	size_t n = 0;
	unsigned delay = 0;

	if (v->before_command != NULL)
		v->before_command(v, cmd, len);
	if (v->cut_at == v->n + 1) {
		if (v->cut_done)
			(void)vcard_transmit(v->card, cmd, len, ret, cap);
		if (v->cut_kills)
			(void)raise(SIGKILL);
		vcard_reset(v->card);
		note(v, cmd, len, NULL, 0);
		return DIRECT_REMOVED;
	}
	switch (fault_transmit(v->faults, v->card, cmd, len, ret, cap, &n, &delay)) {
	case FAULT_ANSWER:
		note(v, cmd, len, ret, n);
		return n;
	case FAULT_MUTE:
		note(v, cmd, len, NULL, 0);
		return DIRECT_NEVER;
	case FAULT_CUT:
	case FAULT_REMOVED:
		break;
	}
	note(v, cmd, len, NULL, 0);
	return DIRECT_REMOVED;
}

static void v_before_begin(void *arg)
{
	struct vreader *v = arg;

	v->begins++;
	if (v->next != NULL) {
		vcard_free(v->card);
		v->card = v->next;
		v->next = NULL;
		vcard_reset(v->card);
	}
	if (v->before_begin != NULL)
		v->before_begin(v, v->hook_arg);
}

/* --- the simulated pad: builds the command from the template as PC/SC part 10 says --- */

#define PAD_VERIFY 0x42330006
#define PAD_MODIFY 0x42330007

static void v_pad_features(void *arg, struct pad_features *ret)
{
	struct vreader *v = arg;

	if (v->has_pad)
		*ret = (struct pad_features){.verify_direct = PAD_VERIFY, .modify_direct = PAD_MODIFY};
}

static size_t pad_field(uint8_t *to, uint8_t field, const char *typed)
{
	const size_t n = strlen(typed);

	memcpy(to, typed, n);
	return field > n ? field : n;
}

static size_t v_pad_control(void *arg, uint32_t code, const uint8_t *in, size_t len, uint8_t *ret, size_t cap)
{
	struct vreader *v = arg;
	const bool modify = code == PAD_MODIFY;
	const size_t head = modify ? 24 : 19; /* up to ulDataLength */
	const uint8_t *tpl = in + head;
	const uint8_t field = in[3];
	const uint16_t says = modify && v->pad_says_to_new != 0 ? v->pad_says_to_new : v->pad_says;
	uint8_t cmd[64];
	size_t at = 5;

	assert_true(len >= head + 5);
	if (says != 0) {
		ret[0] = (uint8_t)(says >> 8);
		ret[1] = (uint8_t)says;
		return 2;
	}
	memset(cmd, 0xFF, sizeof cmd);
	memcpy(cmd, tpl, 4);
	if (!modify || (in[9] & 0x02) != 0)
		at += pad_field(cmd + at, field, v->pad_current);
	if (modify) {
		if (strcmp(v->pad_new, v->pad_again) != 0) {
			ret[0] = 0x64;
			ret[1] = 0x02;
			return 2;
		}
		at += pad_field(cmd + at, field, v->pad_new);
	}
	cmd[4] = (uint8_t)(at - 5);
	return v_transmit(v, cmd, at, ret, cap);
}

rp_ctx *vreader_open(struct vreader *v, struct vcard *card)
{
	struct direct_card d = {.card = v,
				.atr = v_atr,
				.reset = v_reset,
				.transmit = v_transmit,
				.before_begin = v_before_begin,
				.pad_features = v_pad_features,
				.pad_control = v_pad_control};
	struct transport t;
	rp_ctx *ctx = NULL;

	v->card = card;
	assert_int_equal(transport_direct(&d, VREADER_NAME, &t, NULL), RP_OK);
	assert_int_equal(ctx_on(&t, &ctx, NULL), RP_OK);
	return ctx;
}

void vreader_close(struct vreader *v, rp_ctx *ctx)
{
	rp_ctx_free(ctx);
	vcard_free(v->card);
	if (v->next != NULL)
		vcard_free(v->next);
	if (v->faults != NULL)
		faults_free(v->faults);
	*v = (struct vreader){0};
}

void vreader_faults(struct vreader *v, const char *script)
{
	struct rp_error err = RP_ERROR_INIT;

	if (v->faults != NULL)
		faults_free(v->faults);
	v->faults = NULL;
	if (script != NULL && faults_parse(script, &v->faults, &err) != RP_OK)
		fail_msg("faults: %s", err.story);
}

int vreader_tries(const struct vreader *v, const char *id)
{
	for (size_t i = 0; i < v->card->n_pins; i++)
		if (strcmp(v->card->pins[i].id, id) == 0)
			return v->card->pins[i].tries;
	fail_msg("the card has no %s", id);
	return -1;
}

int vreader_all_tries(const struct vreader *v)
{
	int sum = 0;

	for (size_t i = 0; i < v->card->n_pins; i++)
		sum += v->card->pins[i].tries;
	return sum;
}

unsigned vreader_count(const struct vreader *v, uint8_t ins)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n; i++)
		n += v->log[i].head[1] == ins;
	return n;
}

unsigned vreader_count_data(const struct vreader *v, uint8_t ins)
{
	unsigned n = 0;

	for (unsigned i = 0; i < v->n; i++)
		n += v->log[i].head[1] == ins && v->log[i].len > 5;
	return n;
}

void vreader_forget(struct vreader *v)
{
	v->n = 0;
	v->begins = 0;
	v->last_len = 0;
}

rp_secret *secret_of(const char *text)
{
	rp_secret *s = NULL;

	assert_int_equal(rp_secret_from(text, strlen(text), &s, NULL), RP_OK);
	return s;
}

rp_secret *entry_of(const char *profile, rp_slot slot, enum rp_entry kind, const char *text)
{
	rp_secret *typed = secret_of(text), *sent = NULL;
	struct rp_folded folded;
	struct rp_error err = RP_ERROR_INIT;

	if (rp_entry_check(profile, slot, kind, typed, &sent, &folded, &err) != RP_OK)
		fail_msg("entry refused: %s", err.story);
	rp_secret_free(typed);
	return sent;
}
