// The words that scripts say, in the reader's language: the page brings them as JSON (a_rtchat/languages.py).

const block = document.getElementById("words");
const language = document.documentElement.lang;

export const words = block ? JSON.parse(block.textContent) : {};

// Dates and times as the reader's country writes them, where the browser speaks the page's language at all.
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language.split("-")[0]) ?? language;

const rules = new Intl.PluralRules(locale);

export const count = (text, number) => text.replace("{count}", number.toLocaleString(locale));

export const plural = (name, number) => count(words[`${name}_${rules.select(number)}`] ?? words[`${name}_other`], number);

// Fragments come in one language for everyone; here their words take on the reader's.
export function translate(root) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = words[element.dataset.word];
  for (const element of root.querySelectorAll("[data-word-label]")) element.ariaLabel = words[element.dataset.wordLabel];
}
