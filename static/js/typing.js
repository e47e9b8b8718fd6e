// Who is typing: others hear of it at most every three seconds, and it is gone five seconds after the last word of it.
import { transport } from "./transport.js";
import { words } from "./words.js";

const EVERY = 3_000; // milliseconds
const LASTS = 5_000;

export function typing(note) {
  const { reader } = document.getElementById("room").dataset;
  const people = new Map(); // user -> [name, timer]
  let told = 0;

  function show() {
    const names = [...people.values()].map(([name]) => name);
    const [first, second] = names;
    const text = [words.nobody_typing, words.one_typing, words.two_typing][names.length] ?? words.many_typing;
    note.textContent = text.replace(/{first}|{second}/g, (place) => (place === "{first}" ? first : second));
  }

  function forget(user) {
    clearTimeout(people.get(user)?.[1]);
    if (people.delete(user)) show();
  }

  function hear({ dataset: { user }, textContent: name }) {
    if (user === reader) return;
    clearTimeout(people.get(user)?.[1]);
    people.set(user, [name, setTimeout(forget, LASTS, user)]);
    show();
  }

  function receive({ detail }) {
    if (detail.target === note) {
      detail.shouldSwap = false;
      detail.fragment.querySelectorAll("[data-user]").forEach(hear);
    } else if (detail.target.id === "messages") {
      for (const { dataset } of detail.fragment.querySelectorAll(".message")) forget(dataset.author);
    }
  }

  function tell({ target }) {
    if (!target.value || Date.now() - told < EVERY) return;
    if (transport.send({ action: "typing" })) told = Date.now();
  }

  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.getElementById("composer").addEventListener("input", tell);
}
