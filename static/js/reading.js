// How far the reader has read: what was on the screen of a focused tab. And the line above what is new.
import { post } from "./posting.js";
import { currentItem, noteSeen, refetchWithoutSocket, unreadIn } from "./rooms.js";
import { transport } from "./transport.js";
import { words } from "./words.js";

const EVERY = 1_000; // milliseconds between two read marks
const room = document.getElementById("room");
const visible = new Set(); // messages on the screen
let seen = 0;
let sent = 0;
let sentAt = 0;
let timer = null;
let hasActed = false; // by wheel, touch or key
let isPaused = false; // after "Mark unread from here", until the reader has been away or posts

const seqOf = (article) => Number(article.dataset.seq);
const isAttentive = () => document.visibilityState === "visible" && document.hasFocus();
const line = () => document.getElementById("unread");
const jump = () => line()?.querySelector(".unread__jump"); // while the first unread message hasn't been on the screen
const isCaughtUp = () => hasActed && visible.has([...document.querySelectorAll("#messages > .message")].at(-1));

// Over the socket, or over HTTP without one.
async function tell(action, seq, kept = false) {
  if (transport.send({ action, seq })) return;
  if (await post(`/rooms/${room.dataset.slug}/${action}/`, { seq }, kept)) refetchWithoutSocket();
  else sent = 0;
}

function look() {
  if (isPaused || !isAttentive() || (jump() && !isCaughtUp())) return;
  const newest = Math.max(seen, ...[...visible].map(seqOf));
  if (newest <= seen) return;
  seen = newest;
  noteSeen(seen);
  schedule();
}

function schedule() {
  timer ??= setTimeout(flush, Math.max(0, sentAt + EVERY - Date.now()));
}

function flush(kept = false) {
  clearTimeout(timer);
  timer = null;
  if (seen <= Math.max(sent, Number(currentItem()?.dataset.readSeq ?? 0))) return;
  [sent, sentAt] = [seen, Date.now()];
  tell("read", seen, kept);
}

function pause() {
  clearTimeout(timer);
  timer = null;
  isPaused = true;
  seen = sent = 0;
  noteSeen(0);
}

function resume() {
  isPaused = false;
  look();
}

export function markUnread(article) {
  pause();
  tell("unread", seqOf(article));
  drawLine(article);
}

// --- The line ---

function drawLine(article) {
  const drawn = line() ?? Object.assign(document.createElement("div"), { className: "unread", id: "unread" });
  const word = Object.assign(document.createElement("span"), { className: "unread__word", textContent: words.new });
  drawn.replaceChildren(word);
  drawn.dataset.first = article.dataset.seq;
  above(article).before(drawn);
}

const above = (article) => (article.previousElementSibling?.matches(".day") ? article.previousElementSibling : article);

// Earlier messages were loaded above the line.
function moveLine(messages) {
  const drawn = line();
  if (!drawn?.querySelector(".unread__jump")) return;
  const first = [...messages.querySelectorAll(":scope > .message")].find((article) => seqOf(article) >= Number(drawn.dataset.first));
  if (!first) return;
  if (!document.getElementById("earlier")) drawn.dataset.first = first.dataset.seq; // what was the first is gone
  if (first.dataset.seq === drawn.dataset.first) jump().setAttribute("href", `#${first.id}`);
  if (above(first).previousElementSibling !== drawn) above(first).before(drawn);
}

function act(event) {
  if (event.target.closest?.(".unread__jump")) return;
  hasActed = true;
  look();
}

// What follows stays as it is, so that nothing jumps.
function removeLine() {
  const drawn = line();
  if (!drawn) return;
  const next = drawn.nextElementSibling;
  (next?.matches(".day") ? next.nextElementSibling : next)?.toggleAttribute("data-begins", true);
  drawn.remove();
}

// To what follows the line, because the line itself can stick to the top. If it is far, the reader chooses to jump.
function scrollToLine(scroller) {
  const first = line()?.nextElementSibling;
  if (!first || jump() || location.hash) return;
  if (first.getBoundingClientRect().top < scroller.getBoundingClientRect().top) first.scrollIntoView({ block: "start" });
}

// --- Coming and going ---

function comeBack() {
  if (isPaused) return;
  if (currentItem() && !unreadIn(currentItem())) removeLine();
  look();
}

function changeVisibility() {
  if (document.visibilityState === "hidden") return flush(true);
  isPaused = false;
  comeBack();
}

function said() {
  removeLine();
  resume();
}

// The server may not have got the last mark.
function reconnected() {
  sent = 0;
  if (seen) schedule();
}

export function reading(messages) {
  const scroller = messages.closest(".timeline");
  const observer = new IntersectionObserver(note, { root: scroller, threshold: [0, 0.25, 0.5, 0.75, 1] });

  function note(entries) {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of entries) {
      const isShown = isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= rootBounds.height / 2);
      isShown ? visible.add(target) : visible.delete(target);
      if (isShown && target.dataset.seq === line()?.dataset.first) jump()?.remove();
    }
    look();
  }

  function observe() {
    moveLine(messages);
    for (const article of visible) if (!article.isConnected) visible.delete(article);
    messages.querySelectorAll(":scope > .message").forEach((article) => observer.observe(article));
  }

  scrollToLine(scroller);
  observe();
  new MutationObserver(observe).observe(messages, { childList: true });
  document.addEventListener("visibilitychange", changeVisibility);
  document.addEventListener("backchat:unread", pause);
  document.body.addEventListener("composer:say", said);
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, act, { passive: true });
  addEventListener("focus", comeBack);
  addEventListener("blur", () => flush());
  addEventListener("pagehide", () => flush(true));
  transport.addEventListener("open", reconnected);
}
