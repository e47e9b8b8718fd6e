// The line that says what still waits to be sent, once it waits noticeably. Only the reason is announced, once: not each number.
import { transport } from "./transport.js";
import { isSlow } from "./slow-mode.js";
import { count, words } from "./words.js";

const PATIENCE = 800; // milliseconds; most messages are echoed sooner

export function sendingNote() {
  const [number, reason] = document.getElementById("sending").children;
  let state = { waiting: 0, since: 0, isSlowed: false };
  let isLive = false;
  let timer = null;

  // Offline, the connection's own label says how many messages wait.
  function show() {
    clearTimeout(timer);
    const rest = state.since + PATIENCE - Date.now();
    if (state.waiting && rest > 0) timer = setTimeout(show, rest);
    const isShown = state.waiting > 0 && isLive && rest <= 0;
    const isHeld = state.isSlowed && isSlow();
    setText(number, isShown && !isHeld ? describe(state.waiting) : "");
    setText(reason, isShown && state.isSlowed ? (isHeld ? words.slow_waiting : words.sending_slowly) : "");
  }

  transport.addEventListener("state", ({ detail }) => {
    isLive = detail === "live";
    show();
  });

  return (next) => {
    state = next;
    show();
  };
}

const describe = (waiting) => (waiting > 1 ? count(words.sending_many, waiting) : words.sending);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
