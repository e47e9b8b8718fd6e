// Deletes a message after a few seconds in which it can be brought back, or at once when the page goes. A deletion stays in
// the browser's storage until the server has confirmed it, so that a lost connection or a crash only delays it.
import { focusMessage } from "./message.js";
import { notify } from "./notes.js";
import { load, save } from "./store.js";
import { transport } from "./transport.js";
import { words } from "./words.js";

const UNDO_FOR = 5_000; // milliseconds
const RETRY_AFTER = 3_000;
const timers = new Map(); // seq -> timer; a deletion without one is being sent

export function remove(article) {
  const { seq } = article.dataset;
  article.append(offerUndo(seq));
  article.querySelector(".message__undo").focus({ preventScroll: true });
  remember(seq, Date.now() + UNDO_FOR);
  schedule(seq, UNDO_FOR);
}

function offerUndo(seq) {
  const note = document.getElementById("deleted").content.cloneNode(true).firstElementChild;
  const [text, button] = note.children;
  text.id = `deleted-${seq}`;
  button.setAttribute("aria-describedby", text.id); // the focus is on the button, and its text says what happened
  button.addEventListener("click", () => undo(seq));
  return note;
}

function undo(seq) {
  clearTimeout(timers.get(seq));
  forget(seq);
  restore(seq);
}

function restore(seq) {
  const article = document.querySelector(`#messages > .message[data-seq="${seq}"]`);
  article?.querySelector(":scope > .message__open")?.remove();
  if (article) focusMessage(article);
}

const stored = () => load("deleting", {});

const remember = (seq, due) => save("deleting", { ...stored(), [seq]: due });

function forget(seq) {
  const { [seq]: _, ...others } = stored();
  timers.delete(seq);
  save("deleting", Object.keys(others).length ? others : null);
}

function schedule(seq, delay) {
  clearTimeout(timers.get(seq));
  timers.set(seq, setTimeout(send, Math.max(0, delay), seq));
}

async function send(seq) {
  clearTimeout(timers.get(seq));
  timers.set(seq, null);
  const response = await post(seq);
  if (response === null || response.status === 429 || response.status >= 500) return schedule(seq, RETRY_AFTER);
  forget(seq);
  if (response.ok) return htmx.swap("#messages", await response.text(), { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
  restore(seq);
  notify(words.no_deletion);
}

async function post(seq) {
  const { slug } = document.getElementById("room").dataset;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "HX-Request": "true", "X-CSRFToken": token };
  try {
    return await fetch(`/rooms/${slug}/messages/${seq}/delete/`, { method: "POST", headers, keepalive: true });
  } catch {
    return null;
  }
}

function sendAll() {
  for (const [seq, timer] of timers) if (timer !== null) send(seq);
}

// Another tab may still offer to undo what it stored.
function resume() {
  for (const [seq, due] of Object.entries(stored())) setTimeout(() => seq in stored() && send(seq), due - Date.now());
}

// On a phone, a page in the background may never run again. Elsewhere another tab does not end the offer to undo.
function sendAllOnPhones() {
  if (document.visibilityState === "hidden" && matchMedia("(pointer: coarse)").matches) sendAll();
}

export function resumeDeletions() {
  addEventListener("pagehide", sendAll);
  document.addEventListener("visibilitychange", sendAllOnPhones);
  transport.addEventListener("open", () => timers.forEach((timer, seq) => timer === null || stored()[seq] > Date.now() || send(seq)));
  resume();
}
