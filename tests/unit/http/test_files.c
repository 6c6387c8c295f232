/* SPDX-License-Identifier: Apache-2.0 */
/* The pages: read at start, found by their exact address, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/files.h"
#include <cmocka.h>

static char dir[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void folder(const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int fresh(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof dir, "/tmp/repin-files-XXXXXX");
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int gone(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command); /* checked: the name is ours */
}

static void pages_are_found_by_their_address_alone(void **state)
{
	static const char *const none[] = {
		"",	   "/",		  "index.html", "/../index.html", "//index.html",      "/index.html/",
		"/.stamp", "/.hidden.js", "/notes.txt", "/vendor",	  "/vendor/deep/x.js", "/INDEX.HTML"};
	static struct files f; /* large */
	const struct file *one;

	(void)state;
	f = (struct files){0};
	put("index.html", "<!doctype html>");
	put(".stamp", "built");
	put(".hidden.js", "x");
	put("notes.txt", "no page");
	folder("vendor");
	put("vendor/preact.js", "export");
	folder("vendor/deep");
	put("vendor/deep/x.js", "too deep");
	assert_int_equal(files_load(dir, &f, NULL), RP_OK);
	assert_int_equal(f.n, 2);
	one = files_find(&f, "/index.html");
	assert_non_null(one);
	assert_string_equal(one->type, "text/html; charset=utf-8");
	assert_int_equal(one->len, strlen("<!doctype html>"));
	one = files_find(&f, "/vendor/preact.js");
	assert_non_null(one);
	assert_string_equal(one->type, "text/javascript; charset=utf-8");
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_null(files_find(&f, none[i]));
	/* What changes on the disk later is not served. */
	put("index.html", "<script>other</script>");
	assert_memory_equal(files_find(&f, "/index.html")->bytes, "<!doctype html>", 15);
	files_free(&f);
}

static void a_folder_without_pages_is_refused(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	static struct files f; /* large */

	(void)state;
	f.n = 0;
	assert_int_equal(files_load(dir, &f, &err), RP_E_CONFIG);
	files_free(&f);
	f.n = 0;
	assert_int_equal(files_load("/nowhere/at/all", &f, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "/nowhere/at/all"));
	files_free(&f);
}

static void too_many_and_too_large_ones_are_refused(void **state)
{
	struct rp_error err = RP_ERROR_INIT;
	static struct files f; /* large */
	char *large = malloc((512 << 10) + 1), name[32];

	(void)state;
	assert_non_null(large);
	put("index.html", "x");
	memset(large, 'x', 512 << 10);
	large[512 << 10] = '\0';
	put("large.js", large);
	assert_int_equal(files_load(dir, &f, &err), RP_E_CONFIG);
	assert_non_null(strstr(err.story, "large.js"));
	files_free(&f);
	large[(512 << 10) - 1] = '\0';
	put("large.js", large);
	f.n = 0;
	assert_int_equal(files_load(dir, &f, &err), RP_OK);
	files_free(&f);
	for (int i = 0; i < FILES_MAX; i++) {
		(void)snprintf(name, sizeof name, "f%d.js", i);
		put(name, "x");
	}
	f.n = 0;
	assert_int_equal(files_load(dir, &f, &err), RP_E_CONFIG);
	files_free(&f);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pages_are_found_by_their_address_alone, fresh, gone),
		cmocka_unit_test_setup_teardown(a_folder_without_pages_is_refused, fresh, gone),
		cmocka_unit_test_setup_teardown(too_many_and_too_large_ones_are_refused, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
