// The room's socket: opens where the page's knowledge ends, says how it stands, comes back by itself.

const NAMES = { live: "Live", replaying: "Catching up", offline: "Connecting…", closed: "Closed" };
const RETRIED = [1001, 1005, 1006, 1011, 1012, 1013];
const NEVER = 2 ** 31 - 1; // milliseconds: the extension's own timer must not fire beside ours

export function connection(room) {
  const state = document.getElementById("connection");
  let wrapper = null;
  let socket = null;
  let timer = null;

  function show(name, text = NAMES[name]) {
    state.dataset.state = name;
    state.textContent = text;
  }

  function open(url) {
    clearTimeout(timer);
    socket = new WebSocket(`${url}?since=${room.dataset.revision}`);
    return socket;
  }

  function reconnect() {
    if (wrapper && socket.readyState > WebSocket.OPEN && state.dataset.state !== "closed") wrapper.reconnect();
  }

  function closed({ detail: { event } }) {
    if (event.target !== socket) return;
    if (event.code === 4401) return location.reload();
    if (event.code === 4403 || event.code === 4404) return show("closed", "You are no longer in this room");
    if (!RETRIED.includes(event.code)) return show("closed");
    show("offline");
    timer = setTimeout(reconnect, 1000 + 4000 * Math.random());
  }

  htmx.config.wsReconnectDelay = () => NEVER;
  htmx.createWebSocket = open;
  show("offline");
  room.addEventListener("htmx:wsOpen", ({ detail }) => {
    wrapper = detail.socketWrapper;
    show("live");
  });
  room.addEventListener("htmx:wsClose", (event) => {
    wrapper = event.detail.socketWrapper;
    closed(event);
  });
  addEventListener("online", reconnect);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && reconnect());
}
