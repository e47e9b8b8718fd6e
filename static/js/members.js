// The members in the panel: kept in order while people come, go and change. The server lists a limited number.
import { parse } from "./fragment.js";
import { locale, words } from "./words.js";

const LIMIT = 100; // members listed (a_rtchat/roster.py)
const ORDER = ["here", "online", "away", "offline"];
const ROLES = { owner: words.role_owner, moderator: words.role_moderator };
const { compare } = new Intl.Collator(locale);
const missed = new Map(); // user -> signal, heard since the list was asked for
const arrived = new Set(); // people who came and may belong in a list that is cut off
let isCutOff = false; // the room has more members than are listed
let fetching = null;

const list = () => document.querySelector("#panel #members");
const itemFor = (user) => list().querySelector(`:scope > [data-user="${user}"]`);
const nameOf = (item) => item.querySelector(".member__name").textContent;
const rank = (item) => ORDER.indexOf(item.dataset.presence);
const isBefore = (item, other) => rank(item) - rank(other) || compare(nameOf(item), nameOf(other));

export const forgetMembers = () => missed.clear();

// Applies what was heard while the list was on its way.
export function applyMembers() {
  isCutOff = list().children.length >= LIMIT;
  for (const signal of missed.values()) change(signal);
}

// A member joined, left (without a role), or has a new role, name or picture.
export function changeMember(signal) {
  if (!list()) return;
  missed.set(signal.dataset.user, signal.cloneNode(true));
  change(signal);
}

function change(signal) {
  const { user, role } = signal.dataset;
  const item = itemFor(user);
  if (!role) return item && remove(item);
  if (!item && isCutOff) return;
  const changed = item ?? add(user);
  fill(changed, signal);
  place(changed);
}

function add(user) {
  const item = document.getElementById("member").content.firstElementChild.cloneNode(true);
  item.dataset.user = user;
  list().append(item);
  return item;
}

function fill(item, { dataset, firstElementChild }) {
  item.dataset.role = dataset.role;
  item.querySelector("a").href = dataset.url;
  item.querySelector(".member__face").dataset.color = dataset.color;
  item.querySelector(".member__face .avatar")?.remove();
  item.querySelector(".member__face").prepend(firstElementChild.cloneNode(true));
  item.querySelector(".member__name").textContent = dataset.name;
  item.querySelector(".member__handle").textContent = `@${dataset.handle}`;
  item.querySelector(".member__role").textContent = ROLES[dataset.role] ?? "";
}

function remove(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  if (item.contains(document.activeElement)) next?.querySelector("a").focus();
  item.remove();
}

// Moves an item to its place. The one with the focus stays where it is until it loses it: moving would take the focus away.
function place(item) {
  if (item.contains(document.activeElement)) {
    item.addEventListener("focusout", () => requestAnimationFrame(() => item.isConnected && place(item)), { once: true });
    return;
  }
  const next = [...list().children].find((other) => other !== item && isBefore(item, other) < 0) ?? null;
  if (next !== item && item.nextElementSibling !== next) list().insertBefore(item, next);
}

// Moves the members whose status has changed. In a list that is cut off, others may belong before the last ones.
export function placeMembers(items, statuses) {
  if (!list()) return;
  const last = [...list().children].findLast((item) => !items.includes(item));
  items.forEach(place);
  if (!isCutOff || !last) return;
  for (const [user, status] of statuses) if (ORDER.indexOf(status) < rank(last) && !itemFor(user)) arrived.add(user);
  if (arrived.size) fetching ??= setTimeout(fetchArrived, 300 + 700 * Math.random());
  const isNotLast = last.dataset.presence !== "offline";
  if (isNotLast && items.some((item) => rank(item) > rank(last))) list().dispatchEvent(new CustomEvent("members:stale", { bubbles: true }));
}

// Many may arrive at once, and many tabs hear of it: one request for all of them, at different moments.
async function fetchArrived() {
  const users = [...arrived].slice(0, LIMIT);
  arrived.clear();
  fetching = null;
  const query = new URLSearchParams(users.map((user) => ["user", user]));
  try {
    const response = await fetch(`${list().getAttribute("hx-get")}?${query}`, { headers: { "HX-Request": "true" } });
    if (response.ok && !response.redirected) insert(parse(await response.text()));
  } catch {} // the next read of the list has them
}

function insert(root) {
  for (const item of [...root.children]) {
    if (itemFor(item.dataset.user)) continue;
    list().append(item);
    place(item);
  }
  while (list().children.length > LIMIT && !list().lastElementChild.contains(document.activeElement)) list().lastElementChild.remove();
  list().dispatchEvent(new CustomEvent("members:added", { bubbles: true }));
}
