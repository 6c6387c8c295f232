// SPDX-License-Identifier: Apache-2.0
// What an entry looks like while it is typed. It only helps: the program at the card judges every entry again.

const CLASSES = { digits: /^[0-9]*$/, "upper-alnum": /^[A-Z0-9]*$/, alnum: /^[A-Za-z0-9]*$/, graphic: /^[!-~]*$/, printable: /^[ -~]*$/ };

/** Full-width to half-width, and upper case where the card wants it. @param {string} typed @param {boolean} upper */
export function fold(typed, upper) {
  const narrow = typed.replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0));
  return upper ? narrow.replace(/[a-z]/g, (c) => c.toUpperCase()) : narrow;
}

/**
 * @param {string} typed @param {any} rules of the card object @param {boolean} fresh it shall be set
 * @returns {{length: boolean, characters: boolean, same: boolean, folded: string, good: boolean}}
 */
export function judge(typed, rules, fresh) {
  const sent = rules ? fold(typed, rules.to_upper) : typed;
  const n = [...sent].length;
  const kind = rules ? (fresh ? rules.characters : rules.current_characters) : "printable";
  const length = !rules || !rules.len_max || (n >= rules.len_min && n <= rules.len_max);
  const characters = (CLASSES[kind] || CLASSES.printable).test(sent);
  const same = !(fresh && rules && rules.refuse_all_same && n > 1 && new Set(sent).size === 1);
  const folded = sent === typed ? "" : sent.length === typed.length && sent.toLowerCase() === typed.toLowerCase() ? "upper" : "width";
  return { length, characters, same, folded, good: n > 0 && length && characters && same };
}
