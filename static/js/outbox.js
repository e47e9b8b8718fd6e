// The outbox: what was said and not yet echoed by the server. It survives a reload, is sent again on every new
// connection (the client_id makes that harmless), and tells why when the server refuses.
import { transport } from "./transport.js";
import { load, save } from "./store.js";
import { words } from "./words.js";

const PATIENCE = 10_000; // milliseconds without an echo, then send again
const PACE = 1_100; // milliseconds between messages once the server asked to slow down

export function outbox(container) {
  const template = document.getElementById("outgoing");
  const onTheirWay = new Map(); // client_id -> when
  let items = load("outbox", []).filter(({ client_id }) => !echoed(client_id));
  let paused = null;

  const find = (client_id) => items.find((item) => item.client_id === client_id);

  function update() {
    save("outbox", items);
    for (const shown of [...container.children]) if (!find(shown.dataset.clientId)) shown.remove();
    items.forEach((item) => dress(elementOf(item), item));
    transport.emit("waiting", items.length);
  }

  function elementOf(item) {
    const shown = container.querySelector(`[data-client-id="${item.client_id}"]`);
    return shown ?? container.appendChild(make(item));
  }

  function make(item) {
    const article = template.content.cloneNode(true).firstElementChild;
    article.removeAttribute("id");
    article.dataset.clientId = item.client_id;
    article.querySelector(".prose").textContent = item.body;
    return article;
  }

  function dress(article, item) {
    article.dataset.state = item.reason ? "refused" : "sending";
    article.querySelector(".outgoing__reason").textContent = item.reason ?? words.sending;
  }

  function send(item) {
    if (!item.refused && !onTheirWay.has(item.client_id) && transport.transmit(item)) onTheirWay.set(item.client_id, Date.now());
  }

  function pump() {
    if (paused === null) return items.forEach(send);
    const next = items.find((item) => !item.refused);
    if (next) send(next);
    paused = next ? setTimeout(pump, PACE) : null;
  }

  function add(body) {
    items.push({ client_id: newId(), body });
    update();
    if (paused === null) pump();
  }

  function settle(client_id) {
    if (!find(client_id)) return;
    onTheirWay.delete(client_id);
    items = items.filter((item) => item.client_id !== client_id);
    update();
  }

  function refuse(client_id, reason, retryAfter) {
    const item = find(client_id);
    if (!item) return false;
    onTheirWay.delete(client_id);
    Object.assign(item, { reason, refused: retryAfter === null });
    if (retryAfter !== null && paused === null) paused = setTimeout(pump, retryAfter * 1000);
    update();
    return true;
  }

  function again(client_id) {
    Object.assign(find(client_id), { reason: undefined, refused: false });
    onTheirWay.delete(client_id);
    update();
    pump();
  }

  function receive({ detail }) {
    if (detail.target.id === "messages") {
      for (const { dataset } of detail.fragment.querySelectorAll(".message")) settle(dataset.clientId);
    } else if (detail.target.id === "composer-refusal") {
      const { clientId, retryAfter } = detail.fragment.firstElementChild.dataset;
      detail.shouldSwap = !refuse(clientId, detail.fragment.textContent.trim(), retryAfter === undefined ? null : Number(retryAfter));
    }
  }

  function press({ target }) {
    const { clientId } = target.closest(".message")?.dataset ?? {};
    if (target.closest("[data-again]")) again(clientId);
    if (target.closest("[data-discard]")) settle(clientId);
  }

  function resend() {
    onTheirWay.clear();
    pump();
  }

  function retryTheSilent() {
    for (const [client_id, when] of onTheirWay) if (Date.now() - when > PATIENCE) onTheirWay.delete(client_id);
    if (paused === null) pump();
  }

  container.addEventListener("click", press);
  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.getElementById("composer").addEventListener("composer:say", ({ detail }) => add(detail));
  transport.addEventListener("open", resend);
  transport.addEventListener("revoked", ({ detail }) => items.forEach(({ client_id }) => refuse(client_id, detail, null)));
  setInterval(retryTheSilent, PATIENCE / 2);
  update();
}

const echoed = (client_id) => document.querySelector(`#messages [data-client-id="${client_id}"]`) !== null;

// crypto.randomUUID exists only on secure origins; a team's server on a plain-HTTP LAN is not one.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
