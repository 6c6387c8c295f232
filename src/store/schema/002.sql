-- SPDX-License-Identifier: Apache-2.0
--
-- Retention: what a case refers to, and cases by the time of their end.

CREATE INDEX grant_case ON "grant" (case_id);
CREATE INDEX case_changed ON "case" (changed_ms);
