// The number of unread messages in the page's title and icon.
const icon = document.getElementById("icon");
const MOST = 99;
const SETTLE = 500; // milliseconds in which a message that arrives on the screen is read
let name = document.title;
let total = 0;
let timer = null;

export const capped = (number) => (number > MOST ? `${MOST}+` : String(number));

export function setTitle(text) {
  name = text;
  show();
}

export function showTotal(number) {
  total = number;
  clearTimeout(timer);
  timer = setTimeout(show, SETTLE);
}

addEventListener("online", show); // an icon can't be loaded before

function show() {
  const title = total ? `(${capped(total)}) ${name}` : name;
  if (document.title !== title) document.title = title;
  const href = total ? icon.dataset.unread : icon.dataset.read;
  if (navigator.onLine && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
