// The way round a proxy that blocks sockets: the same changes and the same posts, over HTTP every few seconds.
import { line } from "./line.js";

const EVERY = 3_000; // milliseconds

export function poller(room) {
  const address = document.getElementById("composer").action;
  let timer = null;
  let show = () => {};

  // The server answers with the fragments that a socket would bring.
  async function ask(options, query = "") {
    try {
      const response = await fetch(address + query, { ...options, headers: { "HX-Request": "true" } });
      if (response.redirected || response.status === 404) return location.reload();
      if (!response.ok) throw new Error(response.status);
      htmx.swap("#messages", await response.text(), { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
      show("live", "Live, without a socket: checking every few seconds");
      return true;
    } catch {
      show("offline", "Offline");
      return false;
    }
  }

  async function poll() {
    const before = room.dataset.revision;
    const reached = await ask({}, `?since=${before}`);
    if (timer === null) return;
    const more = reached && room.dataset.revision !== before;
    timer = setTimeout(poll, more ? 0 : EVERY);
    if (reached) line.tell("open");
  }

  return {
    runs: () => timer !== null,
    start(display) {
      if (timer !== null) return;
      show = display;
      timer = setTimeout(poll, 0);
    },
    stop() {
      clearTimeout(timer);
      timer = null;
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
