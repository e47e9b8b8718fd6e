// The line above the composer: what has just happened.
const SHOW_FOR = 4_000; // milliseconds
let timer = null;

export function notify(text) {
  const notice = document.getElementById("notice");
  if (!notice) return; // a page without a composer
  notice.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.textContent = ""), SHOW_FOR);
}
