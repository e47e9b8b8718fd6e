// Fragments as the server sends them. Only their root element says what they are: text of people can look like anything.

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export const rootOf = (html) => parse(html).firstElementChild;
