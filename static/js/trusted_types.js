// Trusted Types: the browser hands all HTML that a script inserts to this policy. It lets in none that brings code along, and
// lets no script load another: the creators for that are missing. The Content-Security-Policy allows no other policies.
(() => {
  if (!window.trustedTypes) return;
  const suspicious = /<(?:script|i?frame|object|embed|base)|srcdoc|[\s"'/]on\w+\s*=/i; // without it, HTML needs no second look
  const active = "script, iframe, frame, object, embed, base, [srcdoc]";
  const inert = trustedTypes.createPolicy("inert", { createHTML: (html) => html });

  // The content of a template is parsed, but neither loaded nor run.
  function bringsCode(html) {
    const template = document.createElement("template");
    template.innerHTML = inert.createHTML(html);
    const elements = [...template.content.querySelectorAll("*")];
    return elements.some((element) => element.matches(active) || element.getAttributeNames().some((name) => name.startsWith("on")));
  }

  trustedTypes.createPolicy("default", { createHTML: (html) => (suspicious.test(html) && bringsCode(html) ? null : html) });
})();
