// SPDX-License-Identifier: Apache-2.0
// How a page speaks to the agent: one key for this tab, POSTs, and one stream of events.
//
// The address that opened the page holds a secret that serves once. It is traded for a key at once and taken out of the
// address; the key lives in sessionStorage, so that a reload goes on, and stands in a header, which no other origin can send.

const KEY = "repin-key";
const QUIET_MS = 12000; // the agent pings each 5 seconds
let heard = false; // of the agent that gave the key, by the stream that is open

/** @param {string} path @param {object} [body] */
export async function post(path, body = {}) {
  const key = sessionStorage.getItem(KEY);
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(key ? { Authorization: "Bearer " + key } : {}) },
    body: JSON.stringify(body),
    cache: "no-store",
  });
  if (answer.status === 403 && path !== "/api/start") throw new Lost("key");
  return { status: answer.status, ...(await answer.json()) };
}

export class Lost extends Error {}

/** This tab's. */
export const key = () => sessionStorage.getItem(KEY) || "";

/** Trades the secret in the address for a key. @returns {Promise<{mode: string, phone: boolean, lang: string}|null>} */
export async function start() {
  const [secret, lang] = location.hash.slice(1).split(".");
  if (secret) {
    history.replaceState(null, "", location.pathname);
    const told = await post("/api/start", { secret, lang: lang || "en" }).catch(() => null);
    if (told && told.key) {
      sessionStorage.removeItem("repin-seen"); // of another agent
      sessionStorage.setItem(KEY, told.key);
      sessionStorage.setItem("repin-mode", told.mode);
      sessionStorage.setItem("repin-phone", told.phone ? "yes" : "");
      return { mode: told.mode, phone: told.phone, lang: told.lang };
    }
  }
  if (!sessionStorage.getItem(KEY)) return null;
  return { mode: sessionStorage.getItem("repin-mode") || "holder", phone: sessionStorage.getItem("repin-phone") === "yes", lang: "" };
}

/** One event of the stream, taken apart. @param {string} block */
export function parse(block) {
  let name = "", data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  return name ? { name, data: JSON.parse(data || "{}") } : null;
}

/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("").toUpperCase();
/** @param {Uint8Array<ArrayBuffer>} bytes */
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/**
 * Is it still the agent that gave this tab its key? Asked before each stream, without the key: when the agent has gone, any
 * program of this machine may have taken its port. @returns {Promise<"yes"|"no"|"away">}
 */
async function isOurs() {
  const nonce = crypto.getRandomValues(new Uint8Array(32));
  try {
    const answer = await fetch("/api/proof", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ nonce: hex(nonce) }), cache: "no-store" });
    if (answer.status !== 200) return "no";
    const { proofs } = await answer.json();
    const mine = await sha256(new TextEncoder().encode(sessionStorage.getItem(KEY) || ""));
    const proof = hex(await sha256(new Uint8Array([...mine, ...nonce])));
    return Array.isArray(proofs) && proofs.includes(proof) ? "yes" : "no";
  } catch {
    return "away";
  }
}

/**
 * Reads the stream for ever. `tell(name, data)` for each event; `lost(why)` when nothing is known any more: until the next
 * event the page takes no input.
 * @param {(name: string, data: any) => void} tell @param {(why: string) => void} lost
 */
export async function events(tell, lost) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 8000)) {
    const stop = new AbortController();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => stop.abort(), QUIET_MS);
    };
    try {
      alive();
      const whose = await isOurs();
      if (whose === "no") {
        clearTimeout(timer);
        return lost("key");
      }
      if (whose === "away") throw new Lost("away");
      const answer = await fetch("/api/events", {
        headers: { Authorization: "Bearer " + sessionStorage.getItem(KEY) },
        cache: "no-store",
        signal: stop.signal,
      });
      if (answer.status === 403) return lost("key");
      if (!answer.body || answer.status !== 200) throw new Lost("answer");
      heard = true;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        alive();
        pause = 500;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop() || "";
        for (const block of blocks) {
          const one = parse(block);
          if (one) tell(one.name, one.data);
        }
      }
    } catch {
      // told below
    }
    clearTimeout(timer);
    heard = false;
    lost("away");
    await new Promise((r) => setTimeout(r, pause));
  }
}

/**
 * What is known of a job after one more of its events. A challenge stands until the card is given the answer.
 * @param {any} was @param {{job: number, step: string, text: string}} told
 */
export function stepped(was, told) {
  const job = was && was.number === told.job ? was : { number: told.job, steps: [], challenge: "", wrong: null };
  if (told.step === "challenge") return { ...job, challenge: told.text };
  if (told.step === "response") return { ...job, wrong: { text: told.text, n: (job.wrong ? job.wrong.n : 0) + 1 } };
  return { ...job, steps: [...job.steps, told.text], challenge: "", wrong: null };
}

/** The page is closed: the agent need not wait long for another one. */
export function bye() {
  if (!heard) return; // whoever is there now is not told the key
  fetch("/api/bye", { method: "POST", keepalive: true, headers: { Authorization: "Bearer " + sessionStorage.getItem(KEY) } }).catch(() => null);
}
