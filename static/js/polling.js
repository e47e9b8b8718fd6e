// The way round a proxy that blocks sockets: the same changes and the same posts, over HTTP every few seconds.
import { line } from "./line.js";

const EVERY = 3_000; // milliseconds

export function poller(room) {
  const address = document.getElementById("composer").action;
  let running = false;
  let timer = null;
  let turn = 0;

  // The server answers with the fragments that a socket would bring. Returns whether it answered at all.
  async function ask(options, query = "") {
    try {
      const response = await fetch(address + query, { ...options, headers: { "HX-Request": "true" } });
      if (response.redirected || response.status === 404) return location.reload();
      if (!response.ok) return false;
      htmx.swap("#messages", await response.text(), { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      return true;
    } catch {
      return false;
    }
  }

  async function poll() {
    const [before, mine] = [room.dataset.revision, turn];
    const answered = await ask({}, `?since=${before}`);
    if (mine !== turn) return; // a socket got through meanwhile
    running = answered;
    if (!running) return line.tell("shut");
    line.tell("polled");
    timer = setTimeout(poll, room.dataset.revision === before ? EVERY : 0);
  }

  return {
    runs: () => running,
    start: () => running || poll(), // only where HTTP gets through; a server that is down is no blocked socket
    stop() {
      clearTimeout(timer);
      turn += 1;
      running = false;
    },
    transmit(item) {
      const body = new FormData(document.getElementById("composer"));
      body.set("body", item.body);
      body.set("client_id", item.client_id);
      ask({ method: "POST", body });
      return true;
    },
  };
}
