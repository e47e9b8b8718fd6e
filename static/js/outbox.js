// The outbox: messages that the server hasn't echoed yet. They survive a reload, are resent on every new connection
// (the client_id prevents duplicates), and show the reason if the server rejects them, or its question.
import { transport } from "./transport.js";
import { sendingNote } from "./sending.js";
import { load, loadAll, save } from "./store.js";
import { words } from "./words.js";

const RESEND_AFTER = 10_000; // milliseconds without an echo
const SLOW_INTERVAL = 1_100; // milliseconds between messages after the server asked to slow down

export function outbox(container) {
  const template = document.getElementById("outgoing");
  const isEmoji = new RegExp(`^(?:${template.dataset.emoji})$`, "u");
  const inFlight = new Map(); // client_id -> time sent
  const showSending = sendingNote();
  // Each message is stored under a name of its own: tabs of the same room must not overwrite each other's.
  let items = [...load("outbox", []), ...loadAll("outbox:")];
  let paused = null;

  const find = (client_id) => items.find((item) => item.client_id === client_id);

  function update() {
    save("outbox", null); // where all messages were until November 2026
    for (const item of items) save(keyOf(item), item);
    for (const article of container.querySelectorAll(".message")) if (!find(article.dataset.clientId)) article.remove();
    items.forEach((item) => render(elementOf(item), item));
    const waiting = items.filter((item) => !item.refused);
    showSending({ waiting: waiting.length, since: waiting[0]?.at ?? 0, isSlowed: waiting.length > 0 && paused !== null });
    transport.emit("waiting", items.length);
  }

  function elementOf(item) {
    const existing = container.querySelector(`[data-client-id="${item.client_id}"]`);
    return existing ?? container.appendChild(create(item));
  }

  function create(item) {
    const article = template.content.cloneNode(true).firstElementChild;
    const header = article.querySelector("header");
    article.removeAttribute("id");
    article.dataset.clientId = item.client_id;
    article.setAttribute("aria-labelledby", (header.id = `by-${item.client_id}`));
    article.querySelector("time").dateTime = new Date(item.at ?? Date.now()).toISOString();
    article.toggleAttribute("data-large", isEmoji.test(item.body));
    article.querySelector(".prose").append(...draw(item.body));
    return article;
  }

  function render(article, item) {
    article.dataset.state = item.refused ? "refused" : "sending";
    const reason = article.querySelector(".outgoing__reason");
    if (reason.textContent !== (item.reason ?? "")) reason.textContent = item.reason ?? "";
    article.querySelector("[data-again]").textContent = item.isQuestion ? words.send_anyway : words.again;
    article.querySelector("[data-discard]").textContent = item.isQuestion ? words.cancel : words.discard;
  }

  function send(item) {
    if (!item.refused && !inFlight.has(item.client_id) && transport.transmit(item)) inFlight.set(item.client_id, Date.now());
  }

  function pump() {
    if (paused === null) return items.forEach(send);
    const next = items.find((item) => !item.refused);
    if (next) send(next);
    paused = next ? setTimeout(pump, SLOW_INTERVAL) : null;
    if (!paused) update();
  }

  function add(body) {
    items.push({ client_id: newId(), body, at: Date.now() });
    update();
    if (paused === null) pump();
  }

  function settle(client_id) {
    const settled = find(client_id);
    if (!settled) return;
    save(keyOf(settled), null);
    inFlight.delete(client_id);
    items = items.filter((item) => item.client_id !== client_id);
    update();
  }

  function reject(client_id, reason, retryAfter, isQuestion = false) {
    const item = find(client_id);
    if (!item) return false;
    inFlight.delete(client_id);
    if (retryAfter === null) Object.assign(item, { reason, isQuestion, refused: true });
    if (retryAfter !== null && paused === null) paused = setTimeout(pump, retryAfter * 1000);
    update();
    return true;
  }

  function retry(client_id) {
    const item = find(client_id);
    Object.assign(item, { reason: undefined, refused: false, confirmed: item.confirmed || item.isQuestion, isQuestion: false });
    inFlight.delete(client_id);
    update();
    pump();
  }

  // Who answers a question with no goes on writing.
  function discard(client_id) {
    const { body, isQuestion } = find(client_id) ?? {};
    settle(client_id);
    if (isQuestion) document.getElementById("composer").dispatchEvent(new CustomEvent("composer:back", { detail: body }));
  }

  function receive({ detail }) {
    if (detail.target.id === "messages") {
      for (const { dataset } of detail.fragment.querySelectorAll(".message")) settle(dataset.clientId);
    } else if (detail.target.id === "composer-refusal") {
      const { clientId, retryAfter, question } = detail.fragment.firstElementChild.dataset;
      const wait = retryAfter === undefined ? null : Number(retryAfter);
      detail.shouldSwap = !reject(clientId, detail.fragment.textContent.trim(), wait, question !== undefined);
    }
  }

  function click({ target }) {
    const { clientId } = target.closest(".message")?.dataset ?? {};
    if (target.closest("[data-again]")) retry(clientId);
    if (target.closest("[data-discard]")) discard(clientId);
  }

  function resend() {
    inFlight.clear();
    pump();
  }

  function resendUnanswered() {
    for (const [client_id, sentAt] of inFlight) if (Date.now() - sentAt > RESEND_AFTER) inFlight.delete(client_id);
    if (paused === null) pump();
  }

  container.addEventListener("click", click);
  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.getElementById("composer").addEventListener("composer:say", ({ detail }) => add(detail));
  transport.addEventListener("open", resend);
  transport.addEventListener("revoked", ({ detail }) => items.forEach(({ client_id }) => reject(client_id, detail, null)));
  setInterval(resendUnanswered, RESEND_AFTER / 2);
  update();
  for (const { client_id } of items) if (echoed(client_id)) settle(client_id);
}

// Roughly what the server will make of a text (a_rtchat/markdown.py), so that its echo takes as much room.
function draw(body) {
  const [text, code, ...rest] = body.trim().split(/^```.*\n([^]*?)^```[^]??$/m);
  const parts = text.split(/\n\s*\n/).filter((part) => part.trim()).map(paragraph);
  if (code === undefined) return parts;
  const pre = document.createElement("pre");
  pre.appendChild(document.createElement("code")).textContent = code;
  return [...parts, pre, ...draw(rest.join(""))];
}

function paragraph(text) {
  const lines = text.trim().split("\n").flatMap((line) => [document.createElement("br"), line.trim()]);
  const element = document.createElement("p");
  element.append(...lines.slice(1));
  return element;
}

const keyOf = ({ at = 0, client_id }) => `outbox:${at}:${client_id}`;

const echoed = (client_id) => document.querySelector(`#messages [data-client-id="${client_id}"]`) !== null;

// crypto.randomUUID needs a secure origin, which a server on a plain-HTTP LAN isn't.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
