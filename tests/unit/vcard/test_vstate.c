/* SPDX-License-Identifier: Apache-2.0 */
#include "dummy.h"
#include "vcard/vio.h"
#include "vcard/vstate.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static unsigned files_in_dir(void)
{
	DIR *d = opendir(dummy_dir);
	const struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	for (e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	(void)closedir(d);
	return n;
}

static int clear(void **state)
{
	return dummy_leave(state) + mkdir(dummy_dir, 0700);
}

/* A card with something in every field. */
static struct vcard *full_card(void)
{
	static const uint8_t key[16] = {0xA0, 0, 7}, transport[24] = {9, 8, 7};
	const struct vcard_spec spec = {.family = "dummy",
					.number = "42",
					.issuer = "Stadt \xE6\x9D\xB1",
					.reset_key = key,
					.transport_key = transport};
	const uint8_t raw[] = {0x00, 0xFF, 0x22};
	struct vcard *c = NULL;

	assert_int_equal(vcard_make(&spec, &c, NULL), RP_OK);
	assert_true(vpin_set(c, vcard_pin(c, "auth"), raw, sizeof raw, 3));
	vcard_pin(c, "sign")->tries = 0;
	c->dead = true;
	assert_int_equal(vcard_add_file(c, UINT32_MAX, NULL, 0, NULL), RP_OK);
	assert_int_equal(vcard_add_key(c, "sign", "CN=Somebody,O=Test", true, NULL), RP_OK);
	assert_int_equal(json_object_set_new(c->extra, "list", json_pack("[i, s]", 1, "two")), 0);
	return c;
}

static void assert_same_pins(const struct vcard *a, const struct vcard *b)
{
	size_t i;

	assert_int_equal(a->n_pins, b->n_pins);
	for (i = 0; i < a->n_pins; i++) {
		const struct vpin *p = &a->pins[i], *q = &b->pins[i];

		assert_string_equal(p->id, q->id);
		assert_int_equal(p->slot, q->slot);
		assert_int_equal(p->len, q->len);
		assert_memory_equal(p->value, q->value, sizeof p->value);
		assert_int_equal(p->tries, q->tries);
		assert_int_equal(p->max, q->max);
		assert_int_equal(p->set, q->set);
		assert_int_equal(p->resets, q->resets);
		assert_false(q->verified);
	}
}

static void a_card_comes_back_as_it_was(void **state)
{
	struct vcard *a = full_card(), *b = NULL;
	struct rp_error err = RP_ERROR_INIT;
	uint8_t x[256], y[256];
	struct stat st;

	(void)state;
	if (vcard_keep(a, dummy_path("card"), &err) != RP_OK ||
	    vcard_load(dummy_path("card"), &b, &err) != RP_OK)
		fail_msg("%s", err.story);
	assert_int_equal(stat(dummy_path("card"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(files_in_dir(), 1);
	assert_same_pins(a, b);
	assert_ptr_equal(a->family, b->family);
	assert_string_equal(b->number, "42");
	assert_string_equal(a->issuer, b->issuer);
	assert_true(b->dead && b->has_reset);
	assert_memory_equal(a->atr, b->atr, a->atr_len);
	assert_int_equal(a->atr_len, b->atr_len);
	assert_memory_equal(a->reset_key, b->reset_key, 16);
	assert_memory_equal(a->card_id, b->card_id, 16);
	assert_memory_equal(a->transport_key, b->transport_key, 24);
	assert_int_equal(b->n_files, 2);
	assert_memory_equal(vcard_file(b, 1)->bytes, DUMMY_TEXT, strlen(DUMMY_TEXT));
	assert_int_equal(vcard_file(b, UINT32_MAX)->len, 0);
	assert_true(json_equal(a->extra, b->extra));
	assert_true(vkey_sign(vcard_key(a, "sign"), (const uint8_t *)"text", 4, x));
	assert_true(vkey_sign(vcard_key(b, "sign"), (const uint8_t *)"text", 4, y));
	assert_memory_equal(x, y, 256);
	assert_int_equal(vcard_key(a, "sign")->cert_len, vcard_key(b, "sign")->cert_len);
	assert_string_equal(b->path, a->path);
	assert_int_equal(b->app, 1);
	vcard_free(a);
	vcard_free(b);
}

static void a_change_is_there_after_a_new_start(void **state)
{
	struct vcard *c = dummy_card(NULL);

	(void)state;
	assert_int_equal(vcard_keep(c, dummy_path("card"), NULL), RP_OK);
	assert_int_equal(dummy_send(c, WRONG_SIGN, NULL, NULL), 0x63C4);
	vcard_free(c);
	assert_int_equal(vcard_load(dummy_path("card"), &c, NULL), RP_OK);
	assert_int_equal(dummy_send(c, "00200081", NULL, NULL), 0x63C4);
	assert_int_equal(dummy_send(c, "002400810441414141", NULL, NULL), 0x9000);
	vcard_free(c);
	assert_int_equal(vcard_load(dummy_path("card"), &c, NULL), RP_OK);
	assert_int_equal(dummy_send(c, "002000810441414141", NULL, NULL), 0x9000);
	assert_int_equal(vcard_pin(c, "sign")->resets, 1);
	vcard_free(c);
}

static void keep_new_never_overwrites(void **state)
{
	struct vcard *c = dummy_card(NULL);
	struct rp_error err;

	(void)state;
	dummy_write(dummy_path("mine"), "precious", 8);
	assert_int_equal(vcard_keep_new(c, dummy_path("mine"), &err), RP_E_USAGE);
	assert_string_equal(c->path, "");
	assert_int_equal(symlink("nowhere", dummy_path("link")), 0);
	assert_int_equal(vcard_keep_new(c, dummy_path("link"), &err), RP_E_USAGE);
	assert_int_equal(vcard_keep_new(c, dummy_path("no/such/folder"), &err), RP_E_FAULT);
	assert_int_equal(files_in_dir(), 2);
	assert_int_equal(vcard_keep_new(c, dummy_path("new"), &err), RP_OK);
	assert_string_equal(c->path, dummy_path("new"));
	assert_int_equal(files_in_dir(), 3);
	vcard_free(c);
}

static void names_have_an_end(void **state)
{
	struct vcard *c = dummy_card(NULL);
	char path[VCARD_PATH_MAX + 1];
	struct rp_error err;

	(void)state;
	memset(path, '/', sizeof path);
	memcpy(path, dummy_dir, strlen(dummy_dir));
	path[VCARD_PATH_MAX - 1] = 'x';
	path[VCARD_PATH_MAX] = '\0';
	assert_int_equal(vcard_keep(c, "", &err), RP_E_USAGE);
	assert_int_equal(vcard_keep(c, path, &err), RP_E_USAGE);
	assert_int_equal(vcard_keep_new(c, path, &err), RP_E_USAGE);
	assert_int_equal(files_in_dir(), 0);
	assert_string_equal(c->path, "");
	vcard_free(c);
}

static void what_lies_in_the_way_is_not_followed(void **state)
{
	struct vcard *c = dummy_card(NULL), *d = NULL;
	struct stat st;

	(void)state;
	dummy_write(dummy_path("victim"), "precious", 8);
	assert_int_equal(symlink("victim", dummy_path("card.new")), 0);
	assert_int_equal(symlink("victim", dummy_path("card")), 0);
	assert_int_equal(vcard_load(dummy_path("card"), &d, NULL), RP_E_CONFIG);
	assert_int_equal(vcard_keep(c, dummy_path("card"), NULL), RP_OK);
	assert_int_equal(stat(dummy_path("victim"), &st), 0);
	assert_int_equal(st.st_size, 8);
	assert_int_equal(lstat(dummy_path("card"), &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(files_in_dir(), 2);
	vcard_free(c);
}

/* --- files that are no cards --- */

static void refuse(const char *path, const char *story)
{
	struct rp_error err = RP_ERROR_INIT;
	struct vcard *c = NULL;
	const rp_code rc = vcard_load(path, &c, &err);

	if (rc != RP_E_CONFIG || c != NULL)
		fail_msg("%s: took it, or said %d: %s", story, rc, err.story);
	if (strstr(err.story, story) == NULL)
		fail_msg("it says \"%s\", not \"%s\"", err.story, story);
}

static void refuse_text(const char *text, const char *story)
{
	dummy_write(dummy_path("bad"), text, strlen(text));
	refuse(dummy_path("bad"), story);
}

static void other_files_are_refused(void **state)
{
	char *huge = malloc(1024 * 1024 + 2);
	char *deep = malloc(100001);

	(void)state;
	assert_non_null(huge);
	assert_non_null(deep);
	refuse(dummy_path("missing"), "No such file");
	refuse(dummy_dir, "not an ordinary file");
	assert_int_equal(mkfifo(dummy_path("pipe"), 0600), 0);
	refuse(dummy_path("pipe"), "not an ordinary file");
	refuse("/dev/zero", "not an ordinary file");
	memset(huge, ' ', 1024 * 1024 + 1);
	huge[1024 * 1024 + 1] = '\0';
	refuse_text(huge, "longer than");
	huge[1024 * 1024] = '\0';
	refuse_text(huge, "is no virtual card");
	memset(deep, '[', 100000);
	deep[100000] = '\0';
	refuse_text(deep, "is no virtual card");
	refuse_text("", "is no virtual card");
	refuse_text("\xFF\xFE{}", "is no virtual card");
	refuse_text("{\"repin-card\": 1, \"number\": \"a\\u0000b\"}", "is no virtual card");
	refuse_text("[]", "not the state of a virtual card");
	refuse_text("{}", "not the state of a virtual card");
	refuse_text("{\"repin-card\": \"1\"}", "not the state of a virtual card");
	refuse_text("{\"repin-card\": 2}", "version 2");
	refuse_text("{\"repin-card\": 0}", "version 0");
	refuse_text("{\"repin-card\": 1}", "not well formed");
	refuse_text("{\"repin-card\": 1, \"repin-card\": 1}", "duplicate");
	free(huge);
	free(deep);
}

/* The state of a full card, from which the tests below spoil one thing each. */
static json_t *state_of_card(void)
{
	static json_t *whole;
	struct vcard *c;

	if (whole == NULL) {
		c = full_card();
		assert_int_equal(vcard_keep(c, dummy_path("whole"), NULL), RP_OK);
		vcard_free(c);
		whole = json_load_file(dummy_path("whole"), 0, NULL);
		assert_non_null(whole);
	}
	return whole;
}

/* The thing that holds the last key of "pins/0/tries", and that key. */
static json_t *holder_of(json_t *j, const char *what, const char **ret_key)
{
	char part[32];
	const char *slash;

	for (slash = strchr(what, '/'); slash != NULL; slash = strchr(what, '/')) {
		(void)snprintf(part, sizeof part, "%.*s", (int)(slash - what), what);
		j = json_is_array(j) ? json_array_get(j, (size_t)atoi(part)) : json_object_get(j, part);
		assert_non_null(j);
		what = slash + 1;
	}
	*ret_key = what;
	return j;
}

static rp_code load_changed(const char *what, const char *value, struct rp_error *err)
{
	json_t *j = json_deep_copy(state_of_card());
	json_t *v = value == NULL ? NULL : json_loads(value, JSON_DECODE_ANY, NULL);
	struct vcard *c = NULL;
	const char *key;
	json_t *holder = holder_of(j, what, &key);
	rp_code rc;

	if (value == NULL)
		assert_int_equal(json_object_del(holder, key), 0);
	else if (json_is_array(holder))
		assert_int_equal(json_array_set_new(holder, (size_t)atoi(key), v), 0);
	else
		assert_int_equal(json_object_set_new(holder, key, v), 0);
	assert_int_equal(json_dump_file(j, dummy_path("changed"), 0), 0);
	rc = vcard_load(dummy_path("changed"), &c, err);
	vcard_free(c);
	json_decref(j);
	return rc;
}

static void the_frame_of_these_tests_works(void **state)
{
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	if (load_changed("number", "\"7\"", &err) != RP_OK)
		fail_msg("%s", err.story);
	assert_int_equal(load_changed("pins/0/tries", "5", &err), RP_OK);
}

/* Where in the state, and what stands there instead. */
static const char *const wrong_values[][2] = {
	{"repin-card", "1.0"},
	{"repin-card", "true"},
	{"more", "1"},
	{"warning", "0"},
	{"family", "\"other\""},
	{"family", "null"},
	{"family", "7"},
	{"number", "7"},
	{"number", "\"012345678901234567890123456789012345678901234567\""},
	{"issuer", "[]"},
	{"atr", "\"3B\""},
	{"atr", "\"\""},
	{"atr", "\"3B8\""},
	{"atr", "\"3BXX\""},
	{"atr", "\"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F2021\""},
	{"dead", "0"},
	{"dead", "null"},
	{"extra", "[]"},
	{"extra", "null"},
	{"extra", "{}"},
	{"transport-key", "\"00\""},
	{"transport-key", "null"},
	{"reset", "{}"},
	{"reset", "1"},
	{"reset/key", "\"00\""},
	{"reset/card-id", "null"},
	{"reset/more", "1"},
	{"pins", "{}"},
	{"pins", "null"},
	{"pins", "[1]"},
	{"pins/0", "{}"},
	{"pins/0", "[]"},
	{"pins", "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"},
	{"pins/0/id", "\"\""},
	{"pins/0/id", "\"a b\""},
	{"keys/0/id", "\"A\\\"\""},
	{"pins/0/id", "\"auth\""},
	{"pins/0/id", "\"012345678901234567890123\""},
	{"pins/0/slot", "\"nope\""},
	{"pins/0/slot", "1"},
	{"pins/0/more", "1"},
	{"pins/0/value", "\"\""},
	{"pins/0/value", "\"xx\""},
	{"pins/0/value", "4"},
	{"pins/0/tries", "-1"},
	{"pins/0/tries", "6"},
	{"pins/0/tries", "4294967296"},
	{"pins/0/tries", "4.0"},
	{"pins/0/tries", "\"4\""},
	{"pins/0/max", "0"},
	{"pins/0/max", "16"},
	{"pins/0/max", "-1"},
	{"pins/0/set", "1"},
	{"pins/0/resets", "-1"},
	{"pins/0/resets", "65536"},
	{"keys", "0"},
	{"keys/0", "0"},
	{"keys", "[0,0,0,0,0]"},
	{"keys/0/id", "\"\""},
	{"keys/0/key", "\"00\""},
	{"keys/0/key", "\"\""},
	{"keys/0/certificate", "\"\""},
	{"keys/0/certificate", "\"3\""},
	{"keys/0/more", "1"},
	{"files", "null"},
	{"files/0/id", "-1"},
	{"files/0/id", "4294967295"},
	{"files/0/id", "4294967296"},
	{"files/0/bytes", "\"g\""},
	{"files/0/bytes", "null"},
	{"files/0/more", "1"},
};

static void each_wrong_value_is_refused(void **state)
{
	struct rp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof wrong_values / sizeof wrong_values[0]; i++) {
		const rp_code rc = load_changed(wrong_values[i][0], wrong_values[i][1], &err);

		if (rc != RP_E_CONFIG)
			fail_msg("%s = %s: %d", wrong_values[i][0], wrong_values[i][1], (int)rc);
	}
}

static void nothing_may_be_missing(void **state)
{
	static const char *const all[] = {
		"repin-card",
		"warning",
		"family",
		"number",
		"issuer",
		"atr",
		"dead",
		"pins",
		"reset",
		"extra",
		"transport-key",
		"keys",
		"files",
		"pins/0/id",
		"pins/0/slot",
		"pins/0/value",
		"pins/0/tries",
		"pins/0/max",
		"pins/0/set",
		"pins/0/resets",
		"keys/0/id",
		"keys/0/key",
		"keys/0/certificate",
		"files/0/id",
		"files/0/bytes",
		"reset/key",
		"reset/card-id",
		"extra/mark",
	};
	struct rp_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof all / sizeof all[0]; i++)
		if (load_changed(all[i], NULL, &err) != RP_E_CONFIG)
			fail_msg("%s may be missing", all[i]);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	char *text = json_dumps(state_of_card(), 0);
	size_t i, len;

	(void)state;
	assert_non_null(text);
	len = strlen(text);
	for (i = 0; i < len; i += i < 200 ? 1 : 97) {
		struct vcard *c = NULL;

		dummy_write(dummy_path("cut"), text, i);
		assert_int_equal(vcard_load(dummy_path("cut"), &c, NULL), RP_E_CONFIG);
	}
	free(text);
}

/* --- killed at any moment --- */

static void count_down(const char *path)
{
	struct vcard *c = NULL;

	if (vcard_load(path, &c, NULL) != RP_OK)
		_exit(1);
	for (;;) {
		(void)vpin_check(c, vcard_pin(c, "sign"), (const uint8_t *)"ABC123", 6);
		(void)vpin_check(c, vcard_pin(c, "auth"), (const uint8_t *)"1111", 4);
		vcard_pin(c, "auth")->tries = 3;
	}
}

static void a_killed_card_is_whole(void **state)
{
	struct vcard *c = dummy_card(NULL);
	int i;

	(void)state;
	assert_int_equal(vcard_keep(c, dummy_path("card"), NULL), RP_OK);
	vcard_free(c);
	for (i = 0; i < 40; i++) {
		const pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			count_down(dummy_path("card"));
		(void)usleep(500 + 137 * (unsigned)i);
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(vcard_load(dummy_path("card"), &c, NULL), RP_OK);
		assert_in_range(vcard_pin(c, "sign")->tries, 4, 5);
		assert_true(vpin_check(c, vcard_pin(c, "sign"), (const uint8_t *)"ABC123", 6) == VCHECK_OK);
		vcard_free(c);
	}
	assert_true(files_in_dir() <= 2); /* the card, and at most one that was being written */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_card_comes_back_as_it_was, clear),
		cmocka_unit_test_setup(a_change_is_there_after_a_new_start, clear),
		cmocka_unit_test_setup(keep_new_never_overwrites, clear),
		cmocka_unit_test_setup(names_have_an_end, clear),
		cmocka_unit_test_setup(what_lies_in_the_way_is_not_followed, clear),
		cmocka_unit_test_setup(other_files_are_refused, clear),
		cmocka_unit_test_setup(the_frame_of_these_tests_works, clear),
		cmocka_unit_test_setup(each_wrong_value_is_refused, clear),
		cmocka_unit_test_setup(nothing_may_be_missing, clear),
		cmocka_unit_test_setup(a_file_cut_anywhere_is_refused, clear),
		cmocka_unit_test_setup(a_killed_card_is_whole, clear),
	};

	return cmocka_run_group_tests_name("vcard state", tests, dummy_enter, dummy_leave);
}
