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
