// SPDX-License-Identifier: Apache-2.0
// What the page for phones says and no other does (texts.js).

/** @param {string} text */
const N_ = (text) => text;

export const texts = {
  phoneWebTitle: N_("This page runs without the key of a phone"),
  phoneWeb: N_("The PINs of a smartphone's certificates are reset and changed only in the app on that smartphone: not on the web, not at a kiosk, not at a counter."),
  phoneWebDoor: N_("Open the app on the smartphone. For the PINs of your card this page shows the ways."),
  phoneNewTitle: N_("This phone is not registered yet"),
  phoneNew: N_("Register it once with the signature PIN of the card that its certificates came from. After that it can set its own PINs."),
  phoneCard: N_("This is your card. Here the app opens a reservation for a kiosk, and changes nothing on the card."),
  phoneUnlocked: N_("This phone itself is the proof: it is unlocked, and it is registered. No other PIN is asked."),
};
