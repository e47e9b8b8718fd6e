// Stores JSON in localStorage per reader and room, so that drafts and the outbox survive a reload if the browser allows it.

const room = document.getElementById("room");
const prefix = room && `backchat:${room.dataset.reader}:${room.dataset.slug}:`;

export function load(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(prefix + name)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function save(name, value) {
  try {
    const isEmpty = !value || value.length === 0;
    isEmpty ? localStorage.removeItem(prefix + name) : localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch (error) {
    console.info("Backchat can't save your drafts in this browser:", error.name);
  }
}

// The values under all names that begin like this, in the order of their names.
export function loadAll(start) {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix + start));
    return names.sort().map((name) => JSON.parse(localStorage.getItem(name)));
  } catch {
    return [];
  }
}

const LEAVING = "backchat-leaving";

// Notes what to forget once the reader has left: all of theirs, or the drafts.
export function leaving(what) {
  try {
    what ? localStorage.setItem(LEAVING, what) : localStorage.removeItem(LEAVING);
  } catch {} // nothing is stored then
}

export function forget() {
  try {
    const what = localStorage.getItem(LEAVING);
    const isMeant = (name) => name.startsWith("backchat:") && (name.startsWith(`backchat:${what}`) || name.endsWith(what));
    if (what) Object.keys(localStorage).filter(isMeant).forEach((name) => localStorage.removeItem(name));
    localStorage.removeItem(LEAVING);
  } catch {} // nothing is stored then
}
