// Translations for scripts, which the page contains as JSON (a_rtchat/languages.py).

const block = document.getElementById("words");
const language = document.documentElement.lang;

export const words = block ? JSON.parse(block.textContent) : {};

// The browser's regional variant of the page's language, for dates and numbers.
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language.split("-")[0]) ?? language;

const rules = new Intl.PluralRules(locale);

export const count = (text, number) => text.replace("{count}", number.toLocaleString(locale));

export const plural = (name, number) => count(words[`${name}_${rules.select(number)}`] ?? words[`${name}_other`], number);

// Fragments are the same for every reader: translate their words.
export function translate(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    const { word, count: number } = element.dataset;
    element.textContent = count(words[word] ?? element.textContent, Number(number));
  }
  for (const element of root.querySelectorAll("[data-word-label]")) element.ariaLabel = words[element.dataset.wordLabel];
}
