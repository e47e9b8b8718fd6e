// The list of messages: in order, without duplicates, and still where the reader looks.
import { arrange } from "./grouping.js";
import { replaceMessage } from "./message.js";
import { count, translate, words } from "./words.js";

const BOTTOM = 80; // pixels from the end that still count as the end
const number = (article, name) => Number(article.dataset[name]);

export function timeline(scroller) {
  const list = document.getElementById("messages");
  const newer = document.getElementById("newer");

  // The scroller is reversed (timeline.css): scrollTop is 0 at the newest message and negative above it.
  const atEnd = () => scroller.scrollTop > -BOTTOM;

  function toEnd() {
    scroller.scrollTop = 0;
    if (newer) newer.hidden = true;
  }

  // Replaces messages that have a newer revision, and inserts missing ones in order.
  function receive(event) {
    if (event.detail.target !== list) return;
    const wasAtEnd = atEnd();
    const added = [...event.detail.fragment.querySelectorAll(".message")].filter(place);
    if (newer && added.length && !wasAtEnd) newer.hidden = false;
  }

  // Returns whether the message is new.
  function place(article) {
    translate(article);
    const existing = document.getElementById(article.id);
    if (existing) update(existing, article);
    else insert(article);
    return !existing;
  }

  function update(existing, article) {
    if (number(article, "revision") > number(existing, "revision")) replaceMessage(existing, article);
    else article.remove();
  }

  function insert(article) {
    const loaded = [...list.querySelectorAll(":scope > .message")];
    const next = loaded.find((other) => number(other, "seq") > number(article, "seq"));
    if (!next) return; // htmx appends it
    if (next === loaded[0] && list.querySelector(".earlier")) article.remove(); // older than what is loaded
    else next.before(article);
  }

  const observer = new MutationObserver(arrange);
  observer.observe(list, { childList: true });
  const outbox = document.getElementById("outbox");
  if (outbox) observer.observe(outbox, { childList: true });
  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.body.addEventListener("composer:say", toEnd);
  scroller.addEventListener("scroll", () => newer && atEnd() && (newer.hidden = true), { passive: true });
  newer?.addEventListener("click", toEnd);
  showSkipped();
  arrange();
}

// After many missed changes the page is reloaded (connection.js): show how many were skipped.
function showSkipped() {
  const missed = sessionStorage.getItem("backchat:skipped");
  sessionStorage.removeItem("backchat:skipped");
  const note = document.getElementById("skipped");
  if (!missed || !note) return;
  note.textContent = count(words.skipped, Number(missed));
  note.hidden = false;
}
