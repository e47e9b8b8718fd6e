// Edits a message in place: Cancel and Escape restore it, Enter saves.

const before = new WeakMap(); // message body -> its original HTML

export function remember(event) {
  const { target } = event.detail;
  if (target.matches(".message__body") && !target.querySelector(".edit")) before.set(target, target.innerHTML);
}

export function edit(box) {
  const body = box.closest(".message__body");
  const source = box.querySelector("textarea");
  if (!body) return; // on the edit page there is no message around it

  const cancel = () => (body.innerHTML = before.get(body));

  box.querySelector("[data-cancel]").addEventListener("click", (event) => {
    event.preventDefault();
    cancel();
  });
  source?.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancel();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    source.form.requestSubmit();
  });
  source?.focus();
  box.scrollIntoView({ block: "nearest" });
}
