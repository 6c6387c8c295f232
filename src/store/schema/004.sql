-- SPDX-License-Identifier: Apache-2.0
--
-- The console: pages of cases, what the log has of a card, counts by time; and why a PIN is locked, as
-- its holder says ('' is as good as 'not-said').

ALTER TABLE "case" ADD COLUMN cause {text} NOT NULL DEFAULT ''
	CHECK (cause IN ('', 'forgotten', 'typed-wrong', 'another-program', 'not-said'));
ALTER TABLE application ADD COLUMN cause {text} NOT NULL DEFAULT ''
	CHECK (cause IN ('', 'forgotten', 'typed-wrong', 'another-program', 'not-said'));
DROP INDEX case_opened;
CREATE INDEX case_opened ON "case" (opened_ms, id);
CREATE INDEX case_office ON "case" (office, opened_ms, id);
CREATE INDEX entry_card ON entry (card_id, made_ms);
CREATE INDEX visit_day ON visit (day);
