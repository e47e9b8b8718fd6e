// The typing note: sends at most every three seconds, and disappears five seconds after the last signal.
import { transport } from "./transport.js";
import { words } from "./words.js";

const SEND_EVERY = 3_000; // milliseconds
const SHOW_FOR = 5_000;

export function typing(note) {
  const { reader } = document.getElementById("room").dataset;
  const people = new Map(); // user -> [name, timer]
  let sentAt = 0;

  function show() {
    const names = [...people.values()].map(([name]) => name);
    const [first, second] = names;
    const text = [words.nobody_typing, words.one_typing, words.two_typing][names.length] ?? words.many_typing;
    note.textContent = text.replace(/{first}|{second}/g, (place) => (place === "{first}" ? first : second));
  }

  function remove(user) {
    clearTimeout(people.get(user)?.[1]);
    if (people.delete(user)) show();
  }

  function add({ dataset: { user }, textContent: name }) {
    if (user === reader) return;
    clearTimeout(people.get(user)?.[1]);
    people.set(user, [name, setTimeout(remove, SHOW_FOR, user)]);
    show();
  }

  function receive({ detail }) {
    if (detail.target === note) {
      detail.shouldSwap = false;
      detail.fragment.querySelectorAll("[data-user]").forEach(add);
    } else if (detail.target.id === "messages") {
      for (const { dataset } of detail.fragment.querySelectorAll(".message")) remove(dataset.author);
    }
  }

  function send({ target }) {
    if (!target.value || Date.now() - sentAt < SEND_EVERY) return;
    if (transport.send({ action: "typing" })) sentAt = Date.now();
  }

  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.getElementById("composer").addEventListener("input", send);
}
