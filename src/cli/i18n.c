/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Language and character set. The catalogues are found beside the program, so that it
 * speaks from the build tree as well as installed, and in a bare C locale as well as in
 * a full one: kiosks, containers and rescue systems have no ja_JP.
 */
#include "cli/cli.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DOMAIN "repin"
#define DIR_MAX 1024 /* a longer path means English */

static const char *the_lang = "en";

const char *i18n_lang(void)
{
	return the_lang;
}

static bool is_part(const char *name, size_t len, const char *want)
{
	return strlen(want) == len && strncasecmp(name, want, len) == 0;
}

/* Our language for "ja", "ja_JP.UTF-8", "zh-TW", "zh_Hant_TW"…; NULL when it is none of ours. */
static const char *lang_of(const char *name)
{
	const size_t len = strcspn(name, ".@");
	const size_t first = strcspn(name, "_-.@");
	const char *rest = name[first] == '_' || name[first] == '-' ? name + first + 1 : "";
	const size_t rest_len = strcspn(rest, ".@");

	if (is_part(name, len, "C") || is_part(name, len, "POSIX") || is_part(name, first, "en"))
		return "en";
	if (is_part(name, first, "ja"))
		return "ja";
	/* Traditional Chinese; simplified is another script, and we have no catalogue of it. */
	if (is_part(name, first, "zh") &&
	    (is_part(rest, rest_len, "TW") || is_part(rest, rest_len, "HK") ||
	     is_part(rest, rest_len, "MO") || strncasecmp(rest, "Hant", 4) == 0))
		return "zh_TW";
	return NULL;
}

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

/* What POSIX says decides about messages and characters: the first of these that is set. */
static const char *env_locale(const char *category)
{
	const char *v = env("LC_ALL");

	if (v == NULL)
		v = env(category);
	if (v == NULL)
		v = env("LANG");
	return v;
}

static const char *lang_of_env(void)
{
	const char *list = env("LANGUAGE"), *all = env("LC_ALL"), *found;

	/* Scripts say LC_ALL=C when they want the words that never change. */
	if (all != NULL && (strcmp(all, "C") == 0 || strcmp(all, "POSIX") == 0))
		return "en";
	while (list != NULL && list[0] != '\0') {
		char one[32];
		size_t len = strcspn(list, ":");

		(void)snprintf(one, sizeof one, "%.*s", (int)(len < sizeof one ? len : sizeof one - 1), list);
		found = lang_of(one);
		if (found != NULL)
			return found;
		list += len + (list[len] == ':' ? 1 : 0);
	}
	list = env_locale("LC_MESSAGES");
	found = list != NULL ? lang_of(list) : NULL;
	return found != NULL ? found : "en";
}

/* Is the terminal's character set another one than UTF-8? A bare C locale says nothing about it. */
static bool is_other_charset(void)
{
	const char *name = env_locale("LC_CTYPE");
	const char *dot = name != NULL ? strchr(name, '.') : NULL;
	locale_t loc;
	bool other = false;

	if (name == NULL || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0)
		return false;
	if (dot != NULL)
		return strncasecmp(dot, ".UTF-8", 6) != 0 && strncasecmp(dot, ".utf8", 5) != 0;
	/* "ja_JP" alone is EUC-JP where that locale is installed, and UTF-8 in practice where not. */
	loc = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
	if (loc != (locale_t)0) {
		other = strcmp(nl_langinfo_l(CODESET, loc), "UTF-8") != 0;
		freelocale(loc);
	}
	return other;
}

/* Where the catalogues are, seen from the program: installed; a staged build; Meson's own folder. */
static bool find_catalogues(const char *lang, char *ret, size_t cap)
{
	static const char *const up[] = {"/../share/locale", "/../../share/locale", "/../../po"};
	char exe[DIR_MAX], mo[DIR_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	char *slash;

	if (n <= 0 || (size_t)n >= sizeof exe - 1)
		return false;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	for (size_t i = 0; i < sizeof up / sizeof up[0]; i++) {
		int len = snprintf(ret, cap, "%s%s", exe, up[i]);

		if (len < 0 || (size_t)len >= cap)
			return false;
		(void)snprintf(mo, sizeof mo, "%s/%s/LC_MESSAGES/" DOMAIN ".mo", ret, lang);
		if (access(mo, R_OK) == 0)
			return true;
	}
	return false;
}

/*
 * gettext looks nothing up in the C locale. Any other one will do, since LANGUAGE names
 * the catalogue: the language's own first; C.UTF-8 is always there, but the C library
 * takes it for C since version 2.39; the last one is there on most machines.
 */
static bool start_messages(const char *lang)
{
	const char *const names[] = {strcmp(lang, "ja") == 0 ? "ja_JP.UTF-8" : "zh_TW.UTF-8", "",
				     "en_US.UTF-8", "C.UTF-8", "C.utf8"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *got = setlocale(LC_MESSAGES, names[i]);

		if (got != NULL && strcmp(got, "C") != 0 && strcmp(got, "POSIX") != 0)
			return setenv("LANGUAGE", lang, 1) == 0;
	}
	return false;
}

rp_code i18n_start(const char *lang, bool *ret_ascii, struct trouble *t)
{
	const char *wanted = lang != NULL ? lang_of(lang) : lang_of_env();
	const bool ascii = is_other_charset();
	char dir[DIR_MAX];

	/* English needs no catalogue, and most machines that run scripts speak it: nothing is loaded. */
	if (wanted != NULL && strcmp(wanted, "en") != 0 && !ascii &&
	    find_catalogues(wanted, dir, sizeof dir) && start_messages(wanted) &&
	    bindtextdomain(DOMAIN, dir) != NULL && bind_textdomain_codeset(DOMAIN, "UTF-8") != NULL &&
	    textdomain(DOMAIN) != NULL)
		the_lang = wanted;
	*ret_ascii = ascii;
	if (wanted == NULL)
		return trouble_say(
			t, RP_E_USAGE,
			_("Known languages: en (English), ja (Japanese), zh_TW (Traditional Chinese)."),
			_("The language '%s' is not known."), lang);
	return RP_OK;
}
