// The way round a proxy that blocks sockets: the same changes and the same posts, over HTTP every few seconds.
import { transport } from "./transport.js";

const EVERY = 3_000; // milliseconds

export function poller(room) {
  const address = document.getElementById("composer").action;
  let running = false;
  let timer = null;
  let turn = 0;

  // The server answers with the fragments that a socket would bring; null where it does not answer.
  async function request(options, query = "") {
    try {
      const response = await fetch(address + query, { ...options, headers: { "HX-Request": "true" } });
      if (response.redirected || response.status === 404) location.reload();
      return response.ok ? await response.text() : null;
    } catch {
      return null;
    }
  }

  const take = (html) => htmx.swap("#messages", html, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });

  // Only a refusal is taken from the answer: a message comes with the next poll, behind what is missing before it.
  async function post(body) {
    const answer = await request({ method: "POST", body });
    if (answer?.includes('id="composer-refusal"')) take(answer);
    else if (answer !== null) again();
  }

  function again() {
    clearTimeout(timer);
    turn += 1;
    poll();
  }

  async function poll() {
    const [before, mine] = [room.dataset.revision, turn];
    const changes = await request({}, `?since=${before}`);
    if (mine !== turn) return; // a socket got through meanwhile
    running = changes !== null;
    if (!running) return transport.emit("offline");
    take(changes);
    transport.emit("polled");
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
      post(body);
      return true;
    },
  };
}
