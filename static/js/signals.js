// Data in fragments that isn't HTML to swap in: the page's new revision, and signals. Signals are elements addressed to
// #signals, which stays empty.
import { setTitle } from "./badges.js";
import { changeMember } from "./members.js";
import { notice, settled, stale } from "./notices.js";
import { showPresence } from "./presence.js";
import { showMuted } from "./read_only.js";
import { adopt, archived, listed, mentioned, news, noteArrival, read, renamed } from "./rooms.js";
import { plural } from "./words.js";

const room = document.getElementById("room");
const { reader } = room?.dataset ?? {};

function noteRevision(fragment) {
  for (const { dataset } of fragment.querySelectorAll("[data-revision]")) {
    room.dataset.revision = Math.max(Number(room.dataset.revision), Number(dataset.revision));
  }
}

function rename(selector, name) {
  for (const element of document.querySelectorAll(selector)) element.textContent = name;
}

// A member joined, left, or has a new role or profile.
function member(signal) {
  const { user, role, count, name, color, url } = signal.dataset;
  const people = document.getElementById("people");
  people.dataset.count = count;
  people.textContent = plural("members", Number(count));
  changeMember(signal);
  if (user === reader && role) room.dataset.role = role;
  for (const article of document.querySelectorAll(`.message[data-author="${user}"]`)) {
    article.dataset.color = color;
    article.querySelector(".message__author").textContent = name;
    for (const link of article.querySelectorAll(".message__face, .message__author")) link.setAttribute("href", url);
    article.querySelector(".message__face").replaceChildren(signal.firstElementChild.cloneNode(true));
  }
}

// The room's rules changed.
function rules({ dataset: { archived, announcement, slow } }) {
  Object.assign(room.dataset, { archived, announcement, slow });
  document.dispatchEvent(new Event("backchat:rules"));
}

const handlers = {
  listed,
  member,
  archived,
  mention: mentioned,
  news,
  read,
  renamed,
  presence: showPresence,
  rules,
  muted({ dataset }) {
    if (room?.dataset.room === dataset.room) showMuted(dataset.until);
  },
  reports({ dataset }) {
    const link = document.getElementById("room-settings");
    if (link && room?.dataset.room === dataset.room) link.dataset.reports = Number(dataset.count) || "";
  },
  notice,
  requests: stale,
  settled,
  invitations: stale,
  icon({ dataset, firstElementChild }) {
    document.querySelector(`#to-room-${dataset.room} .room-icon`)?.replaceWith(firstElementChild.cloneNode(true));
  },
  peer({ dataset, textContent }) {
    rename(`[data-peer="${dataset.user}"]`, textContent);
    if (document.querySelector(`#room-title[data-peer="${dataset.user}"]`)) setTitle(`${textContent} · Backchat`);
    rename(`.header__handle[data-handle="${dataset.user}"]`, dataset.handle);
    for (const link of document.querySelectorAll(`a[data-handle="${dataset.user}"]`)) link.title = dataset.handle;
  },
};

function receive({ detail }) {
  if (room?.dataset.revision) noteRevision(detail.fragment);
  if (detail.target.id === "messages") noteArrival(detail.fragment);
  if (!["rooms", "signals"].includes(detail.target.id)) return;
  detail.shouldSwap = false;
  if (detail.target.id === "rooms") return adopt(detail.fragment);
  for (const signal of detail.fragment.querySelectorAll("[data-signal]")) handlers[signal.dataset.signal]?.(signal);
}

// The room has a new name, or a new slug, which means a new URL.
function retitle(title) {
  setTitle(`${title.textContent} · Backchat`);
  if (title.dataset.slug && title.dataset.slug !== room.dataset.slug) location.replace(`/rooms/${title.dataset.slug}/`);
}

function swapped({ detail }) {
  if (detail.target.id === "room-title") retitle(document.getElementById("room-title"));
}

export function listenForSignals() {
  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.body.addEventListener("htmx:oobAfterSwap", swapped);
}
