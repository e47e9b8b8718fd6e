// The clipboard, which a plain-HTTP LAN only offers by the old way.
export async function copy(text, near = document.body) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  near.after(box);
  box.select();
  document.execCommand("copy");
  box.remove();
  near.focus?.();
}
