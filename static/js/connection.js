// The room's socket: opens where the page's knowledge ends, notices when it is dead, comes back by itself, and goes on
// over HTTP where sockets do not get through.
import { line } from "./line.js";
import { poller } from "./polling.js";
import { count, words } from "./words.js";

const BEAT = 4_000; // milliseconds between looks at the socket
const QUIET = 7_000; // without a word from the server, ask
const DEAD = 15_000; // without a word from the server, it is gone
const TRIES = 3; // sockets in a row that never opened: something blocks them
const LATER = 2 ** 31 - 1; // the extension's own timer must not fire beside ours
const TOO_MANY = 500; // missed changes from which on the page begins anew around the newest
const PING = '{"action":"ping"}';
const REFUSED = { 4403: words.removed, 4404: words.gone };

export function connection(room) {
  const polling = poller(room);
  let wrapper = null;
  let socket = null;
  let timer = null;
  let heard = 0;
  let failures = 0;
  let waiting = 0;
  let over = false;
  let leaving = false; // the page is on its way to another one, such as after signing out

  function show(name, text) {
    const state = document.getElementById("connection");
    state.dataset.state = name;
    state.textContent = text;
  }

  function showOffline() {
    if (!over && !polling.runs()) show("offline", waiting ? count(words.waiting, waiting) : words.offline);
  }

  function open(url) {
    clearTimeout(timer);
    socket = new WebSocket(`${url}?since=${room.dataset.revision}`);
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
    failures = 0;
    polling.stop();
    show("live", words.live);
    line.tell("open");
  }

  function closed({ detail }) {
    if (detail.event.target !== socket) return;
    wrapper = detail.socketWrapper;
    const { code } = detail.event;
    if (code === 4401) return leaving || location.reload();
    if (REFUSED[code]) return end(REFUSED[code]);
    failures += 1;
    if (failures >= TRIES) polling.start();
    showOffline();
    timer = setTimeout(reconnect, polling.runs() ? 15_000 : 1_000 + 4_000 * Math.random());
  }

  function end(reason) {
    over = true;
    polling.stop();
    show("offline", reason);
    line.tell("lost", reason);
  }

  function listen(event) {
    heard = Date.now();
    if (event.detail.message.includes('id="pong"')) return event.preventDefault();
    const many = event.detail.message.match(/id="connection" data-state="replaying" data-missed="(\d+)"/);
    if (many && Number(many[1]) > TOO_MANY) beginAnew(Number(many[1]));
  }

  function beginAnew(missed) {
    sessionStorage.setItem("backchat:skipped", missed);
    location.reload();
  }

  function look() {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const silence = Date.now() - heard;
    if (silence > DEAD) reconnect();
    else if (silence > QUIET) socket.send(PING);
  }

  // Timers sleep in a hidden tab: on return the silence proves nothing, so the server gets three seconds to answer.
  function comeBack() {
    if (document.visibilityState !== "visible") return;
    reconnectIfClosed();
    if (socket?.readyState !== WebSocket.OPEN) return;
    heard = Math.max(heard, Date.now() - DEAD + 3_000);
    socket.send(PING);
  }

  line.transmit = (item) => {
    if (polling.runs()) return polling.transmit(item);
    if (socket?.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify({ body: item.body, client_id: item.client_id }));
    return true;
  };

  htmx.config.wsReconnectDelay = () => LATER;
  htmx.createWebSocket = open;
  show("offline", words.connecting);
  room.addEventListener("htmx:wsOpen", opened);
  room.addEventListener("htmx:wsClose", closed);
  room.addEventListener("htmx:wsBeforeMessage", listen);
  line.addEventListener("waiting", ({ detail }) => {
    waiting = detail;
    if (document.getElementById("connection").dataset.state === "offline") showOffline();
  });
  line.addEventListener("shut", showOffline);
  line.addEventListener("polled", () => {
    show("live", words.checking);
    line.tell("open");
  });
  addEventListener("beforeunload", () => (leaving = true));
  addEventListener("online", reconnectIfClosed);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  document.addEventListener("visibilitychange", comeBack);
  setInterval(look, BEAT);
}
