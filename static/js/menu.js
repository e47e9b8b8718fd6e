// The menu of a message: edit, copy link, delete. One for the page; without scripts "⋯" leads to the page for editing.
import { copy } from "./clipboard.js";
import { dateAndTime } from "./clock.js";
import { remove, resumeDeletions } from "./deletion.js";
import { openDialog } from "./dialog.js";
import { openEditor } from "./edit.js";
import { findMessage, focusMessage } from "./message.js";
import { notify } from "./notes.js";
import { close, moveIn, openAt } from "./popup.js";
import { markUnread } from "./reading.js";
import { words } from "./words.js";

const actions = { edit: openEditor, delete: remove, link: copyLink, report, unread: markUnread };

export function menu(box) {
  resumeDeletions();
  if (!box.showPopover) return; // an old browser: "⋯" stays a link
  const room = document.getElementById("room");
  const items = [...box.querySelectorAll("[data-does]")];
  let id = null; // of the message: its element may be replaced meanwhile

  function open(more) {
    const article = more.closest(".message");
    const isMine = article.dataset.author === room.dataset.reader;
    const isModerator = ["owner", "moderator"].includes(room.dataset.role);
    const canWrite = !room.dataset.archived;
    const allowed = { edit: isMine && canWrite, delete: (isMine || isModerator) && canWrite, link: true, unread: true, report: !isMine };
    for (const item of items) item.hidden = !allowed[item.dataset.does];
    id = article.id;
    box.querySelector(".menu__time").textContent = dateAndTime(new Date(article.querySelector("time").dateTime));
    openAt(box, more);
  }

  function choose({ target }) {
    const item = target.closest("[data-does]");
    if (!item) return;
    close(box);
    const article = findMessage(id);
    if (article) actions[item.dataset.does](article);
  }

  function press(event) {
    const more = event.target.closest("#messages .message__more");
    if (!more || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(more);
  }

  document.addEventListener("click", press);
  document.addEventListener("keydown", (event) => event.key === " " && press(event));
  box.addEventListener("click", choose);
  moveIn(box);
  box.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed" && document.activeElement === document.body) focusMessage(findMessage(id));
  });
  document.querySelector(".timeline").addEventListener("scroll", () => close(box), { passive: true });
  document.addEventListener("click", showOnTap);
}

// Without a mouse, "⋯" appears on the message that was touched.
function showOnTap({ target }) {
  if (!matchMedia("(hover: none)").matches || target.closest(".menu")) return;
  const article = target.closest("a, button, textarea") ? null : target.closest("#messages .message");
  for (const active of document.querySelectorAll("[data-active]")) if (active !== article) delete active.dataset.active;
  if (article) article.toggleAttribute("data-active");
}

function report(article) {
  openDialog(`${article.querySelector(".message__when").href}report/`, article.querySelector(".message__more"));
}

async function copyLink(article) {
  await copy(article.querySelector(".message__when").href);
  notify(words.copied);
}
