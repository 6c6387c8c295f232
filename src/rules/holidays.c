/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/holidays.h"

const struct holiday *holiday_on(struct date d)
{
	size_t low = 0, high = n_holidays_jp;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = date_compare(d, holidays_jp[middle].date);

		if (order == 0)
			return &holidays_jp[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

bool holidays_cover(struct date d)
{
	return d.year >= holidays_jp[0].date.year && d.year <= holidays_jp[n_holidays_jp - 1].date.year;
}
