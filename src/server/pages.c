/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of the server: the operators' console, and the page on which a holder looks a receipt up. */
#include "server/routes.h"

#include <string.h>

/* What each page is called, beside the folder's files; `console`: where operators ask. */
static const struct page {
	const char *path, *file;
	bool console;
} pages_named[] = {
	{"/console", "/console.html", true},
	{"/receipt", "/receipt.html", false},
};
#define N_PAGES (sizeof pages_named / sizeof pages_named[0])

static void get_page(void *arg, const struct http_request *r, struct http_answer *ret)
{
	const struct server *s = arg;
	const char *path = r->path;

	for (size_t k = 0; k < N_PAGES; k++)
		if (strcmp(path, pages_named[k].path) == 0)
			path = pages_named[k].file;
	files_answer(s->pages, path, ret);
}

/* A page has its own name; those of the agent need the agent. */
static bool is_page(const char *path)
{
	const size_t n = strlen(path), end = sizeof ".html" - 1;

	return n > end && strcmp(path + n - end, ".html") == 0;
}

size_t pages_most(const struct files *pages)
{
	return pages != NULL ? pages->n + N_PAGES : 0;
}

size_t pages_routes(const struct files *pages, bool console, bool public, struct http_route to[], size_t n)
{
	for (size_t k = 0; pages != NULL && k < N_PAGES; k++)
		if ((pages_named[k].console ? console : public || console) &&
		    files_find(pages, pages_named[k].file) != NULL)
			to[n++] = (struct http_route){HTTP_GET, pages_named[k].path, false, 0, get_page};
	for (size_t k = 0; pages != NULL && k < pages->n; k++)
		if (!is_page(pages->f[k].path))
			to[n++] = (struct http_route){HTTP_GET, pages->f[k].path, false, 0, get_page};
	return n;
}
