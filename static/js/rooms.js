// The rooms in the sidebar: what is unread in them, and their order. The server made the list; signals keep it true.
// A position is only taken from a newer `read-revision`, so the order in which events arrive doesn't matter.
import { showBadges, showTotal } from "./badges.js";
import { parse } from "./fragment.js";
import { hearMention, learnFrom, mentionsIn } from "./mentions.js";
import { transport } from "./transport.js";
import { locale, translate } from "./words.js";

const WITHOUT_SOCKET = 20_000; // milliseconds between reads of the list while no socket is open
const list = document.getElementById("rooms");
const room = document.getElementById("room")?.dataset.room;
const collator = new Intl.Collator(locale, { sensitivity: "base", numeric: true });
let order = "activity";
let isOutOfOrder = false;
let seen = 0; // in the room of this page, on the screen and soon read
let refetching = null;

const number = (item, name) => Number(item.dataset[name]);
const nameOf = (item) => item.querySelector(".room-list__name").textContent;
const now = () => Math.floor(Date.now() / 1_000);

export const rooms = () => [...list.querySelectorAll(".room-list__room")];
export const itemOf = (id) => document.getElementById(`room-${id}`);
export const currentItem = () => (room ? itemOf(room) : null);
export const isFiltered = () => Boolean(document.querySelector(".room-list__query")?.value.trim());

const idOf = (item) => item.id.slice("room-".length);
const readIn = (item) => (item === currentItem() ? Math.max(number(item, "readSeq"), seen) : number(item, "readSeq"));

export const unreadIn = (item) => Math.max(0, number(item, "lastSeq") - readIn(item));
const mentionedIn = (item) => mentionsIn(idOf(item), readIn(item));

export const isQuiet = ({ dataset }) =>
  dataset.notify !== "all" || Number(dataset.snoozed) > now() || "archived" in dataset;

// --- What it shows ---

const showItem = (item) => showBadges(item.firstElementChild, unreadIn(item), mentionedIn(item), isQuiet(item));

function refresh(item) {
  showItem(item);
  summarize();
}

const sum = (items, count) => items.reduce((total, item) => total + count(item), 0);
const loudUnreadIn = (item) => (isQuiet(item) ? 0 : unreadIn(item));

// What calls for the reader: in a quiet room only mentions do.
export const callsIn = (item) => (isQuiet(item) ? mentionedIn(item) : unreadIn(item));

function summarize() {
  for (const section of list.children) {
    const items = [...section.querySelectorAll("li")];
    showBadges(section.firstElementChild, sum(items, loudUnreadIn), sum(items, mentionedIn));
  }
  showTotal(sum(rooms(), callsIn));
}

function refreshAll() {
  rooms().forEach(showItem);
  summarize();
}

export function noteSeen(seq) {
  seen = seq;
  if (currentItem()) refresh(currentItem());
}

// --- Order ---

const byActivity = (a, b) => number(b, "active") - number(a, "active");
const isLoud = (item) => Number(callsIn(item) > 0);
const orders = {
  activity: byActivity,
  name: (a, b) => collator.compare(nameOf(a), nameOf(b)),
  unread: (a, b) => isLoud(b) - isLoud(a) || byActivity(a, b),
};

export function setOrder(name) {
  order = name;
  arrange();
}

// Nothing moves under the pointer or the focus; it does once they have left.
export function arrange() {
  isOutOfOrder = isInUse();
  if (isOutOfOrder) return;
  for (const section of list.querySelectorAll("ul")) {
    const sorted = [...section.children].sort(orders[order]);
    sorted.forEach((item, place) => section.children[place] === item || section.insertBefore(item, section.children[place]));
  }
}

function isInUse() {
  return list.contains(document.activeElement) || (matchMedia("(hover: hover)").matches && list.matches(":hover"));
}

const arrangeLater = () => isOutOfOrder && setTimeout(arrange);

// --- Signals ---

export function news({ dataset }) {
  const item = itemOf(dataset.room);
  if (!item) return refetchSoon();
  arrived(item, Number(dataset.seq));
}

// Messages that arrive in the room of this page are its news.
export function noteArrival(fragment) {
  const item = currentItem();
  if (!item) return;
  for (const { dataset } of fragment.querySelectorAll(".message")) arrived(item, Number(dataset.seq));
}

function arrived(item, seq) {
  if (!(seq > number(item, "lastSeq"))) return;
  Object.assign(item.dataset, { lastSeq: seq, active: now() });
  refresh(item);
  if (order !== "name") arrange();
}

export function mentioned(signal) {
  hearMention(signal);
  const item = itemOf(signal.dataset.room);
  if (item) refresh(item);
}

export function read({ dataset }) {
  learnFrom(dataset, dataset.room);
  const item = itemOf(dataset.room);
  if (item && number(item, "readRevision") < Number(dataset.readRevision)) moveRead(item, dataset);
  if (item) refresh(item);
  if (order === "unread") arrange();
}

function moveRead(item, dataset) {
  const isBack = Number(dataset.seq) < number(item, "readSeq");
  Object.assign(item.dataset, { readSeq: dataset.seq, readRevision: dataset.readRevision });
  if (isBack && item === currentItem()) document.dispatchEvent(new Event("backchat:unread"));
}

// A room was added, or is listed in another way.
export function listed(signal) {
  for (const item of signal.querySelectorAll(".room-list__room")) keepFocus(() => place(item));
  summarize();
  arrange();
}

function place(item) {
  learnFrom(item.dataset, idOf(item));
  const section = sectionFor(item);
  if (!section) return refetchSoon();
  const old = itemOf(idOf(item));
  if (old) keepNewer(old, item);
  translate(item);
  if (old?.parentElement === section) old.replaceWith(item);
  else {
    old?.remove();
    section.prepend(item);
  }
  markCurrent();
  showItem(item);
}

function sectionFor({ dataset }) {
  const name = "archived" in dataset ? "archived" : "favourite" in dataset ? "favourites" : dataset.kind === "direct" ? "direct" : "rooms";
  return document.getElementById(`rooms-${name}`);
}

export function renamed({ dataset, textContent }) {
  const name = itemOf(dataset.room)?.querySelector(".room-list__name");
  if (!name) return;
  name.textContent = textContent;
  if (order === "name") arrange();
}

// Archived rooms have a section of their own.
export function archived({ dataset }) {
  const item = itemOf(dataset.room);
  if (!item) return dataset.archived || refetchSoon();
  item.toggleAttribute("data-archived", Boolean(dataset.archived));
  keepFocus(() => place(item));
  refresh(item);
  arrange();
}

// --- The whole list ---

// What arrived by an event meanwhile can be newer than the list.
function keepNewer(old, item) {
  if (old.dataset.membership !== item.dataset.membership) return;
  for (const name of ["lastSeq", "active"]) item.dataset[name] = Math.max(number(old, name), number(item, name));
  if (number(old, "readRevision") <= number(item, "readRevision")) return;
  Object.assign(item.dataset, { readSeq: old.dataset.readSeq, readRevision: old.dataset.readRevision });
}

export function adopt(root) {
  const current = currentItem();
  for (const item of root.querySelectorAll(".room-list__room")) {
    learnFrom(item.dataset, idOf(item));
    const old = itemOf(idOf(item));
    if (old) keepNewer(old, item);
  }
  translate(root);
  keepFocus(() => list.replaceChildren(...root.children));
  if (current && !currentItem() && !isFiltered()) sectionFor(current)?.append(current);
  list.dispatchEvent(new Event("backchat:list"));
  markCurrent();
  refreshAll();
  arrange();
}

function keepFocus(change) {
  const { id } = list.contains(document.activeElement) ? document.activeElement : {};
  change();
  if (id) document.getElementById(id)?.focus({ preventScroll: true });
}

function markCurrent() {
  if (room) document.getElementById(`to-room-${room}`)?.setAttribute("aria-current", "page");
}

// Many tabs may have the same reason at once, so they ask at different moments.
function refetchSoon() {
  refetching ??= setTimeout(refetch, 500 + 3_500 * Math.random());
}

async function refetch() {
  clearTimeout(refetching);
  refetching = null;
  if (isFiltered()) return;
  try {
    const response = await fetch("/rooms/mine/", { headers: { "HX-Request": "true" } });
    if (response.ok && !response.redirected) adopt(parse(await response.text()));
  } catch {} // the next news or the next connection tries again
}

export const refetchWithoutSocket = () => transport.isOpen() || refetch();

export function watchRooms() {
  if (!list) return;
  for (const item of rooms()) learnFrom(item.dataset, idOf(item));
  refreshAll();
  transport.addEventListener("revoked", () => currentItem()?.remove());
  new MutationObserver(summarize).observe(list, { childList: true, subtree: true });
  list.addEventListener("pointerleave", arrangeLater);
  list.addEventListener("focusout", arrangeLater);
  setInterval(() => document.visibilityState === "visible" && navigator.onLine && refetchWithoutSocket(), WITHOUT_SOCKET);
  setInterval(refreshAll, 60_000); // until tomorrow ends some time
}
