/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/repin-test-conf-XXXXXX";

static void put_file(const char *name, const char *text, mode_t mode, char *path, size_t cap)
{
	FILE *f;

	(void)snprintf(path, cap, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static rp_code read_text(const char *text, struct conf *c, struct rp_error *err)
{
	char path[128];

	put_file("repin.conf", text, 0644, path, sizeof path);
	return conf_read(path, c, err);
}

static void nothing_there_is_an_empty_configuration(void **state)
{
	struct conf c = {0};

	(void)state;
	assert_int_equal(setenv("XDG_CONFIG_HOME", dir, 1), 0);
	assert_int_equal(conf_read(NULL, &c, NULL), RP_OK);
	assert_null(c.hicos_key);
}

static void named_file_must_be_there(void **state)
{
	struct conf c = {0};

	(void)state;
	assert_int_equal(conf_read("/nonexistent/repin.conf", &c, NULL), RP_E_CONFIG);
}

static void contacts_are_of_a_family_or_of_every_one(void **state)
{
	struct conf c = {0};

	(void)state;
	assert_int_equal(read_text("contact = {\"aosign telephone +81 (0)00-0000\", \"* telephone 1\",\n"
				   "\"aosign hours weekdays 9:00\", \"* portal https://a.example/x?y#z\"}\n",
				   &c, NULL),
			 RP_OK);
	assert_string_equal(conf_contact(&c, "aosign", CONTACT_TELEPHONE), "+81 (0)00-0000");
	assert_string_equal(conf_contact(&c, "hicos", CONTACT_TELEPHONE), "1");
	assert_string_equal(conf_contact(&c, "aosign", CONTACT_HOURS), "weekdays 9:00");
	assert_string_equal(conf_contact(&c, "hicos", CONTACT_PORTAL), "https://a.example/x?y#z");
	assert_null(conf_contact(&c, "hicos", CONTACT_HOURS));
	conf_free(&c);
	assert_null(conf_contact(&c, "aosign", CONTACT_TELEPHONE));
}

static void a_contact_that_is_none_is_an_error(void **state)
{
	static const char *const rows[] = {
		"aosign",
		"aosign telephone",
		"aosign telephone ",
		" telephone 1",
		"aosign fax 1",
		"aosign telephones 1",
		"aosign telephone call-me",
		"aosign portal http://a.example/",
		"aosign portal javascript:alert(1)",
		"aosign portal https://",
		"aosign portal https://a.example/ x",
		"aosign portal https://a.example/<b>",
		"aosign hours nine\\tto five",
		"a-family-name-that-is-much-too-long telephone 1",
		"aosign telephone 1\", \"aosign telephone 2",
	};

	(void)state;
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
		struct conf c = {0};
		struct rp_error err = RP_ERROR_INIT;
		char text[256];

		(void)snprintf(text, sizeof text, "contact = {\"%s\"}\n", rows[k]);
		if (read_text(text, &c, &err) != RP_E_CONFIG)
			fail_msg("it was taken: %s", rows[k]);
		assert_non_null(strstr(err.story, "contact"));
	}
}

static void unknown_key_is_an_error_that_names_it(void **state)
{
	struct conf c = {0};
	struct rp_error err;

	(void)state;
	assert_int_equal(read_text("# fine\nhicos-transport-keyfile = \"x\"\n", &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "hicos-transport-keyfile"));
}

static void key_file_rules(void **state)
{
	const char *good = "000102030405060708090a0b0c0d0e0f1011121314151617\n";
	struct conf c = {0};
	struct rp_error err;
	char key[128], text[256];

	(void)state;
	put_file("key", good, 0600, key, sizeof key);
	(void)snprintf(text, sizeof text, "hicos-transport-key-file = \"%s\"\n", key);
	assert_int_equal(read_text(text, &c, &err), RP_OK);
	assert_int_equal(rp_secret_len(c.hicos_key), 24);
	assert_int_equal(rp_secret_bytes(c.hicos_key)[23], 0x17);
	conf_free(&c);
	assert_int_equal(chmod(key, 0644), 0);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "chmod 600"));
	put_file("key", "00010203\n", 0600, key, sizeof key);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	put_file("key", "", 0600, key, sizeof key);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	assert_null(c.hicos_key);
}

static void notes_have_a_place_and_a_switch(void **state)
{
	struct conf c = {0};
	struct rp_error err = RP_ERROR_INIT;
	char text[700];

	(void)state;
	assert_int_equal(read_text("", &c, &err), RP_OK);
	assert_false(c.ledger_off);
	assert_string_equal(c.state_dir, "");
	assert_int_equal(read_text("ledger = no\nstate-directory = \"/var/lib/repin/\"\n", &c, &err), RP_OK);
	assert_true(c.ledger_off);
	assert_string_equal(c.state_dir, "/var/lib/repin");
	assert_int_equal(read_text("ledger = \"yes\"\n", &c, &err), RP_OK);
	assert_false(c.ledger_off);
	assert_int_equal(read_text("ledger = maybe\n", &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "ledger"));
	assert_int_equal(read_text("state-directory = \"not/whole\"\n", &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "state-directory"));
	assert_int_equal(read_text("state-directory = \"\"\n", &c, &err), RP_E_CONFIG);
	(void)snprintf(text, sizeof text, "state-directory = \"/%0600d\"\n", 1);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
}

static void an_issuer_has_an_address_of_https_alone(void **state)
{
	struct conf c = {0};
	struct rp_error err = RP_ERROR_INIT;

	(void)state;
	assert_int_equal(read_text("issuer-url = \"https://issuer.example:8443\"\n"
				   "issuer-ca-file = \"/etc/repin/ca.pem\"\n",
				   &c, &err),
			 RP_OK);
	assert_string_equal(c.issuer_url, "https://issuer.example:8443");
	assert_string_equal(c.issuer_ca, "/etc/repin/ca.pem");
	assert_string_equal(c.terminal_cert, "");
	assert_int_equal(read_text("issuer-url = \"http://issuer.example\"\n", &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "issuer-url"));
	assert_int_equal(read_text("issuer-url = \"issuer.example\"\n", &c, &err), RP_E_CONFIG);
	assert_int_equal(read_text("issuer-url = \"\"\n", &c, &err), RP_E_CONFIG);
	assert_int_equal(read_text("issuer-url = \"https://a\"\nissuer-ca-file = \"ca.pem\"\n", &c, &err),
			 RP_E_CONFIG);
	assert_non_null(strstr(err.story, "issuer-ca-file"));
	assert_int_equal(read_text("issuer-ca-file = \"/etc/repin/ca.pem\"\n", &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "issuer-url"));
	assert_int_equal(read_text("issuer-log-key = \"log+1a2b3c4d+AQ==\"\n", &c, &err), RP_E_CONFIG);
	assert_int_equal(read_text("issuer-url = \"https://a\"\nissuer-log-key = \"log\"\n", &c, &err),
			 RP_E_CONFIG);
	assert_non_null(strstr(err.story, "issuer-log-key"));
}

static void a_terminal_has_a_certificate_and_a_key_that_only_its_owner_reads(void **state)
{
	struct conf c = {0};
	struct rp_error err = RP_ERROR_INIT;
	char key[128], text[600];

	(void)state;
	put_file("terminal.key", "no matter what\n", 0600, key, sizeof key);
	(void)snprintf(text, sizeof text,
		       "issuer-url = \"https://a\"\nterminal-key-file = \"%s\"\n"
		       "terminal-certificate-file = \"/etc/repin/desk.pem\"\n",
		       key);
	assert_int_equal(read_text(text, &c, &err), RP_OK);
	assert_string_equal(c.terminal_key, key);
	assert_string_equal(c.terminal_cert, "/etc/repin/desk.pem");
	assert_int_equal(chmod(key, 0640), 0);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "chmod 600"));
	assert_int_equal(unlink(key), 0);
	assert_int_equal(read_text(text, &c, &err), RP_E_CONFIG);
	assert_int_equal(read_text("issuer-url = \"https://a\"\nterminal-key-file = \"/x\"\n", &c, &err),
			 RP_E_CONFIG);
	assert_non_null(strstr(err.story, "go together"));
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static int remove_dir(void **state)
{
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof path, "%s/repin.conf", dir);
	(void)unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_is_an_empty_configuration),
		cmocka_unit_test(named_file_must_be_there),
		cmocka_unit_test(contacts_are_of_a_family_or_of_every_one),
		cmocka_unit_test(a_contact_that_is_none_is_an_error),
		cmocka_unit_test(unknown_key_is_an_error_that_names_it),
		cmocka_unit_test(key_file_rules),
		cmocka_unit_test(notes_have_a_place_and_a_switch),
		cmocka_unit_test(an_issuer_has_an_address_of_https_alone),
		cmocka_unit_test(a_terminal_has_a_certificate_and_a_key_that_only_its_owner_reads),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
