// The picture field: previews a picture, rejects what the server would reject, and previews the colour.

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

  function showError(reason) {
    const list = Object.assign(document.createElement("ul"), { className: "errorlist" });
    if (reason) list.append(Object.assign(document.createElement("li"), { textContent: reason }));
    errors.replaceChildren(...(reason ? [list] : []));
    field.classList.toggle("field--bad", Boolean(reason));
    file.setAttribute("aria-invalid", Boolean(reason));
  }

  function reject(reason) {
    file.value = "";
    show(null);
    showError(reason);
  }

  function choose() {
    const [picture] = file.files;
    if (picture?.size > Number(bytes)) return reject(tooLarge);
    if (picture && !types.split(",").includes(picture.type)) return reject(wrongType);
    if (picture && remove) remove.checked = false;
    if (stored) stored.hidden = false;
    showError("");
    show(picture);
  }

  function toggleRemove() {
    if (remove.checked) reject("");
    if (stored) stored.hidden = remove.checked;
  }

  file.addEventListener("change", choose);
  remove?.addEventListener("change", toggleRemove);
  preview.addEventListener("error", () => preview.hidden || reject(wrongType));
  field.closest("form").addEventListener("change", ({ target }) => {
    if (target.name === "color") field.querySelector("svg.avatar").dataset.color = target.value;
  });
  if (file.files.length) choose(); // restored by the browser
}
