// Cookies by which the server's first HTML is already as the reader wants it.
const YEAR = 31_536_000; // seconds

export function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}
