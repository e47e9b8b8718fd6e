// The rooms in the sidebar: what is unread in them, and their order. The server made the list; signals keep it true.
// A position is only taken from a newer `read-revision`, so the order in which events arrive doesn't matter.
import { capped, showTotal } from "./badges.js";
import { parse } from "./fragment.js";
import { transport } from "./transport.js";
import { locale, translate, words } from "./words.js";

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

export function unreadIn(item) {
  const read = item === currentItem() ? Math.max(number(item, "readSeq"), seen) : number(item, "readSeq");
  return Math.max(0, number(item, "lastSeq") - read);
}

export const isQuiet = ({ dataset }) =>
  dataset.notify === "nothing" || Number(dataset.snoozed) > now() || "archived" in dataset;

// --- What it shows ---

function show(link, unread, quiet = false) {
  let badge = link.querySelector(".badge");
  if (!unread) return badge?.remove();
  if (!badge) {
    badge = Object.assign(document.createElement("span"), { className: "badge", role: "img" });
    link.append(badge);
  }
  const text = quiet ? "" : capped(unread);
  badge.toggleAttribute("data-quiet", quiet);
  if (badge.textContent !== text) badge.textContent = text;
  badge.ariaLabel = `${text} ${words.unread}`.trim();
}

function refresh(item) {
  show(item.firstElementChild, unreadIn(item), isQuiet(item));
  summarize();
}

const total = (items) => items.filter((item) => !isQuiet(item)).reduce((sum, item) => sum + unreadIn(item), 0);

function summarize() {
  for (const section of list.children) show(section.firstElementChild, total([...section.querySelectorAll("li")]));
  showTotal(total(rooms()));
}

function refreshAll() {
  for (const item of rooms()) show(item.firstElementChild, unreadIn(item), isQuiet(item));
  summarize();
}

export function noteSeen(seq) {
  seen = seq;
  if (currentItem()) refresh(currentItem());
}

// --- Order ---

const byActivity = (a, b) => number(b, "active") - number(a, "active");
const isLoud = (item) => Number(unreadIn(item) > 0 && !isQuiet(item));
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

export function read({ dataset }) {
  const item = itemOf(dataset.room);
  if (!item || number(item, "readRevision") >= Number(dataset.readRevision)) return;
  const isBack = Number(dataset.seq) < number(item, "readSeq");
  Object.assign(item.dataset, { readSeq: dataset.seq, readRevision: dataset.readRevision });
  if (isBack && item === currentItem()) document.dispatchEvent(new Event("backchat:unread"));
  refresh(item);
  if (order === "unread") arrange();
}

// A room was added, or is listed in another way.
export function listed(signal) {
  for (const item of signal.querySelectorAll(".room-list__room")) keepFocus(() => place(item));
  summarize();
  arrange();
}

function place(item) {
  const section = sectionFor(item);
  if (!section) return refetchSoon();
  const old = itemOf(item.id.slice("room-".length));
  if (old) keepNewer(old, item);
  translate(item);
  if (old?.parentElement === section) old.replaceWith(item);
  else {
    old?.remove();
    section.prepend(item);
  }
  markCurrent();
  show(item.firstElementChild, unreadIn(item), isQuiet(item));
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
    const old = itemOf(item.id.slice("room-".length));
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
  refreshAll();
  new MutationObserver(summarize).observe(list, { childList: true, subtree: true });
  list.addEventListener("pointerleave", arrangeLater);
  list.addEventListener("focusout", arrangeLater);
  setInterval(() => document.visibilityState === "visible" && navigator.onLine && refetchWithoutSocket(), WITHOUT_SOCKET);
  setInterval(refreshAll, 60_000); // until tomorrow ends some time
}
