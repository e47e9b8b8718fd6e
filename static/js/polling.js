// A fallback for proxies that block sockets: polls for changes and posts over HTTP.
import { beginAnew } from "./anew.js";
import { rootOf } from "./fragment.js";
import { transport } from "./transport.js";

const INTERVAL = 3_000; // milliseconds

export function poller(room) {
  const url = document.getElementById("composer").action;
  let running = false;
  let timer = null;
  let turn = 0;

  // Returns the fragments that a socket would carry, or null if the server doesn't answer.
  async function request(options, query = "") {
    try {
      const response = await fetch(url + query, { ...options, headers: { "HX-Request": "true" } });
      if (response.redirected || response.status === 404) location.reload();
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }

  const swap = (html) => htmx.swap("#messages", html, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });

  // Only an error is swapped in: a message comes with the next poll, after the messages before it.
  async function post(body) {
    const response = await request({ method: "POST", body });
    if (response === null) return;
    if (rootOf(response)?.id === "composer-refusal") swap(response);
    else pollNow();
  }

  function pollNow() {
    clearTimeout(timer);
    turn += 1;
    poll();
  }

  async function poll() {
    const [before, mine] = [room.dataset.revision, turn];
    const changes = await request({}, `?since=${before}`);
    if (mine !== turn) return; // a socket connected meanwhile
    running = changes !== null;
    if (!running) return transport.emit("offline");
    if (beginAnew(changes)) return;
    swap(changes);
    transport.emit("polled");
    timer = setTimeout(poll, room.dataset.revision === before ? INTERVAL : 0);
  }

  return {
    runs: () => running,
    start: () => running || poll(), // only if HTTP works: a server that is down isn't a blocked socket
    stop() {
      clearTimeout(timer);
      turn += 1;
      running = false;
    },
    transmit(item) {
      const body = new FormData(document.getElementById("composer"));
      body.set("body", item.body);
      body.set("client_id", item.client_id);
      if (item.confirmed) body.set("confirmed", "1");
      post(body);
      return true;
    },
  };
}
