// SPDX-License-Identifier: Apache-2.0
// What this browser remembers of the issuer's log: its key, as it was told first, and the newest checkpoint that it has seen.
// A log that was rewritten since, or one that shows others something else, does not fit to it.
import { getText, get, slugOf } from "./service.js";
import { checkpointOf, consistent, keyOf, proofOf } from "./tlog.js";

const MEMORY = "repin-log";

function recall() {
  try {
    const told = JSON.parse(localStorage.getItem(MEMORY) || "{}");
    return { key: typeof told.key === "string" ? told.key : "", note: typeof told.note === "string" ? told.note : "" };
  } catch {
    return { key: "", note: "" };
  }
}

/** @returns {Promise<{key: any, line: string, told: string, first: boolean, note: string}>} the key that counts */
export async function logKey() {
  const told = (await getText("/v1/log/key")).trim(), kept = recall();
  const line = kept.key || told;
  return { key: await keyOf(line), line, told, first: !kept.key, note: kept.note };
}

/**
 * Does this checkpoint continue the one that was seen before? Only then is it kept.
 * @param {Awaited<ReturnType<typeof logKey>>} k @param {any} at its checkpoint @param {string} note the same as text
 * @returns {Promise<{verdict: "grown"|"shrunk"|"forked", before: number}>} before: 0, it was not seen before
 */
export async function grown(k, at, note) {
  const before = k.note ? await checkpointOf(k.note, k.key) : null;
  if (before && before.size > 0) {
    if (at.size < before.size) return { verdict: "shrunk", before: before.size };
    let proof = /** @type {Uint8Array[]|null} */ ([]);
    if (at.size > before.size) {
      // No proof is as good as a wrong one; no answer is none, and is told as such.
      const told = await get(`/v1/log/consistency/${before.size}-${at.size}`).catch((e) => {
        if (["away", "busy", "not-ready", "too-many-requests"].includes(slugOf(e))) throw e;
        return {};
      });
      proof = proofOf(told.proof);
    }
    if (!proof || !(await consistent(before, at, proof))) return { verdict: "forked", before: before.size };
  }
  try {
    localStorage.setItem(MEMORY, JSON.stringify({ key: k.line, note }));
  } catch {
    // a browser that keeps nothing sees the log for the first time each time
  }
  return { verdict: "grown", before: before ? before.size : 0 };
}
