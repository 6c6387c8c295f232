-- SPDX-License-Identifier: Apache-2.0
--
-- The counter: who waits, and what is applied for. A visit names no person. An application is about
-- one card; its cases (one for each PIN that is to be reset) are made when it is accepted.

CREATE TABLE visit (
	id {text} NOT NULL PRIMARY KEY,
	office {text} NOT NULL,
	day {int} NOT NULL,
	number {int} NOT NULL CHECK (number > 0),
	kind {text} NOT NULL CHECK (kind IN ('walk-in', 'booked')),
	wish {text} NOT NULL,
	state {text} NOT NULL CHECK (state IN
		('free', 'held', 'called', 'in-progress', 'finished', 'missed')),
	clerk {text} NOT NULL,
	desk {text} NOT NULL,
	at_ms {int} NOT NULL,
	made_ms {int} NOT NULL,
	called_ms {int} NOT NULL,
	begun_ms {int} NOT NULL,
	ended_ms {int} NOT NULL,
	UNIQUE (office, day, number)
){strict};
CREATE INDEX visit_made ON visit (made_ms);

CREATE TABLE application (
	id {text} NOT NULL PRIMARY KEY,
	card_id {bytes} NOT NULL REFERENCES card,
	office {text} NOT NULL,
	visit {text} NOT NULL,
	applicant {text} NOT NULL CHECK (applicant IN ('self', 'representative', 'agent')),
	wishes {text} NOT NULL,
	facts {text} NOT NULL,
	shown {text} NOT NULL,
	state {text} NOT NULL CHECK (state IN
		('open', 'letter', 'asked', 'accepted', 'refused', 'cancelled', 'expired')),
	verdict {text} NOT NULL,
	reason {text} NOT NULL,
	clerk {text} NOT NULL,
	approver {text} NOT NULL,
	supervisor {text} NOT NULL,
	cases {text} NOT NULL,
	opened_ms {int} NOT NULL,
	letter_ms {int} NOT NULL,
	answer_ms {int} NOT NULL,
	until_ms {int} NOT NULL,
	changed_ms {int} NOT NULL,
	receipt {text} NOT NULL
){strict};
CREATE INDEX application_card ON application (card_id);
CREATE INDEX application_office ON application (office, opened_ms);
CREATE INDEX application_ending ON application (until_ms) WHERE state IN ('open', 'letter', 'asked');

-- A card whose certificates the CA is to revoke: one row for each certificate. What is sent stands
-- beside it, because it holds the certificate, and goes with the answer.

CREATE TABLE revocation (
	id {text} NOT NULL,
	card_id {bytes} NOT NULL REFERENCES card,
	slot {int} NOT NULL,
	issuer_hash {bytes} NOT NULL,
	serial {bytes} NOT NULL,
	reason {text} NOT NULL CHECK (reason IN ('dead', 'letter-lost', 'wish')),
	state {text} NOT NULL CHECK (state IN
		('asked', 'approved', 'sent', 'confirmed', 'refused', 'withdrawn')),
	tries {int} NOT NULL CHECK (tries >= 0),
	next_ms {int} NOT NULL,
	asked_by {text} NOT NULL,
	approved_by {text} NOT NULL,
	identified_by {text} NOT NULL,
	asked_ms {int} NOT NULL,
	changed_ms {int} NOT NULL,
	receipt {text} NOT NULL,
	PRIMARY KEY (id, slot)
){strict};
CREATE INDEX revocation_card ON revocation (card_id);
CREATE INDEX revocation_receipt ON revocation (receipt);
CREATE INDEX revocation_asked ON revocation (asked_ms);
CREATE INDEX revocation_due ON revocation (next_ms) WHERE state IN ('approved', 'sent');
CREATE UNIQUE INDEX revocation_once ON revocation (card_id, slot)
	WHERE state IN ('asked', 'approved', 'sent', 'confirmed');

CREATE TABLE revocation_paper (
	id {text} NOT NULL,
	slot {int} NOT NULL,
	certificate {text} NOT NULL,
	request {text} NOT NULL,
	PRIMARY KEY (id, slot)
){strict};

-- Phones: whose key is it?
CREATE INDEX card_device ON card (device_key);
