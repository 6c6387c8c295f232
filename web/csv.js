// SPDX-License-Identifier: Apache-2.0
// A table as a file for a spreadsheet (RFC 4180), with the mark by which spreadsheets know UTF-8.

/** A cell that begins like a formula would be run by a spreadsheet: it gets an apostrophe in front. @param {string} cell */
function quote(cell) {
  const text = /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell) ? "'" + cell : cell;
  return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
}

/** @param {string[]} head @param {any[][]} rows */
export function csv(head, rows) {
  return "\ufeff" + [head, ...rows].map((r) => r.map((c) => quote(String(c))).join(",") + "\r\n").join("");
}

/** @param {string} name @param {string[]} head @param {any[][]} rows */
export function saveCsv(name, head, rows) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv(head, rows)], { type: "text/csv;charset=utf-8" }));
  link.download = `repin-${name}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
