// Small controls of pages. Those that need a script are hidden until it runs.
import { copy } from "./clipboard.js";

// The skip link of a room: into the message box itself.
export function skip(link) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(`${link.hash} textarea`).focus();
  });
}

// The current one of many tabs is in view.
export function tabs(bar) {
  const [edges, current] = [bar, bar.querySelector("[aria-current]")].map((element) => element?.getBoundingClientRect());
  if (current) bar.scrollLeft += (current.left + current.right - edges.left - edges.right) / 2;
}

export function back(button) {
  button.hidden = history.length < 2;
  button.addEventListener("click", () => history.back());
}

export function flash(note) {
  const close = note.querySelector(".flash__close");
  close.hidden = false;
  close.addEventListener("click", () => {
    note.remove();
    document.getElementById("main").focus();
  });
}

// Copies the field before the button.
export function share(button) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(button.previousElementSibling.value, button);
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = label), 2_000);
  });
}
