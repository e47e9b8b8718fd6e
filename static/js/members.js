// The members in the panel: kept in order while people come, go and change. The server lists a limited number.
import { locale, words } from "./words.js";

const LIMIT = 100; // members listed (a_rtchat/roster.py)
const ORDER = ["here", "online", "away", "offline"];
const ROLES = { owner: words.role_owner, moderator: words.role_moderator };
const { compare } = new Intl.Collator(locale);
const missed = new Map(); // user -> signal, heard since the list was asked for

const list = () => document.querySelector("#panel #members");
const nameOf = (item) => item.querySelector(".member__name").textContent;
const rank = (item) => ORDER.indexOf(item.dataset.presence);
const isBefore = (item, other) => rank(item) - rank(other) || compare(nameOf(item), nameOf(other));

export const forgetMembers = () => missed.clear();

// Applies what was heard while the list was on its way.
export function applyMembers() {
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
  const item = list().querySelector(`:scope > [data-user="${user}"]`);
  if (!role) return item && remove(item);
  if (!item && list().children.length >= LIMIT) return;
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

// Moves the members whose status has changed; asks for the list again if someone came who isn't in a list that is cut off.
export function placeMembers(items, statuses) {
  items.forEach(place);
  if (list()?.children.length >= LIMIT && [...statuses.values()].some((status) => status !== "offline")) {
    list().dispatchEvent(new CustomEvent("members:stale", { bubbles: true }));
  }
}
