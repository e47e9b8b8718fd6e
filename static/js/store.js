// What survives a reload: JSON in localStorage, under this reader and room. A browser that forbids it loses only that.

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
    console.info("Backchat cannot keep your drafts in this browser:", error.name);
  }
}
