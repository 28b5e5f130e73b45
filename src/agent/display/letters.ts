/** What is written for each of our signs where the terminal has none but ASCII. */
const plain: [RegExp, string][] = [
  // A name that was cut short keeps its width: the next column begins behind it.
  [/…(?= {2})/g, '~'],
  [/…/g, '...'],
  [/→/g, '->'],
  [/·/g, '-'],
  [/−/g, '-'],
  [/×/g, 'x'],
  [/’/g, "'"],
]

/**
 * Whether what is written may have letters beyond ASCII, as systemctl decides it (systemd's is_locale_utf8): by the locale
 * (locale(7)), and where nothing names one, as in a service or a bare container, terminals can.
 */
export function hasAllLetters({ LC_ALL, LC_CTYPE, LANG }: Record<string, string | undefined>): boolean {
  const locale = LC_ALL || LC_CTYPE || LANG
  return !locale || /\.utf-?8(@|$)/i.test(locale)
}

/** For people with such a terminal; never for what another program reads. */
export function asciiOf(text: string): string {
  return plain.reduce((told, [sign, instead]) => told.replace(sign, instead), text)
}
