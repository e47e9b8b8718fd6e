// The number of unread messages in the page's title and icon.
const icon = document.getElementById("icon");
const MOST = 99;
let name = document.title;
let total = 0;

export const capped = (number) => (number > MOST ? `${MOST}+` : String(number));

export function setTitle(text) {
  name = text;
  show();
}

export function showTotal(number) {
  total = number;
  show();
}

function show() {
  const title = total ? `(${capped(total)}) ${name}` : name;
  if (document.title !== title) document.title = title;
  const href = total ? icon.dataset.unread : icon.dataset.read;
  if (icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}
