// Edits a message in place. The message's own text stays in the page, hidden by CSS while the editor is open.
import { focusMessage } from "./message.js";
import { notify } from "./notes.js";
import { grow, labelEnter, sends } from "./textarea.js";
import { words } from "./words.js";

export function openEditor(article) {
  const slot = article.querySelector(":scope > .message__open") ?? makeSlot(article);
  const { href } = article.querySelector(".message__more");
  htmx.ajax("GET", href, { source: slot, target: slot, swap: "innerHTML" }).catch(() => null); // giveUp says what happened
}

function makeSlot(article) {
  const slot = document.createElement("div");
  slot.className = "message__open message__editor";
  slot.addEventListener("htmx:afterRequest", ({ target, detail }) => target === slot && !detail.successful && giveUp(slot));
  article.append(slot);
  return slot;
}

function giveUp(slot) {
  const article = slot.parentElement;
  slot.remove();
  notify(words.no_editor);
  focusMessage(article);
}

export function edit(box) {
  const slot = box.closest(".message__open");
  const form = box.querySelector("form");
  if (!slot) return; // a page of its own, which works without scripts
  const source = form.elements.body;
  const reasons = () => box.querySelector(".edit__reasons"); // replaced when the server refuses

  function close() {
    const article = slot.closest(".message");
    slot.remove();
    focusMessage(article);
  }

  function press(event) {
    if (event.key === "Escape" && !event.isComposing) close();
    if (!sends(event)) return;
    event.preventDefault();
    form.requestSubmit();
  }

  function finish({ detail }) {
    if (!detail.successful) reasons().textContent = words.no_saving;
    else if (!reasons().textContent.trim()) close();
  }

  function cancel(event) {
    event.preventDefault();
    close();
  }

  form.addEventListener("htmx:beforeRequest", () => reasons().replaceChildren());
  form.addEventListener("htmx:afterRequest", finish);
  box.querySelector("[data-cancel]").addEventListener("click", cancel);
  source.addEventListener("keydown", press);
  source.addEventListener("input", () => grow(source));
  labelEnter(source);
  grow(source);
  source.focus();
  source.setSelectionRange(source.value.length, source.value.length);
  box.scrollIntoView({ block: "nearest" });
}
