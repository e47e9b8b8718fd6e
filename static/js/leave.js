// Signing out takes the drafts along, and deleting the account the unsent messages, too. That happens on the page for
// visitors: where the form was refused, nothing is lost.
import { forget, leaving } from "./store.js";

export function leave(form) {
  leaving(null);
  form.addEventListener("submit", () => leaving(form.dataset.reader ? `${form.dataset.reader}:` : ":draft"));
}

export const left = forget;
