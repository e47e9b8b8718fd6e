// "New message": a dialog, and choosing people by name with the keyboard. Without scripts both are a page with a text field.
import { words } from "./words.js";

// A dialog that the server has sent: open while it is on the page.
export function newMessage(box) {
  const opener = document.activeElement;
  box.addEventListener("close", () => {
    box.remove();
    if (opener?.isConnected) opener.focus();
  });
  box.showModal();
}

export function picker(form) {
  const limit = Number(form.dataset.limit);
  const query = form.querySelector(".picker__query");
  const found = form.querySelector(".picker__found");
  const chosen = form.querySelector(".picker__chosen");
  let timer = null;
  let moved = false; // with the arrow keys, since the last letter

  const options = () => [...found.querySelectorAll('[role="option"]')];
  const active = () => found.querySelector('[aria-selected="true"]');
  const names = () => [...chosen.querySelectorAll("input")].map((input) => input.value);

  function mark(option) {
    for (const other of options()) other.ariaSelected = String(other === option);
    option?.scrollIntoView({ block: "nearest" });
    option ? query.setAttribute("aria-activedescendant", option.id) : query.removeAttribute("aria-activedescendant");
  }

  function move(step) {
    moved = true;
    const all = options();
    if (all.length) mark(all.at((all.indexOf(active()) + (active() ? step : step > 0 ? 1 : 0)) % all.length));
  }

  function chip(username, name) {
    const item = document.createElement("li");
    item.className = "picker__chip";
    const label = document.createElement("bdi");
    label.textContent = name;
    const input = Object.assign(document.createElement("input"), { type: "hidden", name: "username", value: username });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "picker__remove", textContent: "×" });
    remove.ariaLabel = words.remove.replace("{name}", name);
    item.append(label, input, remove);
    return item;
  }

  function choose({ dataset: { username, name } }) {
    if (!names().includes(username) && names().length < limit) chosen.append(chip(username, name));
    moved = false;
    found.replaceChildren();
    query.value = "";
    changed();
    search();
    query.focus();
  }

  function type() {
    moved = false;
    search();
  }

  function changed() {
    chosen.hidden = !chosen.children.length;
  }

  function search() {
    clearTimeout(timer);
    timer = setTimeout(() => query.dispatchEvent(new CustomEvent("people:search")), 150);
  }

  function show() {
    for (const option of options()) if (names().includes(option.dataset.username)) option.remove();
    found.hidden = !found.children.length;
    query.ariaExpanded = String(!found.hidden);
    const before = moved && options().find((option) => option.id === query.getAttribute("aria-activedescendant"));
    mark(before || (query.value.trim() ? options()[0] : null));
  }

  function press(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active()) {
      event.preventDefault();
      choose(active());
    } else if (event.key === "Backspace" && !query.value && chosen.lastElementChild) {
      chosen.lastElementChild.remove();
      changed();
      search();
    }
  }

  function removeChip({ target }) {
    if (!target.closest(".picker__remove")) return;
    target.closest("li").remove();
    changed();
    search();
    query.focus();
  }

  // What was typed but not chosen counts as usernames.
  function submit() {
    if (query.value.trim()) query.name = "username";
    else query.removeAttribute("name");
  }

  for (const item of [...chosen.children]) item.replaceWith(chip(item.dataset.username, item.textContent));
  if (chosen.children.length) query.value = query.value.split(/[\s,]+/).filter((name) => !names().includes(name)).join(" ");
  const help = form.querySelector(".helptext");
  help.textContent = help.dataset.scripted;
  Object.assign(query, { role: "combobox", ariaExpanded: "false" });
  query.name = "q";
  query.setAttribute("aria-controls", found.id);
  query.setAttribute("aria-autocomplete", "list");
  query.addEventListener("keydown", press);
  query.addEventListener("input", type);
  found.addEventListener("click", ({ target }) => target.closest('[role="option"]') && choose(target.closest('[role="option"]')));
  found.addEventListener("htmx:afterSwap", show);
  found.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  chosen.addEventListener("click", removeChip);
  form.addEventListener("submit", submit);
  changed();
  search();
}
