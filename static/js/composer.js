// The composer: Enter sends, Shift+Enter inserts a new line, drafts survive until sent.
import { transport } from "./transport.js";
import { load, save } from "./store.js";
import { grow, labelEnter, sends } from "./textarea.js";
import { count, words } from "./words.js";

const lengthOf = (text) => [...text].length; // code points, as the server counts them

export function composer(form) {
  const body = form.elements.body;
  const left = form.querySelector(".composer__left");
  const limit = Number(body.dataset.limit);

  function measure() {
    grow(body);
    const excess = lengthOf(body.value) - limit;
    left.toggleAttribute("data-over", excess > 0);
    left.toggleAttribute("data-near", excess > -200 && excess <= 0);
    left.value = excess > 0 ? count(words.excess, excess) : excess > -200 ? count(words.left, -excess) : "";
    return excess;
  }

  function setText(text) {
    body.value = text;
    save("draft", text);
    measure();
  }

  function submitOnEnter(event) {
    if (!sends(event)) return;
    event.preventDefault();
    form.requestSubmit();
  }

  // htmx would send the message once; the outbox resends it until the server answers.
  function send(event) {
    event.preventDefault();
    const text = body.value;
    if (!text.trim() || measure() > 0) return;
    setText("");
    document.getElementById("composer-refusal").replaceChildren();
    form.dispatchEvent(new CustomEvent("composer:say", { bubbles: true, detail: text }));
  }

  labelEnter(body);
  // The button must not take the focus, or the touch keyboard would go with it.
  form.querySelector(".composer__send").addEventListener("pointerdown", (event) => event.preventDefault());
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("htmx:wsConfigSend", send);
  body.addEventListener("keydown", submitOnEnter);
  body.addEventListener("input", () => {
    save("draft", body.value);
    measure();
  });
  form.addEventListener("composer:back", ({ detail }) => {
    setText([detail, body.value].filter(Boolean).join("\n"));
    body.focus();
  });
  transport.addEventListener("revoked", ({ detail }) => Object.assign(body, { disabled: true, placeholder: detail }));
  if (!body.value) body.value = load("draft", "");
  measure();
  if (matchMedia("(pointer: fine)").matches) body.focus();
}
