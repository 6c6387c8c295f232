// SPDX-License-Identifier: Apache-2.0
// The issuer's log, judged in the browser with WebCrypto alone: signed checkpoints, inclusion, growth. The rules are those of
// src/tlog and src/cli/receipt.c. Sources: C2SP signed-note and tlog-checkpoint; RFC 9162, 2.1.3.2 and 2.1.4.2.

const LEVELS = 48; // as TLOG_LEVELS
const text = new TextEncoder();

/** @param {...Uint8Array} parts */
function joined(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    all.set(p, at);
    at += p.length;
  }
  return all;
}

/** @param {...Uint8Array} parts */
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
/** @param {Uint8Array} a @param {Uint8Array} b */
const same = (a, b) => a.length === b.length && a.every((v, i) => v === b[i]);
/** @param {Uint8Array} left @param {Uint8Array} right */
const node = (left, right) => sha256(new Uint8Array([1]), left, right);
/** @param {Uint8Array} digest */
export const leafOf = (digest) => sha256(new Uint8Array([0]), digest);
/** @param {Uint8Array} salt @param {string} entry */
export const leaf = async (salt, entry) => leafOf(await sha256(salt, text.encode(entry)));

/** Strict base64 with padding; null when it is none. @param {any} word @param {number} [length] of the bytes */
export function bytesOf(word, length) {
  if (typeof word !== "string" || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(word)) return null;
  const raw = atob(word);
  if (btoa(raw) !== word || (length !== undefined && raw.length !== length)) return null;
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** The hashes of a proof; null when that is none. @param {any} list */
export function proofOf(list) {
  if (!Array.isArray(list) || list.length > 2 * LEVELS) return null;
  const all = list.map((h) => bytesOf(h, 32));
  return all.every(Boolean) ? /** @type {Uint8Array[]} */ (all) : null;
}

/** Can this browser check a signature? WebCrypto came to Ed25519 late. */
export async function canVerify() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), "Ed25519", false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");

/** "origin+keyid+base64" taken apart; null when it is no key. @param {string} vkey */
export async function keyOf(vkey) {
  const [, origin, id, word] = /^([\x21-\x2a\x2c-\x7e]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim()) || [];
  const typed = word ? bytesOf(word, 33) : null;
  if (!typed || typed[0] !== 1) return null;
  const keyId = (await sha256(text.encode(origin + "\n"), typed)).subarray(0, 4);
  return hex(keyId) === id ? { origin, id: keyId, key: typed.slice(1) } : null;
}

/** A checkpoint that the key has signed: {origin, size, root}; null for any other. @param {string} note @param {any} k of keyOf */
export async function checkpointOf(note, k) {
  const at = typeof note === "string" ? note.indexOf("\n\n") : -1;
  if (!k || at < 0 || note.length > 16384 || !note.endsWith("\n")) return null;
  const body = note.slice(0, at + 1);
  const [origin, size, rootText] = body.split("\n");
  const root = bytesOf(rootText, 32);
  if (origin !== k.origin || !/^(0|[1-9]\d{0,14})$/.test(size) || Number(size) > 2 ** LEVELS || !root) return null;
  let signed = false;
  for (const line of note.slice(at + 2, -1).split("\n")) {
    const [, name, word] = /^\u2014 ([^ +]+) (\S+)$/.exec(line) || [];
    const sig = word ? bytesOf(word) : null;
    if (!sig || sig.length <= 4) return null;
    // Another name, or the name with another key: a witness.
    if (name !== origin || !same(sig.subarray(0, 4), k.id)) continue;
    if (sig.length !== 68) return null;
    const key = await crypto.subtle.importKey("raw", k.key, "Ed25519", false, ["verify"]);
    if (!(await crypto.subtle.verify("Ed25519", key, sig.slice(4), text.encode(body)))) return null;
    signed = true;
  }
  return signed ? { origin, size: Number(size), root } : null;
}

/** A place on the way up; sizes are below 2^48, so halving by division is exact. */
class Climb {
  constructor(at, last) {
    this.at = at;
    this.last = last;
  }
  up() {
    this.at = Math.floor(this.at / 2);
    this.last = Math.floor(this.last / 2);
  }
  fromLeft() {
    return this.at % 2 === 1 || this.at === this.last;
  }
  skipAlone() {
    while (this.at % 2 === 0 && this.at !== 0) this.up();
  }
}

/** RFC 9162 2.1.3.2. @param {number} number @param {number} size @param {Uint8Array} leafHash @param {Uint8Array[]} proof @param {Uint8Array} root */
export async function included(number, size, leafHash, proof, root) {
  if (!Number.isSafeInteger(number) || number < 0 || number >= size) return false;
  const c = new Climb(number, size - 1);
  let hash = leafHash;
  for (const p of proof) {
    if (c.last === 0) return false;
    if (c.fromLeft()) {
      hash = await node(p, hash);
      c.skipAlone();
    } else {
      hash = await node(hash, p);
    }
    c.up();
  }
  return c.last === 0 && same(hash, root);
}

/** RFC 9162 2.1.4.2. @param {any} before @param {any} now checkpoints @param {Uint8Array[]} proof */
export async function consistent(before, now, proof) {
  if (before.size === 0 || before.size > now.size) return false;
  if (before.size === now.size) return proof.length === 0 && same(before.root, now.root);
  if (proof.length === 0) return false;
  const c = new Climb(before.size - 1, now.size - 1);
  const whole = Number.isInteger(Math.log2(before.size)); // the old tree is one node of the new one
  while (c.at % 2 === 1) c.up();
  let old = whole ? before.root : proof[0], fresh = old;
  for (const p of whole ? proof : proof.slice(1)) {
    if (c.last === 0) return false;
    if (c.fromLeft()) {
      old = await node(p, old);
      fresh = await node(p, fresh);
      c.skipAlone();
    } else {
      fresh = await node(fresh, p);
    }
    c.up();
  }
  return c.last === 0 && same(old, before.root) && same(fresh, now.root);
}

/**
 * What the answer to a receipt's number is worth: the verdicts of `repin receipt`.
 * @param {any} told @param {string} number @param {any} k of keyOf
 * @returns {Promise<{verdict: string, at?: any, entry?: any}>}
 */
export async function judge(told, number, k) {
  const erased = told.state === "erased", proof = proofOf(told.proof);
  if (told.receipt !== number) return { verdict: "other" };
  if (told.state === "waiting") return { verdict: "waiting" };
  const bytes = bytesOf(erased ? told.digest : told.salt, 32);
  if ((!erased && told.state !== "sealed") || !Number.isSafeInteger(told.leaf) || told.leaf < 0 || !proof || !bytes || (!erased && typeof told.entry !== "string")) return { verdict: "nonsense" };
  const at = await checkpointOf(told.checkpoint, k);
  if (!at) return { verdict: "unsigned" };
  const mine = erased ? await leafOf(bytes) : await leaf(bytes, told.entry);
  if (!(await included(told.leaf, at.size, mine, proof, at.root))) return { verdict: "changed" };
  if (erased) return { verdict: "erased", at };
  let entry = null;
  try {
    entry = JSON.parse(told.entry);
  } catch {
    // no entry of ours
  }
  // The entry names its own receipt, so that no other one can be shown for it.
  return entry && entry.receipt === number ? { verdict: "sealed", at, entry } : { verdict: "other" };
}
