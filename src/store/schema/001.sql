-- SPDX-License-Identifier: Apache-2.0
--
-- What the issuer keeps. One text for both engines; the words in braces are the engine's own:
--   {int}    a whole number of 64 bits           {text}  a text, compared byte by byte
--   {bytes}  bytes                               {id}    a key that the database gives
--   {hex}    the beginning of a literal of bytes {strict} columns keep to their types
-- Columns have the names of the fields of rows.h. Nothing is ever NULL: "" and 0 and zeros mean none.
-- Rows about a card carry its id, so that the schema can be split by card.

CREATE TABLE meta (
	name {text} NOT NULL PRIMARY KEY,
	value {text} NOT NULL
){strict};

CREATE TABLE card (
	card_id {bytes} NOT NULL PRIMARY KEY,
	profile {text} NOT NULL,
	number {text} NOT NULL,
	status {text} NOT NULL CHECK (status IN ('active', 'suspended', 'revoked')),
	key_version {int} NOT NULL,
	municipality {text} NOT NULL,
	gids_key {bytes} NOT NULL,
	source_card {bytes} NOT NULL,
	device_key {bytes} NOT NULL,
	replaced_by {bytes} NOT NULL,
	enrolled_ms {int} NOT NULL
){strict};
CREATE INDEX card_number ON card (number);

CREATE TABLE card_slot (
	card_id {bytes} NOT NULL REFERENCES card,
	slot {int} NOT NULL,
	resets {int} NOT NULL CHECK (resets BETWEEN 0 AND 65535),
	learnt_ms {int} NOT NULL,
	halted {text} NOT NULL CHECK (halted IN ('', 'copy', 'database')),
	halted_ms {int} NOT NULL,
	PRIMARY KEY (card_id, slot)
){strict};

CREATE TABLE card_key (
	card_id {bytes} NOT NULL REFERENCES card,
	slot {int} NOT NULL,
	key_hash {bytes} NOT NULL,
	issuer_hash {bytes} NOT NULL,
	serial {bytes} NOT NULL,
	not_before_ms {int} NOT NULL,
	not_after_ms {int} NOT NULL,
	enrolled_ms {int} NOT NULL,
	PRIMARY KEY (card_id, slot)
){strict};

CREATE TABLE kiosk_group (
	name {text} NOT NULL PRIMARY KEY,
	klass {text} NOT NULL CHECK (klass IN ('kiosk', 'desk', 'app')),
	slots {text} NOT NULL,
	operator_name {text} NOT NULL,
	places {text} NOT NULL,
	hours {text} NOT NULL,
	listed {int} NOT NULL
){strict};

CREATE TABLE terminal (
	fingerprint {bytes} NOT NULL PRIMARY KEY,
	name {text} NOT NULL UNIQUE,
	klass {text} NOT NULL CHECK (klass IN ('kiosk', 'desk', 'app')),
	grp {text} NOT NULL,
	office {text} NOT NULL,
	locked {int} NOT NULL,
	lock_reason {text} NOT NULL,
	enrolled_ms {int} NOT NULL
){strict};

CREATE TABLE operator (
	name {text} NOT NULL PRIMARY KEY,
	roles {text} NOT NULL,
	office {text} NOT NULL,
	password {text} NOT NULL,
	totp {bytes} NOT NULL,
	totp_step {int} NOT NULL,
	tries_left {int} NOT NULL CHECK (tries_left >= 0),
	tries_ms {int} NOT NULL,
	disabled {int} NOT NULL,
	made_ms {int} NOT NULL
){strict};

CREATE TABLE operator_card (
	name {text} NOT NULL REFERENCES operator,
	card_id {bytes} NOT NULL,
	PRIMARY KEY (name, card_id)
){strict};

CREATE TABLE session (
	token_hash {bytes} NOT NULL PRIMARY KEY,
	name {text} NOT NULL REFERENCES operator,
	terminal {bytes} NOT NULL,
	until_ms {int} NOT NULL
){strict};

CREATE TABLE user_code (
	card_id {bytes} NOT NULL PRIMARY KEY REFERENCES card,
	version {int} NOT NULL,
	salt {bytes} NOT NULL,
	mac {bytes} NOT NULL,
	state {text} NOT NULL CHECK (state IN ('active', 'blocked')),
	tries_left {int} NOT NULL CHECK (tries_left >= 0),
	set_ms {int} NOT NULL
){strict};

CREATE TABLE one_time_code (
	card_id {bytes} NOT NULL REFERENCES card,
	purpose {text} NOT NULL,
	case_id {text} NOT NULL,
	version {int} NOT NULL,
	salt {bytes} NOT NULL,
	mac {bytes} NOT NULL,
	tries_left {int} NOT NULL CHECK (tries_left >= 0),
	issued_ms {int} NOT NULL,
	until_ms {int} NOT NULL,
	PRIMARY KEY (card_id, purpose, case_id)
){strict};

CREATE TABLE "case" (
	id {text} NOT NULL PRIMARY KEY,
	card_id {bytes} NOT NULL REFERENCES card,
	slot {int} NOT NULL,
	door {text} NOT NULL,
	state {text} NOT NULL CHECK (state IN
		('open', 'ready', 'granted', 'done', 'failed', 'unknown', 'cancelled', 'expired', 'refused')),
	terminal {text} NOT NULL,
	office {text} NOT NULL,
	operator_name {text} NOT NULL,
	reason {text} NOT NULL,
	identified_by {text} NOT NULL,
	grants {int} NOT NULL CHECK (grants >= 0),
	opened_ms {int} NOT NULL,
	until_ms {int} NOT NULL,
	changed_ms {int} NOT NULL,
	receipt {text} NOT NULL
){strict};
CREATE INDEX case_card ON "case" (card_id);
CREATE INDEX case_opened ON "case" (opened_ms);
CREATE INDEX case_ending ON "case" (until_ms) WHERE state IN ('open', 'ready', 'granted');

CREATE TABLE evidence (
	id {id},
	case_id {text} NOT NULL REFERENCES "case",
	card_id {bytes} NOT NULL,
	kind {text} NOT NULL,
	purpose {text} NOT NULL,
	by_name {text} NOT NULL,
	detail {text} NOT NULL,
	at_ms {int} NOT NULL
){strict};
CREATE INDEX evidence_case ON evidence (case_id);

CREATE TABLE "grant" (
	id {text} NOT NULL PRIMARY KEY,
	case_id {text} NOT NULL REFERENCES "case",
	card_id {bytes} NOT NULL,
	slot {int} NOT NULL,
	terminal {text} NOT NULL,
	key_version {int} NOT NULL,
	challenge {bytes} NOT NULL,
	resets {int} NOT NULL CHECK (resets BETWEEN 0 AND 65535),
	state {text} NOT NULL CHECK (state IN ('burnt', 'done', 'failed', 'unknown')),
	settled_by {text} NOT NULL,
	made_ms {int} NOT NULL,
	settled_ms {int} NOT NULL
){strict};
CREATE INDEX grant_card ON "grant" (card_id, slot);

-- tx: which transaction wrote the row last. It settles a COMMIT whose answer was lost.
CREATE TABLE idempotency (
	key {text} NOT NULL PRIMARY KEY,
	card_id {bytes} NOT NULL,
	request {bytes} NOT NULL,
	state {text} NOT NULL CHECK (state IN ('pending', 'done')),
	problem {text} NOT NULL,
	result {text} NOT NULL,
	made_ms {int} NOT NULL,
	tx {bytes} NOT NULL
){strict};
CREATE INDEX idempotency_made ON idempotency (made_ms);

CREATE TABLE nonce (
	nonce {bytes} NOT NULL PRIMARY KEY,
	until_ms {int} NOT NULL
){strict};
CREATE INDEX nonce_until ON nonce (until_ms);

CREATE TABLE entry (
	id {id},
	receipt {text} NOT NULL UNIQUE,
	card_id {bytes} NOT NULL,
	salt {bytes} NOT NULL,
	digest {bytes} NOT NULL,
	body {text} NOT NULL,
	leaf {int} NOT NULL CHECK (leaf >= -1),
	made_ms {int} NOT NULL
){strict};
CREATE INDEX entry_open ON entry (id) WHERE leaf = -1;
CREATE UNIQUE INDEX entry_leaf ON entry (leaf) WHERE leaf >= 0;

CREATE TABLE node (
	level {int} NOT NULL,
	idx {int} NOT NULL,
	hash {bytes} NOT NULL,
	PRIMARY KEY (level, idx)
){strict};

CREATE TABLE head (
	id {int} NOT NULL PRIMARY KEY CHECK (id = 1),
	size {int} NOT NULL CHECK (size >= 0),
	root {bytes} NOT NULL,
	note {text} NOT NULL,
	at_ms {int} NOT NULL
){strict};

CREATE TABLE checkpoint (
	size {int} NOT NULL PRIMARY KEY,
	root {bytes} NOT NULL,
	note {text} NOT NULL,
	at_ms {int} NOT NULL
){strict};

CREATE TABLE outbox (
	id {id},
	card_id {bytes} NOT NULL,
	kind {text} NOT NULL,
	body {text} NOT NULL,
	made_ms {int} NOT NULL,
	sent_ms {int} NOT NULL,
	tries {int} NOT NULL
){strict};
CREATE INDEX outbox_due ON outbox (id) WHERE sent_ms = 0;

CREATE TABLE stop (
	id {text} NOT NULL PRIMARY KEY,
	door {text} NOT NULL,
	profile {text} NOT NULL,
	grp {text} NOT NULL,
	reason {text} NOT NULL,
	made_by {text} NOT NULL,
	lifted_by {text} NOT NULL,
	lifted_by2 {text} NOT NULL,
	made_ms {int} NOT NULL,
	lifted_ms {int} NOT NULL
){strict};
CREATE INDEX stop_active ON stop (id) WHERE lifted_ms = 0;

CREATE TABLE approval (
	id {text} NOT NULL PRIMARY KEY,
	act {text} NOT NULL,
	args {text} NOT NULL,
	asked_by {text} NOT NULL,
	agreed_by {text} NOT NULL,
	state {text} NOT NULL CHECK (state IN ('asked', 'done', 'refused')),
	made_ms {int} NOT NULL,
	until_ms {int} NOT NULL
){strict};
CREATE INDEX approval_asked ON approval (until_ms) WHERE state = 'asked';

CREATE TABLE "limit" (
	card_id {bytes} NOT NULL,
	what {text} NOT NULL,
	from_ms {int} NOT NULL,
	n {int} NOT NULL CHECK (n >= 0),
	PRIMARY KEY (card_id, what)
){strict};

-- The root of no leaves is SHA-256 of nothing (RFC 9162, 2.1.1).
INSERT INTO head (id, size, root, note, at_ms) VALUES
	(1, 0, {hex}e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', '', 0);
INSERT INTO meta (name, value) VALUES ('highest-ms', '0');
