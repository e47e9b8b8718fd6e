// The words that scripts say, in the reader's language: the page brings them as JSON (a_rtchat/languages.py).

const block = document.getElementById("words");
const language = document.documentElement.lang;

export const words = block ? JSON.parse(block.textContent) : {};

// Dates and times as the reader's country writes them, where the browser speaks the page's language at all.
export const locale = navigator.languages.find((tag) => tag.split("-")[0] === language.split("-")[0]) ?? language;

export const count = (text, number) => text.replace("{count}", number.toLocaleString(locale));

// A message comes over the socket in one language for all (a_rtchat/fragments.py); here it takes on its reader's.
export function translate(article) {
  const put = (selector, property, word) => {
    const element = article.querySelector(selector);
    if (element) element[property] = word;
  };
  put(".message__edited", "textContent", words.edited);
  put(".message__body--deleted", "textContent", words.deleted);
  put(".message__change", "ariaLabel", words.change);
}
