// Choosing a picture: shows it as it will be, refuses at once what the server would, and lets the colour be tried on.

export function avatar(field) {
  const { bytes, types, tooLarge, wrongType } = field.dataset;
  const file = field.querySelector("[type=file]");
  const remove = field.querySelector("[type=checkbox]");
  const stored = field.querySelector(".portrait__stored");
  const preview = field.querySelector(".portrait__preview");
  const errors = field.querySelector("#avatar-errors");

  function show(picture) {
    URL.revokeObjectURL(preview.src);
    preview.hidden = !picture;
    if (picture) preview.src = URL.createObjectURL(picture);
    else preview.removeAttribute("src");
  }

  function tell(reason) {
    const list = Object.assign(document.createElement("ul"), { className: "errorlist" });
    if (reason) list.append(Object.assign(document.createElement("li"), { textContent: reason }));
    errors.replaceChildren(...(reason ? [list] : []));
    field.classList.toggle("field--bad", Boolean(reason));
    file.setAttribute("aria-invalid", Boolean(reason));
  }

  function refuse(reason) {
    file.value = "";
    show(null);
    tell(reason);
  }

  function choose() {
    const [picture] = file.files;
    if (picture?.size > Number(bytes)) return refuse(tooLarge);
    if (picture && !types.split(",").includes(picture.type)) return refuse(wrongType);
    if (picture && remove) remove.checked = false;
    if (stored) stored.hidden = false;
    tell("");
    show(picture);
  }

  function takeAway() {
    if (remove.checked) refuse("");
    if (stored) stored.hidden = remove.checked;
  }

  file.addEventListener("change", choose);
  remove?.addEventListener("change", takeAway);
  preview.addEventListener("error", () => preview.hidden || refuse(wrongType));
  field.closest("form").addEventListener("change", ({ target }) => {
    if (target.name === "color") field.querySelector("svg.avatar").dataset.color = target.value;
  });
  if (file.files.length) choose(); // the browser brought it back
}
