// Passkeys: a form with data-passkey="create" (add one), "get" (show one) or "login" (show one, before anybody is known).
// Its options come with the page as JSON, or for "login" from the form's address; the answer goes into its field
// "credential". Where the browser knows no passkeys the form stays hidden.

const KNOWN = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials);

async function fetchOptions(form) {
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`no options: ${answer.status}`);
  return (await answer.json()).request_options;
}

function optionsOf(form) {
  const data = JSON.parse(form.querySelector('script[type="application/json"]').textContent);
  return data.request_options ?? data.creation_options;
}

// A passkey is kept by the device and asks for its lock: that makes it both steps of signing in at once.
function create({ publicKey }) {
  const authenticatorSelection = { ...publicKey.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
  const options = PublicKeyCredential.parseCreationOptionsFromJSON({ ...publicKey, authenticatorSelection });
  return navigator.credentials.create({ publicKey: options });
}

function get({ publicKey }) {
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

const REASONS = { InvalidStateError: "exists", SecurityError: "https" };

export function passkey(form) {
  const notice = form.querySelector("[role=alert]");
  const kind = form.dataset.passkey;
  form.hidden = !KNOWN;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    notice.hidden = true;
    try {
      const options = kind === "login" ? await fetchOptions(form) : optionsOf(form);
      const credential = await (kind === "create" ? create(options) : get(options));
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      notice.textContent = notice.dataset[REASONS[error.name] ?? "other"];
      notice.hidden = false;
    }
  });
}
