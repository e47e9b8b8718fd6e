// The dialog of a room page: links with data-dialog open in it, and so do the links and forms within. What was typed is
// never lost by accident: Escape and a click beside the dialog ask first, and nothing closes it while a form is being sent.
import { notify } from "./notes.js";
import { words } from "./words.js";

let box = null;
let sending = 0;
let afterwards = null; // what to do once the reader discards what they typed

const body = () => document.getElementById("dialog-body");

export function openDialog(url, opener) {
  opener?.focus();
  htmx.ajax("GET", url, { source: body(), target: body(), swap: "innerHTML" }).catch(() => null); // `failed` says so
}

export function dialog(element) {
  if (!element.showModal) return; // an old browser: the links stay links
  box = element;
  document.addEventListener("click", follow);
  box.addEventListener("submit", send);
  box.addEventListener("cancel", (event) => event.target === box && askToClose(event));
  box.addEventListener("keydown", (event) => event.key === "Escape" && askToClose(event));
  box.addEventListener("click", click);
  box.addEventListener("htmx:beforeRequest", () => (sending += 1));
  box.addEventListener("htmx:beforeSwap", take);
  box.addEventListener("htmx:afterRequest", finish);
}

// New content: the title, or the field to correct, takes the focus.
export function dialogContent(content) {
  for (const form of content.querySelectorAll("form")) form.dataset.before = contentOf(form);
  if (content.querySelector(".errorlist")) markUnsaved(content);
  if (!box.open) box.showModal();
  box.scrollTop = 0;
  showQuestion(false);
  (content.querySelector("[autofocus]") ?? content.querySelector(".dialog__title")).focus();
}

// What the server refused isn't saved either.
function markUnsaved(content) {
  for (const form of content.querySelectorAll("form:has(.errorlist)")) form.dataset.before = "";
}

const contentOf = (form) => new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken")).toString();

const isUnsaved = () => [...box.querySelectorAll("form[method=post]")].some((form) => form.dataset.before !== contentOf(form));

function follow(event) {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const within = box.contains(link);
  const go = () => openDialog(within ? new URL(link.getAttribute("href"), addressOf()).href : link.href, within ? null : link);
  if (within) unlessUnsaved(go);
  else go();
}

const addressOf = () => new URL(body().dataset.address, location);

function send(event) {
  const form = event.target;
  event.preventDefault();
  if (sending) return;
  const address = new URL(form.getAttribute("action") ?? "", addressOf());
  const values = Object.fromEntries(new FormData(form, event.submitter));
  if (form.method === "get") return unlessUnsaved(() => openDialog(`${address.pathname}?${new URLSearchParams(values)}`));
  body().setAttribute("hx-encoding", form.enctype);
  htmx.ajax("POST", address.href, { source: body(), target: body(), swap: "innerHTML", values }).catch(() => null);
}

// Where the content comes from, after redirects: relative links belong to it.
function take({ detail }) {
  if (detail.xhr.responseURL) body().dataset.address = detail.xhr.responseURL;
}

function finish({ detail }) {
  sending = Math.max(0, sending - 1);
  if (detail.successful) return;
  const isText = detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/plain");
  say(isText ? detail.xhr.responseText : words.no_saving);
}

// In the dialog, or above the composer if it isn't open.
function say(text) {
  if (!box.open) return notify(text);
  const content = body().querySelector(".dialog__content");
  const note = content.querySelector(".dialog__problem") ?? content.insertBefore(document.createElement("p"), content.children[1]);
  Object.assign(note, { className: "dialog__problem form__error", role: "alert", textContent: text });
  note.scrollIntoView({ block: "nearest" });
}

function click({ target }) {
  if (target.closest("[data-keep]")) return keep();
  if (target.closest("[data-discard]")) return afterwards();
  if (target === box || target.closest("[data-close]")) askToClose();
}

function askToClose(event) {
  event?.preventDefault();
  if (!sending) unlessUnsaved(close);
}

function unlessUnsaved(action) {
  if (!isUnsaved()) return action();
  afterwards = action;
  showQuestion(true);
}

function showQuestion(isShown) {
  const question = box.querySelector(".dialog__unsaved");
  question.hidden = !isShown;
  if (isShown) question.querySelector("[data-keep]").focus();
}

function keep() {
  showQuestion(false);
  const form = [...box.querySelectorAll("form[method=post]")].find((one) => one.dataset.before !== contentOf(one));
  form.querySelector("input:not([type=hidden]), textarea, select").focus();
}

function close() {
  box.close(); // the browser gives the focus back to the opener
  body().replaceChildren();
  showQuestion(false);
}
