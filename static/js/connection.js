// The page's socket: asks for changes since the page's revision, detects dead connections, reconnects, and falls back to
// HTTP if sockets are blocked. Only a room has a log to catch up with.
import { beginAnew } from "./anew.js";
import { poller } from "./polling.js";
import { transport } from "./transport.js";
import { count, words } from "./words.js";

const BEAT = 4_000; // milliseconds between checks of the socket
const QUIET = 7_000; // of silence before a ping
const DEAD = 15_000; // of silence before reconnecting
const TRIES = 3; // failed connections in a row before falling back to HTTP
const LATER = 2 ** 31 - 1; // keeps the extension's own reconnect timer from firing
const PATIENCE = 1_000; // milliseconds before "Connecting…" is worth a word
const PING = '{"action":"ping"}';
const PONG = '<i id="pong" hx-swap-oob="true" hidden></i>';
const REVOKED = { 4403: words.removed, 4404: words.gone };

export function connection(page) {
  const isRoom = page.id === "room";
  const polling = isRoom ? poller(page) : { runs: () => false, start() {}, stop() {} };
  let wrapper = null;
  let socket = null;
  let timer = null;
  let heard = 0;
  let opens = 0;
  let failures = 0;
  let waiting = 0;
  let over = false;
  let leaving = false; // the browser is leaving the page, such as after signing out

  // The label is only visible while something is wrong (connection.css). It says "Live" only to who heard that it wasn't.
  function show(name, text) {
    transport.emit("state", name);
    const state = document.getElementById("connection");
    if (!state) return;
    state.dataset.state = name;
    state.toggleAttribute("data-polling", polling.runs());
    state.textContent = name === "live" && !polling.runs() && !state.textContent ? "" : text;
  }

  function showOffline() {
    if (!over && (!navigator.onLine || !polling.runs())) show("offline", waiting ? count(words.waiting, waiting) : words.offline);
  }

  function open(url) {
    clearTimeout(timer);
    const query = new URLSearchParams(isRoom ? { since: page.dataset.revision } : {});
    if (opens) query.set("state", "1"); // personal state may have changed meanwhile
    socket = new WebSocket(`${url}?${query}`);
    heard = Date.now();
    return socket;
  }

  function reconnect() {
    clearTimeout(timer);
    if (wrapper && !over) wrapper.reconnect();
  }

  function reconnectIfClosed() {
    if (socket?.readyState > WebSocket.OPEN) reconnect();
  }

  function opened(event) {
    wrapper = event.detail.socketWrapper;
    opens += 1;
    failures = 0;
    polling.stop();
    show("live", words.live);
    transport.emit("open");
  }

  function closed({ detail }) {
    if (detail.event.target !== socket) return;
    wrapper = detail.socketWrapper;
    const { code } = detail.event;
    if (code === 4401) return leaving || location.reload();
    if (code in REVOKED) return end(REVOKED[code]);
    failures += 1;
    if (failures >= TRIES) polling.start();
    showOffline();
    timer = setTimeout(reconnect, polling.runs() ? 15_000 : 1_000 + 4_000 * Math.random());
  }

  function end(reason) {
    over = true;
    polling.stop();
    show("offline", reason);
    transport.emit("revoked", reason);
  }

  // Only the whole fragment or its root element can address the connection, so that messages can't imitate it.
  function listen(event) {
    heard = Date.now();
    const { message } = event.detail;
    if (isShown("offline") && navigator.onLine) show("live", words.live);
    if (message === PONG) return event.preventDefault();
    beginAnew(message);
  }

  const isShown = (name) => document.getElementById("connection")?.dataset.state === name;

  function check() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const silence = Date.now() - heard;
    if (silence > DEAD) reconnect();
    else if (silence > QUIET) socket.send(PING);
  }

  // Timers are throttled in a hidden tab, so silence proves nothing: give the server three seconds to answer.
  function comeBack() {
    if (document.visibilityState === "visible") probe();
  }

  function probe() {
    reconnectIfClosed();
    if (socket?.readyState !== WebSocket.OPEN) return;
    heard = Math.max(heard, Date.now() - DEAD + 3_000);
    socket.send(PING);
  }

  transport.isOpen = () => socket?.readyState === WebSocket.OPEN;

  transport.send = (frame) => {
    if (!transport.isOpen()) return false;
    socket.send(JSON.stringify(frame));
    return true;
  };

  transport.transmit = (item) => {
    if (polling.runs()) return polling.transmit(item);
    return transport.send({ body: item.body, client_id: item.client_id, confirmed: item.confirmed });
  };

  htmx.config.wsReconnectDelay = () => LATER;
  htmx.createWebSocket = open;
  setTimeout(() => isShown("offline") && !opens && show("offline", words.connecting), PATIENCE);
  page.addEventListener("htmx:wsOpen", opened);
  page.addEventListener("htmx:wsClose", closed);
  page.addEventListener("htmx:wsBeforeMessage", listen);
  transport.addEventListener("waiting", ({ detail }) => {
    waiting = detail;
    if (isShown("offline") && (opens || waiting)) showOffline();
  });
  transport.addEventListener("offline", showOffline);
  transport.addEventListener("polled", () => {
    show("live", words.checking);
    transport.emit("open");
  });
  addEventListener("beforeunload", () => (leaving = true));
  addEventListener("offline", showOffline);
  addEventListener("online", probe);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", comeBack);
  setInterval(check, BEAT);
}
