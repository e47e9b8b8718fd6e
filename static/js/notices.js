// What happens while a page is open and isn't in it: an invitation, a request to join a room.
import { flash } from "./controls.js";
import { words } from "./words.js";

const texts = { admitted: words.notice_admitted, invited: words.notice_invited, requested: words.notice_requested };

const create = (tag, className, ...children) => {
  const element = Object.assign(document.createElement(tag), { className });
  element.append(...children);
  return element;
};

function linkTo({ dataset, textContent }) {
  const text = texts[dataset.kind] ?? textContent;
  const link = create("a", "", text.replace("{name}", () => dataset.name).replace("{room}", () => dataset.room));
  link.href = dataset.url;
  return link;
}

// A newer notice of the same kind takes the place of the one before.
export function notice(signal) {
  const close = Object.assign(create("button", "button button--bare flash__close", "×"), { type: "button", ariaLabel: words.dismiss ?? "Dismiss" });
  const note = create("div", "flash", create("ul", "flash__list", create("li", "flash__item", linkTo(signal))), close);
  note.dataset.notice = `${signal.dataset.kind} ${signal.dataset.url}`;
  if (signal.dataset.about) note.dataset.about = signal.dataset.about;
  note.setAttribute("role", "status");
  for (const old of document.querySelectorAll("[data-notice]")) if (old.dataset.notice === note.dataset.notice) old.remove();
  document.getElementById("main").prepend(note);
  flash(note);
}

// A request to join was answered or withdrawn: its notice says nothing true any more, nor does the page of whoever asked.
export function settled(signal) {
  for (const note of document.querySelectorAll("[data-about]")) if (note.dataset.about === signal.dataset.about) note.remove();
  stale(signal);
}

// Requests to join or invitations came or went: a list of them that is on the page asks for its newest state.
export function stale({ dataset }) {
  htmx.trigger(document.body, dataset.signal);
}
