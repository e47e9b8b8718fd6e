// What scripts add to a message: a menu button in place of a link, and code that can be scrolled and copied. And what
// stays when a newer revision takes its place.
import { copy } from "./clipboard.js";
import { words } from "./words.js";

export function dress(article) {
  const more = article.querySelector(".message__more");
  if (more) Object.assign(more, { role: "button", ariaHasPopup: "menu" });
  article.querySelector(".message__author").ariaHasPopup = "dialog";
  article.querySelectorAll("pre").forEach(dressCode);
}

function dressCode(pre) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "code__copy", ariaLabel: words.copy });
  button.addEventListener("click", () => copy(pre.textContent, button));
  const frame = document.createElement("div");
  frame.className = "code";
  pre.replaceWith(frame);
  frame.append(pre, button);
  if (pre.scrollWidth > pre.clientWidth) Object.assign(pre, { tabIndex: 0, role: "group", ariaLabel: words.code });
}

export const findMessage = (id) => document.getElementById(id);

// Focus what the reader had in hand, or the message itself.
export function focusMessage(article) {
  const target = article?.querySelector(".message__more") ?? article;
  if (!target) return;
  if (target === article) article.tabIndex = -1;
  target.focus({ preventScroll: true });
}

// An open editor or an offer to undo belongs to the reader, not to the revision: it moves over, and so does the focus.
export function replaceMessage(old, article) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const open = old.querySelector(":scope > .message__open");
  const isGone = article.querySelector(":scope > .message__body--deleted");
  if (open && !(isGone && open.matches(".message__body--deleted"))) article.append(open);
  article.toggleAttribute("data-begins", "begins" in old.dataset);
  old.replaceWith(article);
  if (focused) refocus(article, focused);
}

function refocus(article, focused) {
  if (article.contains(focused)) return focused.focus({ preventScroll: true });
  const same = focused.classList[0] && focused.matches("a, button") && article.querySelector(`.${focused.classList[0]}`);
  if (same) same.focus({ preventScroll: true });
  else focusMessage(article);
}
