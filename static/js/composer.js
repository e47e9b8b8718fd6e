// The composer: Enter sends, Shift+Enter breaks the line, a refusal brings the text back.

const count = (text) => [...text].length; // code points, as the server counts them

export function composer(form) {
  const body = form.elements.body;
  const left = form.querySelector(".composer__left");
  const limit = Number(body.dataset.limit);
  const sent = new Map(); // client_id -> text, until the server's echo or refusal

  const over = () => count(body.value) - limit;

  function measure() {
    if (!CSS.supports("field-sizing", "content")) {
      body.style.blockSize = "auto";
      body.style.blockSize = `${body.scrollHeight}px`;
    }
    const excess = over();
    left.toggleAttribute("data-over", excess > 0);
    left.toggleAttribute("data-near", excess > -200 && excess <= 0);
    left.value = excess > 0 ? `${excess} characters too many` : excess > -200 ? `${-excess} left` : "";
  }

  function put(text) {
    body.value = text;
    measure();
  }

  function submitOnEnter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  }

  function send(event) {
    const text = body.value;
    if (!text.trim() || over() > 0) return event.preventDefault();
    const client_id = newId();
    sent.set(client_id, text);
    event.detail.parameters = { body: text, client_id };
    event.detail.headers = null;
    put("");
    document.getElementById("composer-refusal").replaceChildren();
    form.dispatchEvent(new CustomEvent("composer:sent", { bubbles: true }));
  }

  function settle() {
    for (const [client_id, text] of sent) {
      if (document.querySelector(`.message[data-client-id="${client_id}"]`)) sent.delete(client_id);
    }
    const refused = document.getElementById("composer-refusal").dataset.clientId;
    if (!sent.has(refused)) return;
    put([sent.get(refused), body.value].filter(Boolean).join("\n"));
    sent.delete(refused);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("htmx:wsConfigSend", send);
  body.addEventListener("keydown", submitOnEnter);
  body.addEventListener("input", measure);
  document.body.addEventListener("htmx:wsAfterMessage", settle);
  measure();
  if (matchMedia("(pointer: fine)").matches) body.focus();
}

// crypto.randomUUID exists only on secure origins; a team's server on a plain-HTTP LAN is not one.
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
