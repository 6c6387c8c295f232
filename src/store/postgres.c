/* SPDX-License-Identifier: Apache-2.0 */
#include "store/engine.h"
const struct engine engine_postgres;
